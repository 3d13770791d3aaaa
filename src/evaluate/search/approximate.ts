import { SimileError } from "../../errors/index.js";
import { rowCount } from "../../linalg/rows.js";
import { Random } from "../../rng/index.js";
import type { Neighbours } from "../neighbours.js";
import { checkSearchRows, searchError } from "./check.js";
import { nearestNeighbours } from "./nearest.js";
import { type Embeddings, type PreparedSearch, prepareGallery, type SearchDistance } from "./prepare.js";

/** Settings of {@link approximateIndex}; defaults of usearch. */
export interface ApproximateOptions {
  /** Default cosine. */
  readonly distance?: SearchDistance;
  /** Links of an item to others: more find more, and take more memory. Default 16. */
  readonly connectivity?: number;
  /** Candidates looked at when an item is added. Default 128. */
  readonly expansionAdd?: number;
  /** Candidates looked at in a search, at least k. Default 64. */
  readonly expansionSearch?: number;
  /** Threads; more than one add items in an order that differs from run to run. Default 1. */
  readonly threads?: number;
  /** Called after each block with the number of items added. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What to find in an {@link ApproximateIndex}. */
export interface ApproximateSearch {
  readonly k: number;
  /** Whether query i is gallery item i, which it must not find. Default false. */
  readonly queriesInGallery?: boolean;
}

/** A gallery that is searched without looking at all of it. */
export interface ApproximateIndex {
  /** Most of the k nearest items of each query, with their exact distances, nearest first. */
  search(queries: Embeddings, options: ApproximateSearch): Neighbours;
  /**
   * The share of the exact k nearest that {@link search} finds, measured on `sample` (default 100) of the queries drawn with
   * `seed` (default 1). An item as near as the farthest of the exact ones counts.
   */
  recall(
    queries: Embeddings,
    options: ApproximateSearch & { readonly sample?: number; readonly seed?: number },
  ): Promise<number>;
}

/** Items added at once. */
const BLOCK = 1024;

/** The library, which only those have installed who want it. */
async function openLibrary(): Promise<typeof import("usearch")> {
  try {
    return await import("usearch");
  } catch (cause) {
    const facts = { where: "approximate search", expected: "the package usearch", received: "none that loads" };
    const remedy = "npm install usearch, or search exactly";
    throw new SimileError({ code: "search", ...facts, remedy }, { cause });
  }
}

/**
 * A graph of near items (HNSW; Malkov and Yashunin, 2018; the optional package usearch) over `gallery` [G, D], for galleries too
 * large to be compared whole with every query. Its results are approximate: measure its recall.
 *
 * Throws `SimileError` (`search`) where usearch is not installed, and for numbers that are not finite.
 */
export async function approximateIndex(
  gallery: Embeddings,
  { distance = "cosine", threads = 1, onProgress, ...sizes }: ApproximateOptions = {},
): Promise<ApproximateIndex> {
  checkSearchRows("approximateIndex", gallery, gallery);
  const { Index, MetricKind, ScalarKind } = await openLibrary();
  const prepare = prepareGallery(gallery, distance);
  const { gallery: rows, bias } = prepare(gallery);
  const index = new Index({
    dimensions: rows.dimension,
    // With a bias of -|g|^2 / 2 the largest product is the smallest distance.
    metric: bias === undefined ? MetricKind.IP : MetricKind.L2sq,
    quantization: ScalarKind.F32,
    connectivity: sizes.connectivity ?? 16,
    expansion_add: sizes.expansionAdd ?? 128,
    expansion_search: sizes.expansionSearch ?? 64,
    multi: false,
  });
  const total = rowCount(rows);
  for (let first = 0; first < total; first += BLOCK) {
    const end = Math.min(total, first + BLOCK);
    const keys = BigUint64Array.from({ length: end - first }, (_, i) => BigInt(first + i));
    index.add(keys, rows.data.subarray(first * rows.dimension, end * rows.dimension), threads);
    onProgress?.(end, total);
    await new Promise((resume) => setImmediate(resume));
  }
  const search = (queries: Embeddings, options: ApproximateSearch) => {
    checkSearchRows("approximateIndex.search", queries, gallery);
    const wanted = checkCount(options, total);
    const prepared = prepare(queries);
    const { data, dimension } = prepared.queries;
    const lists = Array.from({ length: rowCount(queries) }, (_, query) => {
      const row = data.subarray(query * dimension, (query + 1) * dimension);
      const { keys } = index.search(row, wanted, threads);
      return Array.from(keys, Number).filter((item) => !options.queriesInGallery || item !== query);
    });
    return collect(prepared, lists, options.k);
  };
  return { search, recall: (queries, options) => measureRecall(search, queries, gallery, { distance, ...options }) };
}

/** How many items to ask for: one more where the query itself may be among them. */
function checkCount({ k, queriesInGallery = false }: ApproximateSearch, total: number): number {
  const candidates = total - Number(queriesInGallery);
  if (Number.isInteger(k) && k >= 1 && k <= candidates) return k + Number(queriesInGallery);
  throw searchError("approximateIndex.search", `k from 1 to the ${candidates} candidates`, `${k}`, "ask for fewer");
}

/** The first k of each query's items by exact distance; -1 at an infinite distance where fewer were found. */
function collect(prepared: PreparedSearch, lists: readonly (readonly number[])[], k: number): Neighbours {
  const found = {
    indices: new Int32Array(lists.length * k).fill(-1),
    distances: new Float32Array(lists.length * k),
    k,
  };
  found.distances.fill(Number.POSITIVE_INFINITY);
  lists.forEach((items, query) => {
    const ranked = items.map((item) => ({ item, distance: exactDistance(prepared, query, item) }));
    ranked.sort((a, b) => a.distance - b.distance || a.item - b.item);
    for (const [place, { item, distance }] of ranked.slice(0, k).entries()) {
      found.indices[query * k + place] = item;
      found.distances[query * k + place] = distance;
    }
  });
  return found;
}

function exactDistance({ queries, gallery, bias, distance }: PreparedSearch, query: number, item: number): number {
  const { dimension } = gallery;
  let product = bias?.[item] ?? 0;
  for (let d = 0; d < dimension; d++) {
    product += queries.data[query * dimension + d]! * gallery.data[item * dimension + d]!;
  }
  return distance(product, query);
}

async function measureRecall(
  search: ApproximateIndex["search"],
  queries: Embeddings,
  gallery: Embeddings,
  options: ApproximateSearch & { distance: SearchDistance; sample?: number; seed?: number },
): Promise<number> {
  const { k, distance, queriesInGallery = false, sample = 100, seed = 1 } = options;
  const chosen = new Random(seed).shuffle([...Array(rowCount(queries)).keys()]).slice(0, sample);
  const { dimension } = queries;
  const data = new Float32Array(chosen.length * dimension);
  chosen.forEach((query, row) => {
    data.set(queries.data.subarray(query * dimension, (query + 1) * dimension), row * dimension);
  });
  const asked = { data, dimension };
  const wanted = checkCount(options, rowCount(gallery));
  const [near, exact] = [
    search(asked, { k: wanted }),
    await nearestNeighbours(asked, gallery, { k: wanted, distance }),
  ];
  let hits = 0;
  chosen.forEach((query, row) => {
    const own = (found: Neighbours) =>
      [...found.distances.subarray(row * wanted, (row + 1) * wanted)].filter(
        (_, place) => !queriesInGallery || found.indices[row * wanted + place] !== query,
      );
    const farthest = own(exact)[k - 1]!;
    // Two ways of adding up the same product differ in the last bits.
    const limit = farthest + 1e-5 * Math.max(1, Math.abs(farthest));
    hits += own(near)
      .slice(0, k)
      .filter((value) => value <= limit).length;
  });
  return hits / (k * chosen.length);
}
