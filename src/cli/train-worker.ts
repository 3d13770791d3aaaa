import { parentPort, workerData } from "node:worker_threads";
import { type ErrorDetails, SimileError } from "../errors/index.js";
import { parseConfig, type TrainEvent, train } from "../train/index.js";

/** What the main thread gives the worker. */
export interface TrainJob {
  readonly config: unknown;
  readonly folder: string;
  readonly resume: boolean;
  readonly overwrite: boolean;
}

/** What the worker tells the main thread. */
export type WorkerMessage =
  | { readonly type: "event"; readonly event: TrainEvent }
  | {
      readonly type: "failed";
      readonly details?: ErrorDetails;
      readonly message: string;
      readonly stack: string | undefined;
    }
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
  const { message, stack } = error as Error;
  if (error instanceof SimileError) {
    const { code, where, expected, received, remedy } = error;
    post({ type: "failed", details: { code, where, expected, received, remedy }, message, stack });
  } else post({ type: "failed", message, stack });
}
port.close();
