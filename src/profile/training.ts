import type { ProfileSummary } from "../report/index.js";
import { Trace, type TracedRun } from "../run/index.js";
import {
  createPictures,
  createRun,
  fillBank,
  type Pictures,
  type PreparedData,
  prepareData,
  type Run,
  stepRun,
  type TrainConfig,
  viewedBatches,
} from "../train/index.js";
import { type StepTimes, summarize } from "./summary.js";

/** Settings of a profile. */
export interface ProfileOptions {
  /** Steps that count. Default 10. */
  readonly steps?: number;
  /** Steps before them, in which memory is taken and threads are started. Default 5. */
  readonly warmup?: number;
  /** Told what is being done, often. */
  readonly onProgress?: (text: string) => void;
}

/** Moments of one step, by `performance.now()`. */
interface Moments {
  readonly began: number;
  /** When its batch was there. */
  readonly ready: number;
  readonly ended: number;
  /** Milliseconds of drawing batches meanwhile. */
  readonly sampling: number;
}

/**
 * Profiles the training step of a configuration: exactly the programs that `train` compiles, on the same batches. Nothing is
 * written. Validation and checkpoints are no part of a step.
 */
export async function profileTraining(config: TrainConfig, options: ProfileOptions = {}): Promise<ProfileSummary> {
  const pictures = createPictures(config);
  const trace = await Trace.open();
  try {
    const data = await prepared(config, pictures, options);
    options.onProgress?.("compiling");
    const run = await createRun(config, "", data, pictures, trace);
    try {
      return await profileRun(run, trace, options);
    } finally {
      await run.embedding.release();
      await run.trainer.release();
    }
  } finally {
    await trace.close();
    await pictures.store.close();
  }
}

async function prepared(
  config: TrainConfig,
  { store }: Pictures,
  { onProgress }: ProfileOptions,
): Promise<PreparedData> {
  const events = prepareData(config, store);
  for (;;) {
    const { done, value } = await events.next();
    if (done) return value;
    if (value.type === "prepare") onProgress?.(`${value.what}: ${value.done} of ${value.total}`);
  }
}

async function profileRun(run: Run, trace: Trace, options: ProfileOptions): Promise<ProfileSummary> {
  const { warmup = 5 } = options;
  await fillBank(run);
  const moments = (await takeSteps(run, options)).slice(warmup);
  const sessions = await trace.read();
  const calls = sessions.flatMap(({ runs }) => runs);
  const steps = moments.map((step) => timesOf(step, calls, run.source.input.kind));
  return summarize({ source: sourceOf(run), warmup, steps, sessions, since: moments[0]!.began });
}

async function takeSteps(run: Run, { steps = 10, warmup = 5, onProgress }: ProfileOptions): Promise<Moments[]> {
  const moments: Moments[] = [];
  let sampling = 0;
  const batches = timed(viewedBatches(run), (milliseconds) => {
    sampling += milliseconds;
  });
  let began = performance.now();
  for await (const { x } of run.source.training(batches, run.random.fork("augmentation"), 0)) {
    const ready = performance.now();
    await stepRun(run, x, moments.length);
    const ended = performance.now();
    moments.push({ began, ready, ended, sampling });
    [began, sampling] = [ended, 0];
    onProgress?.(`step ${moments.length} of ${warmup + steps}`);
    if (moments.length >= warmup + steps) break;
  }
  return moments;
}

/** The same values; `add` is told how long each took to come. */
function* timed<T>(values: Iterable<T>, add: (milliseconds: number) => void): Generator<T> {
  const source = values[Symbol.iterator]();
  for (;;) {
    const began = performance.now();
    const { done, value } = source.next();
    add(performance.now() - began);
    if (done) return;
    yield value;
  }
}

/** What of a step was spent outside ONNX Runtime, part by part. */
function timesOf(step: Moments, calls: readonly TracedRun[], kind: "image" | "vector"): StepTimes {
  const own = calls.filter(({ began, ended }) => began >= step.ready && ended <= step.ended);
  const called = own.reduce((sum, { began, ended }) => sum + ended - began, 0);
  const inRuntime = own.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return {
    total: step.ended - step.began,
    host: {
      sampling: step.sampling,
      [kind === "image" ? "waiting for pictures" : "copying vectors"]: step.ready - step.began - step.sampling,
      "labels, feeds and random numbers": step.ended - step.ready - called,
      "handing over to ONNX Runtime": called - inRuntime,
    },
  };
}

function sourceOf({ config, model }: Run): string {
  const { data, loss, miner, batchSize, optimizer, device } = config;
  const mined = miner === undefined ? loss.name : `${loss.name} + ${miner.name}`;
  return `training step on ${data}: ${[model.backbone, mined, optimizer.name].join(", ")}, batch ${batchSize}, ${device}`;
}
