import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { SimileError } from "../errors/index.js";
import type { Entry } from "../registry/index.js";
import {
  configSchema,
  expandBackbone,
  optionNames,
  readConfig,
  readRunConfig,
  type TrainConfig,
} from "../train/index.js";
import { choices } from "./choices.js";
import { flagsOf, merge, parseFlags, withLists } from "./flags.js";
import { nearestWord } from "./spelling.js";
import type { TrainJob } from "./train-worker.js";

/** Flags of `simile train` itself, beside those of the configuration. */
export interface TrainCommandOptions {
  readonly config?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

type Values = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  const fail = (received: string, cause?: unknown) =>
    new SimileError(
      {
        code: "bad-configuration-file",
        where: path,
        expected: "a YAML file of options",
        received,
        remedy: "correct the file; `config.yaml` of any run is an example",
      },
      { cause },
    );
  let value: unknown;
  try {
    value = parse(await readFile(path, "utf8"));
  } catch (error) {
    throw fail((error as Error).message.split("\n")[0]!, error);
  }
  if (value === null) return {};
  if (!isObject(value)) throw fail(Array.isArray(value) ? "a list" : `a ${typeof value}`);
  return value;
}

const registries = {
  backbone: choices.backbones,
  loss: choices.losses,
  miner: choices.miners,
  sampler: choices.samplers,
};

/** Options of a choice that can be set here; the schema itself refuses those which the data decide. */
function optionsOf(key: keyof typeof registries, name: unknown): string[] | undefined {
  const entries: readonly Entry<unknown>[] = registries[key].entries;
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) return undefined;
  return optionNames(entry);
}

/** Names the options that a chosen loss, miner, ... does not have, with the nearest one that it has. */
function checkChoiceOptions(values: Values): void {
  for (const key of Object.keys(registries) as (keyof typeof registries)[]) {
    const value = values[key];
    if (!isObject(value)) continue;
    // Without a name the schema knows which one is meant.
    const name = value.name ?? configSchema.parse({ [key]: {} })[key]?.name;
    const known = optionsOf(key, name);
    const unknown = Object.keys(value).find((option) => option !== "name" && !known?.includes(option));
    if (known === undefined || unknown === undefined) continue;
    const nearest = nearestWord(unknown, known);
    throw new SimileError({
      code: "unknown-option",
      where: `${key}.${unknown}`,
      expected: known.length > 0 ? `an option of ${name}: ${known.join(", ")}` : `no options; ${name} has none`,
      received: unknown,
      remedy: nearest === undefined ? "correct or remove it" : `did you mean ${key}.${nearest}?`,
    });
  }
}

/** A folder of `runs/` named after the data and the time. */
export function runFolder(data: string, time: Date): string {
  const stamp = time.toISOString().slice(0, 19).replaceAll(":", "").replace("T", "-");
  const name = basename(data)
    .replace(/\.(tar\.gz|tgz|zip|tar|csv|tsv|jsonl|npy|parquet)$/i, "")
    .replaceAll(/[^\w.-]+/g, "-");
  return join("runs", `${/^\.*$/.test(name) ? "data" : name}-${stamp}`);
}

function wrongArguments(expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "wrong-arguments", where: "simile train", expected, received, remedy });
}

async function resumedJob(folder: string, words: readonly string[], options: TrainCommandOptions): Promise<TrainJob> {
  const others = (["config", "out", "overwrite"] as const).filter((option) => options[option] !== undefined);
  const surplus = [...others.map((option) => `--${option}`), ...words];
  if (surplus.length > 0) {
    throw wrongArguments("--resume alone", surplus.join(" "), "a resumed run keeps its folder and its configuration");
  }
  return { config: await readRunConfig(folder), folder, resume: true, overwrite: false };
}

/** Flags of the configuration and the word beside them that names data. */
export function readWords(words: readonly string[]): { values: Record<string, unknown>; data: string | undefined } {
  const { values, rest } = parseFlags(words, flagsOf(configSchema));
  if (rest.length > 1) {
    throw wrongArguments("one data set", rest.join(" "), "put several archives or folders into one folder");
  }
  return { values, data: rest[0] };
}

/** The configuration that words of the command line and a file make together; flags go over the file. */
export async function readConfiguration(words: readonly string[], file?: string): Promise<TrainConfig> {
  const { values, data } = readWords(words);
  return configurationOf({ ...values, ...(data !== undefined && { data }) }, file);
}

/** The configuration that flags, as {@link readWords} gives them, and a file make together. */
export async function configurationOf(given: Record<string, unknown>, file?: string): Promise<TrainConfig> {
  const merged = expandBackbone(
    withLists(merge(file === undefined ? {} : await readConfigFile(file), given)) as Values,
  );
  checkChoiceOptions(merged);
  return readConfig(merged, file ?? "command line");
}

/** What `simile train` has to do. */
export async function readJob(words: readonly string[], options: TrainCommandOptions): Promise<TrainJob> {
  if (options.resume !== undefined) return resumedJob(options.resume, words, options);
  const config = await readConfiguration(words, options.config);
  const folder = options.out ?? runFolder(config.data, new Date());
  return { config, folder, resume: false, overwrite: options.overwrite ?? false };
}
