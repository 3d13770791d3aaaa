import { checkSample, mean, type Numbers, variance } from "./sample.js";

/**
 * Mean paired difference in standard deviations of the differences (Cohen's d_z), with Hedges' correction for few pairs.
 * Infinite when all differences are equal and not zero.
 */
export function standardizedDifference(differences: Numbers): number {
  checkSample("standardizedDifference", differences, 2);
  const centre = mean(differences);
  if (centre === 0) return 0;
  const correction = 1 - 3 / (4 * (differences.length - 1) - 1);
  return (correction * centre) / Math.sqrt(variance(differences));
}

/** Cliff's delta (1993): P(a > b) - P(a < b) for independent samples, -1 to 1. */
export function cliffsDelta(a: Numbers, b: Numbers): number {
  checkSample("cliffsDelta", a);
  checkSample("cliffsDelta", b);
  const sorted = Float64Array.from(b).sort();
  let balance = 0;
  for (let i = 0; i < a.length; i++) {
    const below = firstFrom(sorted, (value) => value >= a[i]!);
    const notAbove = firstFrom(sorted, (value) => value > a[i]!);
    balance += below - (sorted.length - notAbove);
  }
  return balance / (a.length * b.length);
}

/** Position of the first element of an ascending array that has reached something; its length where none has. */
function firstFrom(sorted: Float64Array, reached: (value: number) => boolean): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (reached(sorted[middle]!)) to = middle;
    else from = middle + 1;
  }
  return from;
}
