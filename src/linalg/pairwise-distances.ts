import { type Rows, rowAt, rowCount } from "./rows.js";

/** Euclidean distances of all N (N - 1) / 2 pairs of rows, in the order (0,1), (0,2), ..., (1,2), ... */
export function pairwiseDistances(rows: Rows): Float64Array {
  const n = rowCount(rows);
  const distances = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  for (let i = 0; i < n; i++) {
    const row = rowAt(rows, i);
    for (let j = i + 1; j < n; j++) distances[at++] = Math.sqrt(squaredDistance(row, rowAt(rows, j)));
  }
  return distances;
}

/** Squared Euclidean distance of two rows of equal length. */
export function squaredDistance(a: Rows["data"], b: Rows["data"]): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) {
    const difference = a[d]! - b[d]!;
    sum += difference * difference;
  }
  return sum;
}
