import { stat } from "node:fs/promises";
import { type Dataset, openDataset, type SkippedImage } from "../data/index.js";
import { SimileError } from "../errors/index.js";
import type { Embeddings } from "../evaluate/index.js";
import { type Embedder, openModel, readRunConfig } from "../train/index.js";
import { leftOut, type Output } from "./output.js";

/** Flags of every command that uses a model. */
export interface ModelCommandOptions {
  readonly device: "cpu" | "webgpu" | "cuda";
  readonly json?: boolean;
}

/** Distances that can be asked for; by default that of the run. */
export type DistanceFlag = "cosine" | "euclidean";

/** Embeddings with what each row is of. */
export interface LabelledEmbeddings extends Embeddings {
  readonly names: readonly string[];
  readonly labels: readonly string[];
  /** Items that could not be read. */
  readonly skipped: readonly SkippedImage[];
}

/** Opens the model of a run, lets `use` have it, and gives it back. */
export async function withModel<T>(
  run: string,
  { device }: ModelCommandOptions,
  use: (embedder: Embedder) => Promise<T>,
): Promise<T> {
  const embedder = await openModel(run, { device });
  try {
    return await use(embedder);
  } finally {
    await embedder.release();
  }
}

/** The distance that a run was trained and scored with; cosine for a model without its run. */
export async function distanceOf(run: string, embedder: Embedder): Promise<DistanceFlag> {
  if (embedder.distance !== undefined) return embedder.distance;
  if (!(await stat(run)).isDirectory()) return "cosine";
  return (await readRunConfig(run)).head.normalize ? "cosine" : "euclidean";
}

/** Embeds the items of a data set, or those at `chosen`, telling how far it is and what had to be left out. */
export async function embedDataset(
  embedder: Embedder,
  dataset: Dataset,
  output: Output,
  chosen?: Int32Array,
): Promise<LabelledEmbeddings> {
  const indices = chosen ?? Int32Array.from(dataset.items.keys());
  const onProgress = (done: number, total: number) => output.status(`embedding: ${done} of ${total}`);
  if (dataset.kind === "vector") {
    const data = new Float32Array(indices.length * dataset.dimension);
    indices.forEach((item, row) => {
      data.set(
        dataset.vectors.subarray(item * dataset.dimension, (item + 1) * dataset.dimension),
        row * dataset.dimension,
      );
    });
    const rows = await embedder.embedVectors({ data, dimension: dataset.dimension }, onProgress);
    return { ...rows, ...describe(dataset, indices), skipped: [] };
  }
  const items = Array.from(indices, (item) => dataset.items[item]!);
  const { kept, skipped, data, dimension } = await embedder.embedImages(items, onProgress);
  for (const line of leftOut(skipped)) output.line(line);
  const rest = kept.map((row) => indices[row]!);
  return { data, dimension, ...describe(dataset, rest), skipped };
}

function describe({ items }: Dataset, indices: Int32Array): { names: string[]; labels: string[] } {
  const of = Array.from(indices, (item) => items[item]!);
  return { names: of.map(({ name }) => name), labels: of.map(({ label }) => label) };
}

/** Embeddings of a data set, a folder of pictures without classes included. */
export async function embedSource(embedder: Embedder, source: string, output: Output): Promise<LabelledEmbeddings> {
  const dataset = await openDataset(source, { unlabelled: "keep" });
  const rows = await embedDataset(embedder, dataset, output);
  if (rows.names.length > 0) return rows;
  throw new SimileError({
    code: "no-items",
    where: source,
    expected: "something to embed",
    received: dataset.items.length === 0 ? "no items" : `${dataset.items.length} unusable items`,
    remedy: "give a folder, archive, listing or table that holds some",
  });
}
