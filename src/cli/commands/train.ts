import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { Worker } from "node:worker_threads";
import { parse } from "yaml";
import { SimileError } from "../../errors/index.js";
import { configSchema, parseConfig, readRunConfig } from "../../train/index.js";
import { describeFlags, flagsOf, merge, parseFlags } from "../flags.js";
import { createOutput } from "../output.js";
import { TrainPrinter } from "../train-printer.js";
import type { TrainJob, WorkerMessage } from "../train-worker.js";

/** Flags of the command itself, beside those of the configuration. */
export interface TrainCommandOptions {
  readonly config?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** Help text of all configuration flags. */
export function configurationHelp(): string {
  return describeFlags(flagsOf(configSchema).filter(({ path }) => path !== "data"));
}

async function readConfigFile(path: string): Promise<Record<string, unknown>> {
  const fail = (received: string, cause: unknown) =>
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
  try {
    const value: unknown = parse(await readFile(path, "utf8"));
    if (value === null) return {};
    if (typeof value !== "object" || Array.isArray(value))
      throw fail(Array.isArray(value) ? "a list" : typeof value, undefined);
    return value as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SimileError) throw error;
    throw fail((error as Error).message.split("\n")[0]!, error);
  }
}

function newFolder(data: string): string {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "").replace("T", "-");
  const name = basename(data)
    .replace(/\.(tar\.gz|tgz|zip|tar|csv|tsv|jsonl|npy|parquet)$/i, "")
    .replaceAll(/[^\w.-]+/g, "-");
  return join("runs", `${name === "" || name === "." || name === ".." ? "data" : name}-${stamp}`);
}

async function jobOf(words: readonly string[], options: TrainCommandOptions): Promise<TrainJob> {
  const { values, rest } = parseFlags(words, flagsOf(configSchema));
  const wrong = (received: string, remedy: string) =>
    new SimileError({ code: "wrong-arguments", where: "simile train", expected: "one data set", received, remedy });
  if (options.resume !== undefined) {
    if (words.length > 0) throw wrong(words.join(" "), "a resumed run keeps its configuration; give --resume alone");
    return { config: await readRunConfig(options.resume), folder: options.resume, resume: true, overwrite: false };
  }
  if (rest.length > 1) throw wrong(rest.join(" "), "several archives or folders belong into one folder");
  const file = options.config === undefined ? {} : await readConfigFile(options.config);
  const merged = merge(file, { ...values, ...(rest[0] !== undefined && { data: rest[0] }) });
  const config = parseConfig(merged, options.config ?? "command line");
  return {
    config,
    folder: options.out ?? newFolder(config.data),
    resume: false,
    overwrite: options.overwrite ?? false,
  };
}

/** Trains in a worker thread; the main thread prints and listens to signals. Gives the exit code. */
export async function trainCommand(words: readonly string[], options: TrainCommandOptions): Promise<number> {
  const job = await jobOf(words, options);
  const output = createOutput(options.json ?? false);
  const printer = new TrainPrinter(output, process.stderr.isTTY === true);
  const worker = new Worker(new URL("../train-worker.js", import.meta.url), { workerData: job });
  let interrupted = false;
  const stop = () => {
    if (interrupted) process.exit(130);
    interrupted = true;
    output.line("stopping after this step; press Ctrl-C again to stop at once");
    worker.postMessage("stop");
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  let stopped = false;
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on("message", (message: WorkerMessage) => {
        if (message.type === "event") {
          stopped ||= message.event.type === "stopped" && message.event.reason === "interrupted";
          printer.show(message.event);
        } else if (message.type === "ended") resolve();
        else
          reject(
            message.details
              ? new SimileError(message.details)
              : Object.assign(new Error(message.message), { stack: message.stack }),
          );
      });
      worker.on("error", reject);
      worker.on("exit", (code) =>
        code === 0 ? resolve() : reject(new Error(`the training thread ended with code ${code}`)),
      );
    });
  } finally {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
  if (!stopped) return 0;
  output.line(`continue with: simile train --resume ${job.folder}`);
  return 130;
}
