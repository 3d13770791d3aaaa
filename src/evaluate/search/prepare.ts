import { type Rows, rowAt, rowCount } from "../../linalg/rows.js";

/**
 * How near two embeddings are. Cosine is shown as 1 - cos (a zero vector is at 1 from everything), dot as the product with its
 * sign changed, euclidean as the L2 distance, snr as var(q - g) / var(q) with q the query (Yuan et al., CVPR 2019), which is
 * 0 / 0 = 0 or infinite for a query of no variance.
 */
export type SearchDistance = "cosine" | "euclidean" | "dot" | "snr";

/** Embeddings of single precision, row by row. */
export interface Embeddings extends Rows {
  readonly data: Float32Array;
}

/**
 * Every distance becomes one product: rows changed so that q . g + bias(g) is larger where g is nearer to q, and a function
 * that turns that number back into the distance.
 */
export interface PreparedSearch {
  readonly queries: Embeddings;
  readonly gallery: Embeddings;
  /** [G] added to the products of each gallery row; undefined for none. */
  readonly bias: Float32Array | undefined;
  /** The distance that a product stands for. */
  readonly distance: (product: number, query: number) => number;
}

/** Bytes of the copies that {@link prepareSearch} makes. */
export function preparedBytes(distance: SearchDistance, queries: Rows, gallery: Rows): number {
  if (distance === "dot") return 0;
  const rows = gallery.data.length + (queries.data === gallery.data ? 0 : queries.data.length);
  return 4 * rows + (distance === "cosine" ? 0 : 12 * rowCount(gallery));
}

/** Rows and bias of a search; neither input is changed. */
export function prepareSearch(queries: Embeddings, gallery: Embeddings, distance: SearchDistance): PreparedSearch {
  return prepareGallery(gallery, distance)(queries);
}

/** {@link prepareSearch} for a gallery that is searched again and again: gives what prepares queries for it. */
export function prepareGallery(gallery: Embeddings, distance: SearchDistance): (queries: Embeddings) => PreparedSearch {
  if (distance === "dot") return (queries) => ({ queries, gallery, bias: undefined, distance: (product) => -product });
  const change = changes[distance](gallery);
  const ready = mapRows(gallery, change);
  const asked = (queries: Embeddings) => (queries.data === gallery.data ? ready : mapRows(queries, change));
  if (distance === "cosine") {
    const toDistance = (product: number) => Math.max(0, 1 - product);
    return (queries) => ({ queries: asked(queries), gallery: ready, bias: undefined, distance: toDistance });
  }
  const squares = squaredLengths(ready);
  const bias = Float32Array.from(squares, (square) => -square / 2);
  return (queries) => {
    const rows = asked(queries);
    const own = rows === ready ? squares : squaredLengths(rows);
    const squared = (product: number, query: number) => Math.max(0, own[query]! - 2 * product);
    const root = (product: number, query: number) => Math.sqrt(squared(product, query));
    const share = (product: number, query: number) => squared(product, query) / own[query]! || 0;
    return { queries: rows, gallery: ready, bias, distance: distance === "euclidean" ? root : share };
  };
}

type RowChange = (from: Float32Array, to: Float32Array) => void;

const changes: Readonly<Record<Exclude<SearchDistance, "dot">, (gallery: Embeddings) => RowChange>> = {
  cosine: () => (from, to) => {
    const length = Math.sqrt(dot(from, from));
    if (length > 0) for (let d = 0; d < from.length; d++) to[d] = from[d]! / length;
  },
  // A shift changes no distance, but far from the origin the squares would swallow the differences.
  euclidean: (gallery) => {
    const centre = coarseCentre(gallery);
    return (from, to) => {
      for (let d = 0; d < from.length; d++) to[d] = from[d]! - centre[d]!;
    };
  },
  snr: () => (from, to) => {
    const mean = from.reduce((sum, value) => sum + value, 0) / from.length;
    for (let d = 0; d < from.length; d++) to[d] = from[d]! - mean;
  },
};

function mapRows(rows: Embeddings, change: RowChange): Embeddings {
  const { dimension } = rows;
  const data = new Float32Array(rows.data.length);
  for (let at = 0; at < data.length; at += dimension) {
    change(rows.data.subarray(at, at + dimension), data.subarray(at, at + dimension));
  }
  return { data, dimension };
}

/**
 * The mean row, rounded to multiples of a power of two near the spread: zero for data around the origin, and whole numbers stay
 * whole, so that equal distances remain equal.
 */
function coarseCentre(rows: Embeddings): Float64Array {
  const count = rowCount(rows);
  const mean = new Float64Array(rows.dimension);
  let squares = 0;
  for (let at = 0; at < rows.data.length; at++) {
    mean[at % rows.dimension]! += rows.data[at]! / count;
    squares += rows.data[at]! ** 2 / rows.data.length;
  }
  const variance = squares - mean.reduce((sum, value) => sum + value * value, 0) / rows.dimension;
  const grain = variance > 0 ? 2 ** Math.floor(Math.log2(variance) / 2) : 0;
  return mean.map((value) => (grain > 0 ? Math.round(value / grain) * grain : Math.fround(value)));
}

function squaredLengths(rows: Embeddings): Float64Array {
  return Float64Array.from({ length: rowCount(rows) }, (_, row) => {
    const values = rowAt(rows, row) as Float32Array;
    return dot(values, values);
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
