import { parentPort, workerData } from "node:worker_threads";
import { runTarget } from "./run.js";
import { fuzzTargets } from "./targets.js";

/** Runs one target; tells the number of each input before it is read, so that a hang can be named. */
const { name, inputs, seed, first, progress } = workerData as {
  name: string;
  inputs: number;
  seed: number;
  first: number;
  progress: SharedArrayBuffer;
};
const at = new Int32Array(progress);
const target = fuzzTargets.find((candidate) => candidate.name === name)!;
const outcome = await runTarget(target, { inputs, seed, first, onInput: (input) => Atomics.store(at, 0, input) });
parentPort!.postMessage(outcome);
