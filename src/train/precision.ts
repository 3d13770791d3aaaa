import { readFile, stat } from "node:fs/promises";
import { writeFileAtomic } from "../data/atomic.js";
import { classIndex, type Dataset, ImageStore, openDataset } from "../data/index.js";
import { SimileError } from "../errors/index.js";
import type { Embeddings, SearchDistance } from "../evaluate/index.js";
import {
  calibratedValues,
  decodeModel,
  encodeModel,
  type ModelProto,
  type Range,
  toDynamicInt8,
  toFloat16,
  toStaticInt8,
} from "../onnx/index.js";
import { type DeviceOptions, foldModel, type ModelFile, openModelFile } from "../run/index.js";
import { type Embedder, embedderOf } from "./embedder.js";
import { scoreRetrieval } from "./evaluation.js";
import type { Scores } from "./events.js";
import { readRunConfig } from "./folder.js";
import { modelPath } from "./model-path.js";
import { prepareData } from "./prepare.js";

/** Smaller forms that a model can be exported in. */
export const precisions = ["float16", "int8", "int8-dynamic"] as const;
/** See {@link precisions}. */
export type Precision = (typeof precisions)[number];

/** Settings of {@link exportPrecision}. */
export interface PrecisionOptions extends DeviceOptions {
  readonly precision: Precision;
  /** File to be written. */
  readonly out: string;
  /** Data whose values decide the ranges of `int8`; default: the training part of the run. */
  readonly calibration?: string;
  /** Labelled data to measure the loss on; default: the test part of the run. */
  readonly data?: string;
  /** Items of the calibration data that are looked at, spread evenly; default 256. */
  readonly calibrationItems?: number;
  onProgress?(what: string, done: number, total: number): void;
}

/** What a smaller form costs. */
export interface PrecisionReport {
  readonly precision: Precision;
  readonly file: string;
  readonly data: string;
  readonly items: number;
  readonly bytes: number;
  readonly scores: Scores;
  readonly float32: { readonly bytes: number; readonly scores: Scores };
  /** Mean cosine between an item's embedding and that of the float32 model. */
  readonly agreement: number;
}

/** Items of a data set. */
interface Part {
  readonly name: string;
  readonly dataset: Dataset;
  readonly indices: Int32Array;
  readonly labels: Int32Array;
}

/** At most this many pictures at once while every layer's values are kept. */
const CALIBRATION_BATCH = 8;

function wholeSet(name: string, dataset: Dataset): Part {
  const { labels } = classIndex(dataset.items);
  return { name, dataset, indices: Int32Array.from(labels.keys()), labels };
}

/** The parts of a run's own data, which its configuration brings back. */
async function runParts(run: string, onProgress: PrecisionOptions["onProgress"]) {
  const config = await readRunConfig(run);
  const store = new ImageStore({ cacheBytes: 0, shorterSide: config.image.size });
  try {
    const preparing = prepareData(config, store);
    for (;;) {
      const { done, value } = await preparing.next();
      if (done) {
        const { dataset, parts, labels } = value;
        const part = (name: "train" | "test") => ({ name: `${name} part`, dataset, indices: parts[name], labels });
        return { train: part("train"), test: part("test"), config };
      }
      if (value.type === "prepare") onProgress?.(value.what, value.done, value.total);
    }
  } finally {
    await store.close();
  }
}

function missing(option: string, what: string, run: string): SimileError {
  return new SimileError({
    code: "wrong-arguments",
    where: option,
    expected: what,
    received: `${run} alone, which is a model without its run`,
    remedy: `give ${option} a data set, or the folder of a run instead of the model`,
  });
}

/** Data to look at and data to measure on, and how far apart embeddings count. */
async function partsFor(run: string, options: PrecisionOptions) {
  const isRun = (await stat(run).catch(() => undefined))?.isDirectory() ?? false;
  const wanted = options.precision === "int8" && options.calibration === undefined;
  const own = isRun && (wanted || options.data === undefined) ? await runParts(run, options.onProgress) : undefined;
  const given = async (source: string | undefined, keep: boolean) =>
    source === undefined
      ? undefined
      : wholeSet(source, await openDataset(source, keep ? { unlabelled: "keep" } : undefined));
  const calibration = (await given(options.calibration, true)) ?? own?.train;
  const test = (await given(options.data, false)) ?? own?.test;
  if (test === undefined) throw missing("--data", "labelled data to measure the loss on", run);
  if (calibration === undefined && options.precision === "int8")
    throw missing("--calibration", "data like those the model will meet", run);
  const config = own?.config ?? (isRun ? await readRunConfig(run) : undefined);
  // For models of earlier versions, which do not say it.
  const distance: SearchDistance = config?.head.normalize === false ? "euclidean" : "cosine";
  return { calibration, test, distance };
}

async function embedPart(
  embedder: Embedder,
  { dataset, indices }: Part,
  onProgress: (done: number, total: number) => void,
): Promise<Embeddings & { readonly indices: Int32Array }> {
  if (dataset.kind === "image") {
    const items = Array.from(indices, (index) => dataset.items[index]!);
    const { data, dimension, kept } = await embedder.embedImages(items, onProgress);
    return { data, dimension, indices: kept.map((row) => indices[row]!) };
  }
  const { dimension, vectors } = dataset;
  const rows = new Float32Array(indices.length * dimension);
  indices.forEach((index, row) =>
    rows.set(vectors.subarray(index * dimension, (index + 1) * dimension), row * dimension),
  );
  return { ...(await embedder.embedVectors({ data: rows, dimension }, onProgress)), indices };
}

/** `count` of the items, spread evenly. */
function spread(indices: Int32Array, count: number): Int32Array {
  if (indices.length <= count) return indices;
  return Int32Array.from({ length: count }, (_, i) => indices[Math.floor((i * indices.length) / count)]!);
}

/** The model file with every run's results shown to `observe` first. */
function observed(model: ModelFile, observe: (name: string, values: Float32Array) => void): ModelFile {
  return {
    ...model,
    async run(feeds) {
      const results = await model.run(feeds);
      for (const [name, { data }] of Object.entries(results)) if (data instanceof Float32Array) observe(name, data);
      return results;
    },
  };
}

/** Ranges of a model's values between layers on real items. */
async function measureRanges(model: ModelProto, part: Part, options: PrecisionOptions): Promise<Map<string, Range>> {
  const names = new Set(calibratedValues(model).values());
  const known = new Set([...model.graph.input, ...model.graph.output].map(({ name }) => name));
  const output = [...model.graph.output, ...[...names].filter((name) => !known.has(name)).map((name) => ({ name }))];
  const file = await openModelFile(encodeModel({ ...model, graph: { ...model.graph, output } }), options);
  const ranges = new Map<string, Range>();
  const embedder = embedderOf(
    observed(file, (name, values) => ranges.set(name, widened(ranges.get(name), values))),
    "calibration",
  );
  const chosen = spread(part.indices, options.calibrationItems ?? 256);
  try {
    for (let first = 0; first < chosen.length; first += CALIBRATION_BATCH) {
      const indices = chosen.subarray(first, first + CALIBRATION_BATCH);
      await embedPart(embedder, { ...part, indices }, () => {});
      options.onProgress?.("calibrating", first + indices.length, chosen.length);
    }
    return ranges;
  } finally {
    await file.release();
  }
}

function widened(range: Range | undefined, values: Float32Array): Range {
  let { low, high } = range ?? { low: 0, high: 0 };
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

async function converted(bytes: Uint8Array, calibration: Part | undefined, options: PrecisionOptions) {
  if (options.precision === "float16") return toFloat16(decodeModel(bytes));
  const folded = decodeModel(await foldModel(bytes));
  if (options.precision === "int8-dynamic") return toDynamicInt8(folded);
  return toStaticInt8(folded, await measureRanges(folded, calibration!, options));
}

/** Mean cosine between rows of the same item. */
function meanCosine(a: Embeddings, b: Embeddings): number {
  const rows = a.data.length / a.dimension;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    let [product, left, right] = [0, 0, 0];
    for (let at = row * a.dimension; at < (row + 1) * a.dimension; at++) {
      product += a.data[at]! * b.data[at]!;
      left += a.data[at]! ** 2;
      right += b.data[at]! ** 2;
    }
    total += product / Math.sqrt(left * right || 1);
  }
  return total / rows;
}

async function scored(
  bytes: Uint8Array,
  what: string,
  part: Part,
  distance: SearchDistance,
  options: PrecisionOptions,
) {
  const file = await openModelFile(bytes, options);
  try {
    const embedder = embedderOf(file, what);
    const rows = await embedPart(embedder, part, (done, total) =>
      options.onProgress?.(`embedding in ${what}`, done, total),
    );
    const { scores } = await scoreRetrieval(rows, part.labels, embedder.distance ?? distance, {}, part.dataset.items);
    return { rows, scores };
  } finally {
    await file.release();
  }
}

/** Refuses what is in a smaller form already: rounding twice loses twice, and the scores of float32 would not be its own. */
function checkFloat32({ metadataProps }: ModelProto, where: string): void {
  const note = metadataProps.find(({ key }) => key === "simile");
  const { precision } = JSON.parse(note?.value ?? "{}") as { precision?: PrecisionReport };
  if (precision === undefined) return;
  throw new SimileError({
    code: "wrong-data",
    where,
    expected: "a model in float32",
    received: `one in ${precision.precision}`,
    remedy: "give the run, or the model.onnx that it wrote",
  });
}

/**
 * Writes a run's model in a smaller form, measured first: both forms embed the same items, and what retrieval loses is
 * returned and stored in the file's metadata. Nothing is written when the form does not run.
 *
 * - `float16`: weights in half precision, half the size.
 * - `int8`: layers in whole numbers, a quarter the size; ranges measured on calibration data.
 * - `int8-dynamic`: layers in whole numbers, ranges found at each run; needs no data.
 */
export async function exportPrecision(run: string, options: PrecisionOptions): Promise<PrecisionReport> {
  const bytes = await readFile(await modelPath(run));
  const original = decodeModel(bytes);
  checkFloat32(original, run);
  const { calibration, test, distance } = await partsFor(run, options);
  const model = await converted(bytes, calibration, options);
  const smaller = encodeModel(model);
  const float32 = await scored(bytes, "float32", test, distance, options);
  const result = await scored(smaller, options.precision, test, distance, options);
  const report = {
    precision: options.precision,
    data: test.name,
    items: float32.rows.indices.length,
    scores: result.scores,
    float32: { bytes: bytes.length, scores: float32.scores },
    agreement: meanCosine(float32.rows, result.rows),
  };
  const metadataProps = original.metadataProps.map(({ key, value }) =>
    key === "simile" ? { key, value: JSON.stringify({ ...JSON.parse(value), precision: report }) } : { key, value },
  );
  const written = encodeModel({ ...model, metadataProps });
  await writeFileAtomic(options.out, written);
  return { ...report, file: options.out, bytes: written.length };
}
