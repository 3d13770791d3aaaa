import { type FileHandle, mkdir, open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { writeFileAtomic } from "../data/atomic.js";
import { SimileError } from "../errors/index.js";
import { parseConfig, type TrainConfig } from "./config.js";
import type { LoggedEvent, TrainEvent } from "./events.js";

/** Names of the files of a run. */
export const runFiles = {
  config: "config.yaml",
  events: "events.jsonl",
  checkpoints: "checkpoints",
  last: "checkpoints/last.safetensors",
  best: "checkpoints/best.safetensors",
  model: "model.onnx",
  metrics: "metrics.json",
  report: "report.html",
} as const;

/** Throws when the folder meant for a new run holds anything. */
export async function checkRunFolder(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  if (entries.length === 0) return;
  throw new SimileError({
    code: "folder-not-empty",
    where: folder,
    expected: "a new or empty folder",
    received: `one with ${entries.slice(0, 3).join(", ")}`,
    remedy: "choose another --out, or continue that run with --resume",
  });
}

/** Makes the folder of a new run, with its configuration and an empty log. */
export async function createRunFolder(folder: string, config: TrainConfig): Promise<void> {
  await mkdir(join(folder, runFiles.checkpoints), { recursive: true });
  await writeFileAtomic(join(folder, runFiles.events), "");
  await writeFileAtomic(join(folder, runFiles.config), stringify(config));
}

/** The configuration that a run was started with. */
export async function readRunConfig(folder: string): Promise<TrainConfig> {
  const path = join(folder, runFiles.config);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new SimileError(
      {
        code: "no-run",
        where: path,
        expected: "the folder of a training run",
        received: error.code ?? "an error",
        remedy: "give the folder that `simile train` printed",
      },
      { cause: error },
    );
  });
  return parseConfig(parse(text), path);
}

/** The events of a run, up to `step`: what happened after the last checkpoint is forgotten when a run is resumed. */
export async function readEvents(folder: string, step = Number.POSITIVE_INFINITY): Promise<LoggedEvent[]> {
  const text = await readFile(join(folder, runFiles.events), "utf8");
  const events: LoggedEvent[] = [];
  for (const line of text.split("\n")) {
    if (line === "") continue;
    try {
      events.push(JSON.parse(line) as LoggedEvent);
    } catch {
      break; // a line cut short by a kill; nothing after it can count
    }
  }
  return events.filter((event) => !("step" in event) || event.step <= step);
}

/** Appends events to the log of a run. */
export class EventLog {
  private constructor(
    private readonly file: FileHandle,
    /** Everything logged so far. */
    readonly events: LoggedEvent[],
  ) {}

  /** Opens the log anew, with `events` kept from before. */
  static async open(folder: string, events: LoggedEvent[]): Promise<EventLog> {
    const path = join(folder, runFiles.events);
    await writeFileAtomic(path, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    return new EventLog(await open(path, "a"), [...events]);
  }

  async add(event: TrainEvent): Promise<void> {
    if (event.type === "prepare") return;
    const logged = { ...event, time: new Date().toISOString() };
    this.events.push(logged);
    await this.file.write(`${JSON.stringify(logged)}\n`);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
