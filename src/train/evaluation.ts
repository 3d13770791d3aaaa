import { inOrder } from "../data/index.js";
import {
  type Embeddings,
  evaluateRetrieval,
  type Neighbours,
  nearestNeighbours,
  neighboursNeeded,
  type Retrieval,
  retrievalMetrics,
  type SearchDistance,
} from "../evaluate/index.js";

import { input, type Parameter, substitute } from "../graph/index.js";
import { context } from "../nn/index.js";
import { compileGraph, type DeviceOptions, type Program, type Variables } from "../run/index.js";
import type { Scores } from "./events.js";
import type { InputSource } from "./inputs.js";
import type { EmbeddingModel } from "./model.js";

/** Items embedded at once. */
const BATCH = 64;
const NEIGHBOURS_SHOWN = 8;

/** Embeddings of some items, row by row. */
export interface Embedded extends Embeddings {
  /** [N] positions in the data set. */
  readonly indices: Int32Array;
}

/**
 * A program from inputs `x` to `embedding` for any batch size, reading the present values of `variables`; `until` features it
 * gives what the backbone gives.
 */
export function compileEmbedding(
  model: EmbeddingModel,
  variables: Variables,
  averages: ReadonlyMap<Parameter, Parameter>,
  device: DeviceOptions,
  until: "embed" | "features" = "embed",
): Promise<Program> {
  const { dtype, shape } = model.specification("batch");
  const embedding = model[until](input("x", dtype, shape), context({ training: false }));
  const [evaluated] = substitute([embedding], averages);
  return compileGraph({ outputs: { embedding: evaluated! } }, { ...device, variables, name: "embedding" });
}

/** Embeds items in order; `run` maps one batch of inputs to its rows. */
async function embedWith(
  source: InputSource,
  indices: Int32Array,
  dimension: number,
  run: (x: Uint8Array | Float32Array) => Promise<Float32Array>,
): Promise<Embedded> {
  const data = new Float32Array(indices.length * dimension);
  const batches = function* () {
    for (const positions of inOrder(indices.length, BATCH)) yield positions.map((position) => indices[position]!);
  };
  let row = 0;
  for await (const batch of source.plain(batches())) {
    data.set(await run(batch.x), row * dimension);
    row += batch.indices.length;
  }
  return { indices, data, dimension };
}

/** Embeddings of the items at `indices`. */
export function embedItems(
  program: Program,
  model: Pick<EmbeddingModel, "dimension">,
  source: InputSource,
  indices: Int32Array,
): Promise<Embedded> {
  return embedWith(
    source,
    indices,
    model.dimension,
    async (x) => (await program.run({ x })).embedding!.data as Float32Array,
  );
}

/** Largest side of pictures compared as they are: beyond, their numbers would fill the memory and tell no more. */
const RAW_SIDE = 64;

/** Means over equal squares of a batch of pictures [n, size, size, 3], from 0 to 1, so that no side is longer than {@link RAW_SIDE}. */
function shrunk(pixels: ArrayLike<number>, size: number): { values: Float32Array; side: number } {
  const factor = Math.ceil(size / RAW_SIDE);
  const side = Math.floor(size / factor);
  const count = pixels.length / (size * size * 3);
  const values = new Float32Array(count * side * side * 3);
  for (let picture = 0; picture < count; picture++) {
    for (let y = 0; y < side * factor; y++) {
      const row = (picture * side + Math.floor(y / factor)) * side;
      const source = (picture * size + y) * size;
      for (let x = 0; x < side * factor; x++) {
        const target = 3 * (row + Math.floor(x / factor));
        for (let c = 0; c < 3; c++) values[target + c]! += pixels[3 * (source + x) + c]! / (255 * factor * factor);
      }
    }
  }
  return { values, side };
}

/** The inputs themselves as embeddings: raw pixels (0 to 1, large pictures shrunk), or the vectors as given. */
export function rawItems(source: InputSource, indices: Int32Array): Promise<Embedded> {
  const { input: kind } = source;
  if (kind.kind === "vector") return embedWith(source, indices, kind.dimension, async (x) => x as Float32Array);
  const { side } = shrunk([], kind.size);
  return embedWith(source, indices, side * side * 3, async (x) => shrunk(x, kind.size).values);
}

/** Retrieval of items among themselves. */
export interface ScoredRetrieval {
  readonly scores: Scores;
  readonly retrieval: Retrieval & { readonly neighbours: Neighbours };
}

/** Scores embeddings by retrieving each item among all others: R@1, 2, 4, 8, R-Precision and MAP@R. */
export async function scoreRetrieval(
  embedded: Embedded,
  labels: Int32Array,
  distance: SearchDistance,
  device: DeviceOptions,
): Promise<ScoredRetrieval> {
  const own = embedded.indices.map((index) => labels[index]!);
  const relation = { queryLabels: own, galleryLabels: own, queriesInGallery: true };
  const k = neighboursNeeded(relation, NEIGHBOURS_SHOWN);
  const neighbours = await nearestNeighbours(embedded, embedded, { k, distance, queriesInGallery: true, ...device });
  const retrieval = { ...relation, neighbours };
  const result = evaluateRetrieval(retrieval, retrievalMetrics([1, 2, 4, 8].filter((depth) => depth <= k)));
  const scores = Object.fromEntries(Object.entries(result.metrics).map(([name, { mean }]) => [name, mean]));
  return { scores, retrieval };
}
