/** Vectors of equal length, one after the other: [N, D] row-major. */
export interface Rows {
  readonly data: Float32Array | Float64Array;
  /** D. */
  readonly dimension: number;
}

/** N. */
export function rowCount({ data, dimension }: Rows): number {
  return dimension === 0 ? 0 : data.length / dimension;
}

/** A view of one row; nothing is copied. */
export function rowAt({ data, dimension }: Rows, row: number): Float32Array | Float64Array {
  return data.subarray(row * dimension, (row + 1) * dimension);
}
