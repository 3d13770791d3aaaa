import { incompleteBeta, upperGamma } from "./special-functions.js";

/** P(Z <= x) of the standard normal distribution, accurate in both tails. */
export function normalCdf(x: number): number {
  const tail = 0.5 * upperGamma(0.5, (x * x) / 2);
  return x < 0 ? tail : 1 - tail;
}

/** The x with P(Z <= x) = `probability`; infinite at 0 and 1. */
export function normalQuantile(probability: number): number {
  if (probability > 0.5) return -normalQuantile(1 - probability);
  if (probability === 0) return Number.NEGATIVE_INFINITY;
  return root((x) => normalCdf(x) - probability, -40, 0);
}

/** P(|T| >= |t|) of Student's t with `degrees` degrees of freedom, which need not be whole. */
export function studentTwoSided(t: number, degrees: number): number {
  if (!Number.isFinite(degrees)) return 2 * normalCdf(-Math.abs(t));
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

/** The t >= 0 that |T| stays below with probability `confidence`. */
export function studentQuantile(confidence: number, degrees: number): number {
  return root((t) => 1 - confidence - studentTwoSided(t, degrees), 0);
}

/** P(X >= x) of chi-squared. */
export function chiSquaredTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2);
}

/** P(X >= x) of Fisher's F. */
export function fTail(x: number, numeratorDegrees: number, denominatorDegrees: number): number {
  const share = denominatorDegrees / (denominatorDegrees + numeratorDegrees * x);
  return incompleteBeta(denominatorDegrees / 2, numeratorDegrees / 2, share);
}

/** The x that a beta variable with parameters a and b stays below with `probability`. */
export function betaQuantile(probability: number, a: number, b: number): number {
  return root((x) => incompleteBeta(a, b, x) - probability, 0, 1);
}

/** The q that the range of `groups` independent standard normal variables stays below with `probability`. */
export function normalRangeQuantile(probability: number, groups: number): number {
  return root((q) => normalRangeCdf(q, groups) - probability, 0);
}

const STEP = 0.05;

/** k times the integral of phi(z) (Phi(z) - Phi(z - q))^(k - 1): one of k is the largest, the others are within q. */
function normalRangeCdf(q: number, groups: number): number {
  let sum = 0;
  for (let z = -8; z <= 8 + q; z += STEP) {
    const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
    sum += density * (normalCdf(z) - normalCdf(z - q)) ** (groups - 1);
  }
  return groups * sum * STEP;
}

/** Where an increasing function crosses zero, to the last bit: bisection. Without `high`, one is found by doubling. */
function root(increasing: (x: number) => number, low: number, high?: number): number {
  let [from, to] = [low, high ?? 1];
  if (high === undefined) while (increasing(to) < 0 && to < Number.MAX_VALUE / 2) [from, to] = [to, 2 * to];
  for (;;) {
    const middle = from + (to - from) / 2;
    if (middle <= from || middle >= to) return middle;
    if (increasing(middle) < 0) from = middle;
    else to = middle;
  }
}
