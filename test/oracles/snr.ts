import { average, total } from "./vectors.js";

function variance(values: readonly number[]): number {
  return total(values.map((x) => (x - average(values)) ** 2));
}

/** Variance of the difference over that of the first vector. */
export function snrDistance(a: readonly number[], b: readonly number[]): number {
  return variance(a.map((x, i) => x - b[i]!)) / variance(a);
}
