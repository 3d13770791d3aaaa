import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { writeFileAtomic } from "../../data/atomic.js";
import { SimileError } from "../../errors/index.js";
import { type ProfileModelOptions, type ProfileOptions, profileModel, profileTraining } from "../../profile/index.js";
import { type ProfileSummary, renderReport } from "../../report/index.js";
import { runFiles } from "../../train/index.js";
import { createOutput, type Output } from "../output.js";
import { profileText } from "../profile-text.js";
import { configurationOf, readWords } from "../train-job.js";

/** Flags of `simile profile`, beside those of the configuration. */
export interface ProfileCommandOptions {
  readonly config?: string;
  readonly steps: string;
  readonly warmup: string;
  readonly depth: string;
  readonly sizes?: readonly string[];
  /** HTML file to be written. */
  readonly report?: string;
  readonly json?: boolean;
}

function wrong(where: string, expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "wrong-value", where, expected, received, remedy });
}

function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= least) return value;
  throw wrong(flag, `a whole number from ${least}`, text, "correct it");
}

/** `height=224` as a size by name. */
function readSizes(words: readonly string[]): Record<string, number> {
  const entries = words.map((word): [string, number] => {
    const [, name, size] = /^(\w+)=(\d+)$/.exec(word) ?? [];
    if (name === undefined) throw wrong("--sizes", "sizes such as height=224", word, "write name=number");
    return [name, Number(size)];
  });
  return Object.fromEntries(entries);
}

/** Settings of a model's profile; what only training knows is refused. */
function modelOptions(values: Readonly<Record<string, unknown>>, options: ProfileCommandOptions): ProfileModelOptions {
  const { batchSize, device, threads, ...others } = values as ProfileModelOptions & Record<string, unknown>;
  const [other] = [...Object.keys(others), ...(options.config === undefined ? [] : ["config"])];
  if (other !== undefined)
    throw wrong(
      `--${other}`,
      "only --batchSize, --sizes, --device and --threads with a model",
      `--${other}`,
      "leave it out",
    );
  for (const [name, value] of Object.entries({ batchSize, threads }))
    if (value !== undefined) wholeNumber(`--${name}`, String(value), 1);
  return {
    ...(batchSize !== undefined && { batchSize }),
    ...(device !== undefined && { device }),
    ...(threads !== undefined && { threads }),
    sizes: readSizes(options.sizes ?? []),
  };
}

async function readModel(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const received = cause.code ?? cause.message;
    throw new SimileError(
      { code: "unreadable-file", where: path, expected: "a readable file", received, remedy: "check the path" },
      { cause },
    );
  });
}

/** The configuration file of a run, when `path` is the folder of one. */
async function runConfiguration(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const file = join(path, runFiles.config);
  return (await stat(file).catch(() => undefined))?.isFile() ? file : undefined;
}

async function profileOf(
  words: readonly string[],
  options: ProfileCommandOptions,
  common: ProfileOptions,
): Promise<ProfileSummary> {
  const { values, data } = readWords(words);
  if (data?.endsWith(".onnx")) {
    const settings = modelOptions(values, options);
    return profileModel(await readModel(data), { ...settings, ...common, name: basename(data) });
  }
  if (options.sizes !== undefined) throw wrong("--sizes", "an ONNX file to profile", data ?? "none", "leave it out");
  const ofRun = await runConfiguration(data);
  if (ofRun !== undefined && options.config !== undefined)
    throw wrong("--config", "one configuration", `that of ${data} and ${options.config}`, "leave one out");
  const given = { ...values, ...(data !== undefined && ofRun === undefined && { data }) };
  return profileTraining(await configurationOf(given, ofRun ?? options.config), common);
}

async function writeReport(path: string, profile: ProfileSummary): Promise<void> {
  const page = await renderReport({
    title: "Where a step's time goes",
    description: profile.source,
    createdAt: new Date().toISOString().slice(0, 10),
    profile,
  });
  await writeFileAtomic(path, page);
}

function progress(output: Output): (text: string) => void {
  return (text) => output.status(`profiling: ${text}`);
}

/** Where the time of a training step, or of a model's run, goes: by scope, by operator, by node. */
export async function profileCommand(words: readonly string[], options: ProfileCommandOptions): Promise<number> {
  const output = createOutput(options.json ?? false);
  const depth = wholeNumber("--depth", options.depth, 1);
  const summary = await profileOf(words, options, {
    steps: wholeNumber("--steps", options.steps, 1),
    warmup: wholeNumber("--warmup", options.warmup, 0),
    onProgress: progress(output),
  });
  if (options.report !== undefined) await writeReport(options.report, summary);
  const written = options.report === undefined ? "" : `\n\nwrote ${options.report}`;
  output.result(summary, `${profileText(summary, depth)}${written}`);
  return 0;
}
