import { rowCount } from "../../linalg/rows.js";
import { matmul, topK } from "../../ops/index.js";
import { compile, type DeviceOptions, type Program } from "../../run/index.js";
import type { Neighbours } from "../neighbours.js";
import { checkSearchRows, searchError } from "./check.js";
import { type PlanOptions, planSearch } from "./plan.js";
import { type Embeddings, type PreparedSearch, prepareSearch } from "./prepare.js";

/** Settings of {@link nearestNeighbours}. */
export interface SearchOptions extends DeviceOptions, PlanOptions {
  /** Called after each block with the number of queries done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The best found so far of a block of queries: [rows, kept], best first. */
interface Best {
  readonly values: Float32Array;
  readonly indices: Int32Array;
}

/**
 * The exact k nearest gallery items of each query, nearest first, equal distances by the lowest index. Runs in blocks with a
 * running top-k: memory does not grow with the product of both sizes, and {@link planSearch} tells it beforehand.
 *
 * Distances are of single precision. Throws `SimileError` (`search`) for dimensions that differ, a k that the gallery has not
 * got, and numbers that are not finite.
 */
export async function nearestNeighbours(
  queries: Embeddings,
  gallery: Embeddings,
  options: SearchOptions,
): Promise<Neighbours> {
  check(queries, gallery, options);
  const { k, distance = "cosine", queriesInGallery = false, onProgress } = options;
  const total = rowCount(queries);
  const result = { indices: new Int32Array(total * k), distances: new Float32Array(total * k), k };
  if (k === 0 || total === 0) return result;
  const plan = planSearch(queries, gallery, options);
  const prepared = prepareSearch(queries, gallery, distance);
  const program = await blockProgram(prepared, plan.kept, options);
  try {
    for (let first = 0; first < total; first += plan.queryRows) {
      const rows = Math.min(plan.queryRows, total - first);
      const best = await searchGallery(program, prepared, plan, { first, rows });
      for (let row = 0; row < rows; row++) {
        const query = first + row;
        keep(best, row * plan.kept, result, query, queriesInGallery ? query : undefined, (value) =>
          prepared.distance(value, query),
        );
      }
      onProgress?.(first + rows, total);
    }
  } finally {
    await program.release();
  }
  return result;
}

/** One block of queries against one of the gallery. */
function blockProgram({ gallery, bias }: PreparedSearch, k: number, options: DeviceOptions): Promise<Program> {
  const { device, threads } = options;
  const settings = { ...(device && { device }), ...(threads && { threads }), name: "nearest neighbours" };
  const rows = (name: string) => ({ shape: [name, gallery.dimension] });
  const outputs = (near: Parameters<typeof topK>[0]) => {
    const best = topK(near, k);
    return { outputs: { values: best.values, indices: best.indices } };
  };
  if (bias === undefined) {
    return compile(({ q, g }) => outputs(matmul(q, g.transpose())), { q: rows("q"), g: rows("g") }, settings);
  }
  return compile(
    ({ q, g, bias: added }) => outputs(matmul(q, g.transpose()).add(added)),
    { q: rows("q"), g: rows("g"), bias: { shape: ["g"] } },
    settings,
  );
}

async function searchGallery(
  program: Program,
  { queries, gallery, bias }: PreparedSearch,
  { galleryBlocks, kept }: { galleryBlocks: readonly number[]; kept: number },
  { first, rows }: { first: number; rows: number },
): Promise<Best> {
  const { dimension } = gallery;
  const q = queries.data.subarray(first * dimension, (first + rows) * dimension);
  let best: Best | undefined;
  let start = 0;
  for (const size of galleryBlocks) {
    const end = start + size;
    const g = gallery.data.subarray(start * dimension, end * dimension);
    const found = await program.run({ q, g, ...(bias && { bias: bias.subarray(start, end) }) });
    const values = found.values!.data as Float32Array;
    const indices = Int32Array.from(found.indices!.data as BigInt64Array, (index) => Number(index) + start);
    best = best ? merge(best, { values, indices }, kept) : { values, indices };
    start = end;
  }
  return best!;
}

/** The better half of two lists a row. Equal values: the earlier block first, whose indices are lower. */
function merge(a: Best, b: Best, kept: number): Best {
  const merged = { values: new Float32Array(a.values.length), indices: new Int32Array(a.indices.length) };
  for (let row = 0; row < a.values.length; row += kept) {
    let i = row;
    let j = row;
    for (let at = row; at < row + kept; at++) {
      const from = a.values[i]! >= b.values[j]! ? a : b;
      const position = from === a ? i++ : j++;
      merged.values[at] = from.values[position]!;
      merged.indices[at] = from.indices[position]!;
    }
  }
  return merged;
}

/** Copies one query's list into the result, leaving out the query itself (or, were it not found, the last). */
function keep(
  best: Best,
  start: number,
  { indices, distances, k }: Neighbours,
  query: number,
  self: number | undefined,
  distance: (value: number) => number,
): void {
  let from = start;
  for (let at = query * k; at < (query + 1) * k; at++, from++) {
    if (best.indices[from] === self) from++;
    indices[at] = best.indices[from]!;
    distances[at] = distance(best.values[from]!);
  }
}

function check(queries: Embeddings, gallery: Embeddings, { k, queriesInGallery }: SearchOptions): void {
  checkSearchRows("nearestNeighbours", queries, gallery);
  const candidates = rowCount(gallery) - (queriesInGallery ? 1 : 0);
  if (Number.isInteger(k) && k >= 0 && k <= candidates) return;
  throw searchError(
    "nearestNeighbours",
    `k from 0 to the ${candidates} candidates`,
    `${k}`,
    "ask for fewer neighbours",
  );
}
