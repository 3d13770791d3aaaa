type Row = Float32Array | Float64Array;

/** Distances the geometric measures can be taken in. */
export type RowDistanceName = "euclidean" | "cosine" | "manhattan";

/** The distance between two rows of equal length; `cosine` is 1 - cos and never below 0. */
export const rowDistances: Readonly<Record<RowDistanceName, (a: Row, b: Row) => number>> = {
  euclidean: (a, b) => Math.sqrt(squaredEuclidean(a, b)),
  cosine: (a, b) =>
    Math.max(1 - dot(a, b) / Math.max(Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b)), Number.MIN_VALUE), 0),
  manhattan: (a, b) => {
    let sum = 0;
    for (let d = 0; d < a.length; d++) sum += Math.abs(a[d]! - b[d]!);
    return sum;
  },
};

/** Squared Euclidean distance of two rows. */
export function squaredEuclidean(a: Row, b: Row): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += (a[d]! - b[d]!) ** 2;
  return sum;
}

function dot(a: Row, b: Row): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}
