import { type Item, inOrder } from "../data/index.js";
import {
  type Embeddings,
  evaluateRetrieval,
  type Neighbours,
  nearestNeighbours,
  neighboursNeeded,
  type Relation,
  type Retrieval,
  retrievalMetrics,
  type SearchDistance,
  searchDepth,
  withoutExcluded,
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

/** Retrieval within a part: of items among themselves, or of its queries in its gallery. */
export interface ScoredRetrieval {
  readonly scores: Scores;
  readonly retrieval: Retrieval & { readonly neighbours: Neighbours };
  /** [Q] and [G] rows of the embeddings that are queries, and that are searched. */
  readonly queryRows: Int32Array;
  readonly galleryRows: Int32Array;
}

/**
 * Scores embeddings by retrieval: R@1, 2, 4, 8, R-Precision and MAP@R. Each item searches all others, unless `items` (of the
 * whole data set) have roles: then queries search the gallery. What has both class and camera of a query does not count.
 */
export async function scoreRetrieval(
  embedded: Embedded,
  labels: Int32Array,
  distance: SearchDistance,
  device: DeviceOptions,
  items: readonly Item[] = [],
): Promise<ScoredRetrieval> {
  const { queryRows, galleryRows, relation } = protocolOf(embedded.indices, labels, items);
  const { queriesInGallery } = relation;
  const k = neighboursNeeded(relation, NEIGHBOURS_SHOWN);
  const queries = queriesInGallery ? embedded : rowsAt(embedded, queryRows);
  const gallery = queriesInGallery ? embedded : rowsAt(embedded, galleryRows);
  const found = await nearestNeighbours(queries, gallery, {
    k: searchDepth(relation, k),
    distance,
    queriesInGallery,
    ...device,
  });
  const retrieval = { ...relation, neighbours: withoutExcluded(found, relation, k) };
  const result = evaluateRetrieval(retrieval, retrievalMetrics([1, 2, 4, 8].filter((depth) => depth <= k)));
  const scores = Object.fromEntries(Object.entries(result.metrics).map(([name, { mean }]) => [name, mean]));
  return { scores, retrieval, queryRows, galleryRows };
}

/** Who searches whom, and whom a query must not meet. */
function protocolOf(indices: Int32Array, labels: Int32Array, items: readonly Item[]) {
  const rows = Int32Array.from(indices.keys());
  const roles = Array.from(indices, (item) => items[item]?.role);
  const divided = roles.includes("query") && roles.includes("gallery");
  const queryRows = divided ? rows.filter((row) => roles[row] !== "gallery") : rows;
  const galleryRows = divided ? rows.filter((row) => roles[row] !== "query") : rows;
  const cameras = camerasOf(indices, items);
  const at = (values: Int32Array, chosen: Int32Array) => chosen.map((row) => values[row]!);
  const own = indices.map((index) => labels[index]!);
  const relation: Relation = {
    queryLabels: at(own, queryRows),
    galleryLabels: at(own, galleryRows),
    queriesInGallery: !divided,
    ...(cameras && { exclusion: { queryGroups: at(cameras, queryRows), galleryGroups: at(cameras, galleryRows) } }),
  };
  return { queryRows, galleryRows, relation };
}

/** The cameras by number; an item without one has one of its own. Undefined when no item has any. */
function camerasOf(indices: Int32Array, items: readonly Item[]): Int32Array | undefined {
  const cameras = Array.from(indices, (item) => items[item]?.camera);
  const names = [...new Set(cameras)].filter((name) => name !== undefined);
  if (names.length === 0) return undefined;
  const numbers = new Map(names.map((name, number) => [name, number]));
  return Int32Array.from(cameras, (name, row) => (name === undefined ? -1 - row : numbers.get(name)!));
}

function rowsAt({ data, dimension }: Embeddings, chosen: Int32Array): Embeddings {
  const picked = new Float32Array(chosen.length * dimension);
  chosen.forEach((row, at) => picked.set(data.subarray(row * dimension, (row + 1) * dimension), at * dimension));
  return { data: picked, dimension };
}
