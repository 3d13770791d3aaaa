import type { Neighbours } from "../../src/evaluate/neighbours.js";
import { type Rows, rowAt, rowCount } from "../../src/linalg/rows.js";

type Row = Rows["data"];

export type RowDistance = (a: Row, b: Row) => number;

export function squaredEuclidean(a: Row, b: Row): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d]! - b[d]!) ** 2;
  return sum;
}

export function cosineDistance(a: Row, b: Row): number {
  return 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function dot(a: Row, b: Row): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}

/** Exact search by sorting every candidate; ties go to the lowest gallery index. */
export function bruteForceNeighbours(
  query: Rows,
  gallery: Rows,
  { k = Number.POSITIVE_INFINITY, queriesInGallery = false, distance = squaredEuclidean as RowDistance },
): Neighbours {
  const galleryRows = split(gallery);
  const candidates = galleryRows.length - (queriesInGallery ? 1 : 0);
  const depth = Math.min(k, candidates);
  const nearest = split(query).map((row, at) =>
    galleryRows
      .map((other, index) => ({ index, distance: distance(row, other) }))
      .filter(({ index }) => !queriesInGallery || index !== at)
      .sort((a, b) => a.distance - b.distance || a.index - b.index)
      .slice(0, depth),
  );
  return {
    indices: Int32Array.from(nearest.flat(), (item) => item.index),
    distances: Float32Array.from(nearest.flat(), (item) => item.distance),
    k: depth,
  };
}

function split(rows: Rows): Row[] {
  return Array.from({ length: rowCount(rows) }, (_, row) => rowAt(rows, row));
}

/** The distances of `simile/evaluate` in plain loops of double precision. */
export const rowDistanceOracles = {
  cosine: cosineDistance,
  euclidean: (a: Row, b: Row) => Math.sqrt(squaredEuclidean(a, b)),
  dot: (a: Row, b: Row) => -dot(a, b),
  snr: (a: Row, b: Row) => variance(Float64Array.from(a, (value, d) => value - b[d]!)) / variance(a),
} as const;

function variance(row: Row): number {
  const mean = [...row].reduce((sum, value) => sum + value, 0) / row.length;
  return [...row].reduce((sum, value) => sum + (value - mean) ** 2, 0) / (row.length - 1);
}
