import { rowAt } from "../../linalg/rows.js";
import { searchError } from "../search/check.js";
import type { Embeddings, SearchDistance } from "../search/prepare.js";

type Row = Float32Array | Float64Array;

const between: Readonly<Record<SearchDistance, (a: Row, b: Row) => number>> = {
  cosine: (a, b) => 1 - dot(a, b) / Math.max(Math.sqrt(dot(a, a) * dot(b, b)), Number.MIN_VALUE),
  dot: (a, b) => -dot(a, b),
  euclidean: (a, b) => Math.sqrt(sum(a, (value, d) => (value - b[d]!) ** 2)),
  snr: (a, b) => {
    const difference = a.map((value, d) => value - b[d]!);
    return variance(difference) / variance(a) || 0;
  },
};

/**
 * The distance of each pair of rows [P], in double precision; NaN where a row is not finite. SNR takes the first as the query.
 * Throws `SimileError` (`search`) for positions that are no rows.
 */
export function pairDistances(
  rows: Embeddings,
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  distance: SearchDistance = "cosine",
): Float64Array {
  const count = rows.data.length / rows.dimension;
  return Float64Array.from({ length: first.length }, (_, pair) => {
    const [a, b] = [first[pair]!, second[pair]!];
    if (!(a >= 0 && a < count && b >= 0 && b < count)) {
      throw searchError("pairDistances", `positions below ${count}`, `pair ${pair} of ${a} and ${b}`, "check the list");
    }
    return between[distance](rowAt(rows, a), rowAt(rows, b));
  });
}

/** Distance of two single rows; see {@link pairDistances}. */
export function distanceBetween(a: Row, b: Row, distance: SearchDistance): number {
  return between[distance](a, b);
}

function sum(row: Row, of: (value: number, d: number) => number): number {
  let total = 0;
  for (let d = 0; d < row.length; d++) total += of(row[d]!, d);
  return total;
}

function dot(a: Row, b: Row): number {
  let total = 0;
  for (let d = 0; d < a.length; d++) total += a[d]! * b[d]!;
  return total;
}

function variance(row: Row): number {
  const mean = sum(row, (value) => value) / row.length;
  return sum(row, (value) => (value - mean) ** 2);
}
