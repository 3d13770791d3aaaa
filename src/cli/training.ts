import { Worker } from "node:worker_threads";
import type { TrainEvent } from "../train/index.js";
import type { Failure } from "./failure.js";
import { whenReaderLeaves } from "./streams.js";
import type { TrainJob, WorkerMessage } from "./train-worker.js";

/** How a training thread ended. */
export type TrainingEnd =
  | { readonly type: "done" }
  /** Asked to stop; the last checkpoint is of this step. */
  | { readonly type: "interrupted"; readonly step: number }
  | { readonly type: "failed"; readonly failure: Failure };

/** What {@link runTraining} tells, and the thread it runs. */
export interface TrainingOptions {
  onEvent(event: TrainEvent): void;
  /** The first signal came; the thread is finishing its step. */
  onStopping(): void;
  /** Program of the thread. */
  readonly program?: URL;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Calls `stop` at the first signal; at the second, the process dies of it, whatever its threads are doing. */
function listenToSignals(stop: () => void): () => void {
  let stopping = false;
  const ignore = () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
  const listener = (signal: NodeJS.Signals) => {
    if (stopping) {
      // process.exit would wait for the thread to come back from ONNX Runtime. Unlistened to, the signal kills.
      ignore();
      process.kill(process.pid, signal);
    }
    stopping = true;
    stop();
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return ignore;
}

/**
 * Trains in a thread of its own, so that this one stays free for signals and the terminal. SIGINT, SIGTERM or a closed
 * pipe let the run finish its step and write a checkpoint.
 */
export async function runTraining(job: TrainJob, options: TrainingOptions): Promise<TrainingEnd> {
  const program = options.program ?? new URL("./train-worker.js", import.meta.url);
  const worker = new Worker(program, { workerData: job });
  const stop = () => worker.postMessage("stop");
  const ignoreSignals = listenToSignals(() => {
    options.onStopping();
    stop();
  });
  whenReaderLeaves(stop);
  let interrupted: number | undefined;
  try {
    return await new Promise((resolve, reject) => {
      worker.on("message", (message: WorkerMessage) => {
        if (message.type === "failed") resolve(message);
        else if (message.type === "ended")
          resolve(interrupted === undefined ? { type: "done" } : { type: "interrupted", step: interrupted });
        else {
          const { event } = message;
          if (event.type === "stopped" && event.reason === "interrupted") interrupted = event.step;
          options.onEvent(event);
        }
      });
      worker.on("error", reject);
      worker.on("exit", (code) => reject(new Error(`the training thread ended unasked, with code ${code}`)));
    });
  } finally {
    ignoreSignals();
  }
}
