import { parentPort, workerData } from "node:worker_threads";
import { parseConfig, type TrainEvent, train } from "../train/index.js";
import { type Failure, failureOf } from "./failure.js";

/** What the main thread gives the worker. It answers any message it gets later by stopping after its step. */
export interface TrainJob {
  readonly config: unknown;
  readonly folder: string;
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/** What the worker tells the main thread. `ended` or `failed` comes last. */
export type WorkerMessage =
  | { readonly type: "event"; readonly event: TrainEvent }
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "ended" };

const port = parentPort!;
const post = (message: WorkerMessage) => port.postMessage(message);
const { config, ...options } = workerData as TrainJob;
const stop = new AbortController();
port.on("message", () => stop.abort());

try {
  for await (const event of train(parseConfig(config), { ...options, signal: stop.signal }))
    post({ type: "event", event });
  post({ type: "ended" });
} catch (error) {
  post({ type: "failed", failure: failureOf(error) });
}
port.close();
