import { type Dataset, openDataset } from "../data/index.js";
import { SimileError } from "../errors/index.js";
import type { Embeddings } from "../evaluate/index.js";
import type { Embedder } from "../train/index.js";
import type { Output } from "./output.js";

/** Embeddings with what each row is of. */
export interface LabelledEmbeddings extends Embeddings {
  readonly names: readonly string[];
  readonly labels: readonly string[];
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
    return describe(rows, dataset, indices);
  }
  const { kept, skipped, ...rows } = await embedder.embedImages(
    Array.from(indices, (item) => dataset.items[item]!),
    onProgress,
  );
  for (const { name, reason } of skipped) output.line(`left out ${name}: ${reason}`);
  return describe(
    rows,
    dataset,
    kept.map((row) => indices[row]!),
  );
}

function describe(rows: Embeddings, { items }: Dataset, indices: Int32Array): LabelledEmbeddings {
  const of = Array.from(indices, (item) => items[item]!);
  return {
    data: rows.data,
    dimension: rows.dimension,
    names: of.map(({ name }) => name),
    labels: of.map(({ label }) => label),
  };
}

/** Embeddings of a data set, a folder of pictures without classes included. */
export async function embedSource(
  embedder: Embedder,
  source: string | readonly string[],
  output: Output,
): Promise<LabelledEmbeddings> {
  const dataset = await openDataset(source, { unlabelled: "keep" });
  if (dataset.items.length === 0) {
    throw new SimileError({
      code: "no-items",
      where: String(source),
      expected: "something to embed",
      received: "no items",
      remedy: "give a folder, archive, listing or table that holds some",
    });
  }
  return embedDataset(embedder, dataset, output);
}
