import { SimileError } from "../errors/index.js";
import { allocate, dimTerms, evaluateDim, type NumericArray, staticSize, type Tensor } from "../graph/index.js";
import type { ProfileSummary } from "../report/index.js";
import { Random } from "../rng/index.js";
import {
  type DeviceOptions,
  draw,
  type ModelFile,
  openModelFile,
  Trace,
  type TracedRun,
  type Value,
} from "../run/index.js";
import { type StepTimes, summarize } from "./summary.js";
import type { ProfileOptions } from "./training.js";

/** Settings of {@link profileModel}. */
export interface ProfileModelOptions extends ProfileOptions, Omit<DeviceOptions, "trace"> {
  /** Size of the first axis of the inputs, where the model leaves it open. Default 32. */
  readonly batchSize?: number;
  /** Other sizes that the model leaves open, by name. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Shown with the result. */
  readonly name?: string;
}

/** Profiles runs of any ONNX model on random numbers (whole numbers are 0, so that they are in range as indices). */
export async function profileModel(bytes: Uint8Array, options: ProfileModelOptions = {}): Promise<ProfileSummary> {
  const trace = await Trace.open();
  try {
    const { device, threads } = options;
    const settings = { trace, ...(device !== undefined && { device }), ...(threads !== undefined && { threads }) };
    const model = await openModelFile(bytes, settings);
    try {
      return await profileRuns(model, trace, options);
    } finally {
      await model.release();
    }
  } finally {
    await trace.close();
  }
}

async function profileRuns(model: ModelFile, trace: Trace, options: ProfileModelOptions): Promise<ProfileSummary> {
  const { steps = 10, warmup = 5, name = "model", device = "cpu", onProgress } = options;
  const sizes = openSizes(model, options);
  const feeds = randomFeeds(model, sizes);
  const moments: { began: number; ended: number }[] = [];
  while (moments.length < warmup + steps) {
    const began = performance.now();
    await model.run(feeds);
    moments.push({ began, ended: performance.now() });
    onProgress?.(`run ${moments.length} of ${warmup + steps}`);
  }
  const sessions = await trace.read();
  const runs = sessions.flatMap((session) => session.runs);
  const times = moments.map(({ began, ended }, i) => timesOf(ended - began, runs[i]!));
  const source = [name, ...[...sizes].map(([size, value]) => `${size} ${value}`), device].join(", ");
  return summarize({ source, warmup, steps: times.slice(warmup), sessions, since: moments[warmup]!.began });
}

function timesOf(total: number, { began, ended, milliseconds }: TracedRun): StepTimes {
  const called = ended - began;
  return { total, host: { feeds: total - called, "handing over to ONNX Runtime": called - milliseconds } };
}

function wrongSize(where: string, expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "wrong-size", where, expected, received, remedy });
}

/** A value for every size that the model leaves open. */
function openSizes(
  { inputs }: ModelFile,
  { batchSize, sizes = {} }: Pick<ProfileModelOptions, "batchSize" | "sizes">,
): Map<string, number> {
  const namesOf = (dim: number | string | undefined) => dimTerms(dim ?? 1).flatMap(({ names }) => names);
  const open = new Set(inputs.flatMap(({ tensor }) => tensor.shape.flatMap(namesOf)));
  const batches = inputs.flatMap(({ tensor }) => namesOf(tensor.shape[0]));
  const unknown = Object.keys(sizes).find((name) => !open.has(name));
  if (unknown !== undefined) {
    const expected = open.size === 0 ? "no sizes: the model fixes all" : `sizes called ${[...open].join(", ")}`;
    throw wrongSize("sizes", expected, unknown, "correct the name, or leave it out");
  }
  if (batchSize !== undefined && batches.length === 0)
    throw wrongSize("batchSize", "none: the model fixes the first axis", `${batchSize}`, "leave it out");
  const given = new Map([...batches.map((name) => [name, batchSize ?? 32] as const), ...Object.entries(sizes)]);
  const missing = [...open].find((name) => !given.has(name));
  if (missing !== undefined)
    throw wrongSize(
      "sizes",
      `a number for ${missing}, which the model leaves open`,
      "none",
      `give one, as in --sizes ${missing}=224`,
    );
  return given;
}

function randomFeeds({ inputs }: ModelFile, sizes: ReadonlyMap<string, number>): Record<string, Value> {
  const random = new Random(0);
  return Object.fromEntries(
    inputs.map(({ name, tensor }) => {
      const shape = tensor.shape.map((dim) => evaluateDim(dim, sizes));
      return [name, { shape, data: randomNumbers(tensor, shape, random) }];
    }),
  );
}

function randomNumbers({ dtype }: Tensor, shape: readonly number[], random: Random): NumericArray {
  if (dtype === "float32") return draw({ kind: "normal" }, shape, random);
  const numbers = allocate(dtype, staticSize(shape));
  if (numbers instanceof BigInt64Array) return numbers;
  const next = { float64: () => random.normal(), uint8: () => random.integer(256), bool: () => random.integer(2) };
  return numbers.map(next[dtype as keyof typeof next]) as NumericArray;
}
