import { type Rows, rowAt, rowCount } from "./rows.js";

/** a b^T in float64: [N, M] of the dot products of each row of a [N, D] with each of b [M, D]. */
export function rowProducts(a: Rows, b: Rows): Rows {
  const [n, m] = [rowCount(a), rowCount(b)];
  const data = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    const left = rowAt(a, i);
    for (let j = 0; j < m; j++) data[i * m + j] = dot(left, rowAt(b, j));
  }
  return { data, dimension: m };
}

/** Sum of the products of two rows of equal length. */
export function dot(a: Rows["data"], b: Rows["data"]): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}

/** [D, N] of [N, D], copied. */
export function transpose(rows: Rows): Rows {
  const [n, dimension] = [rowCount(rows), rows.dimension];
  const data = new Float64Array(n * dimension);
  for (let i = 0; i < n; i++) {
    for (let d = 0; d < dimension; d++) data[d * n + i] = rows.data[i * dimension + d]!;
  }
  return { data, dimension: n };
}
