import { clusterSums } from "./clusters.js";
import { studentTwoSided } from "./distributions.js";
import { checkSample, type IntegerSource, inputError, mean, type Numbers, variance } from "./sample.js";

/** The outcome of a two-sided test. */
export interface TestResult {
  /** Probability of a statistic at least as far out, were there no difference. */
  readonly pValue: number;
  /** Whether every arrangement was counted, or a random sample of them (or a limiting distribution) was used. */
  readonly exact: boolean;
}

/** Options of {@link signFlipTest}. */
export interface SignFlipOptions {
  readonly random: IntegerSource;
  /** Arrangements drawn when there are more than that; 10,000 by default: p = 0.05 then has a standard error of 0.002. */
  readonly permutations?: number;
  /** [N] which cluster each difference belongs to: signs flip a cluster at a time. */
  readonly clusters?: Numbers;
}

const PERMUTATIONS = 10_000;
/** Sums that differ by rounding alone count as equal. */
const ROUNDING = 1e-12;

/**
 * Paired permutation test of a mean difference of zero (Fisher, 1935): without a difference each unit's sign could as
 * well be the other. Needs no normality, only differences that are symmetric about zero under the null hypothesis.
 *
 * All 2^N sign patterns are counted when there are at most `permutations` of them; otherwise that many are drawn, and
 * p = (b + 1) / (m + 1), which is never zero and never too small (Phipson and Smyth, 2010).
 * The smallest possible p is 2 / 2^N: five differences can never reach 0.05.
 */
export function signFlipTest(
  differences: Numbers,
  { random, permutations = PERMUTATIONS, clusters }: SignFlipOptions,
): TestResult {
  checkSample("signFlipTest", differences);
  if (!(Number.isSafeInteger(permutations) && permutations >= 1)) {
    throw inputError("signFlipTest", "permutations from 1", `${permutations}`, "take 10,000");
  }
  const { sums } = clusterSums("signFlipTest", differences, clusters);
  // A difference of zero is the same with either sign.
  const units = sums.filter((value) => value !== 0);
  const observed = Math.abs(units.reduce((total, value) => total + value, 0));
  const extreme = observed - ROUNDING * units.reduce((total, value) => total + Math.abs(value), 0);
  if (2 ** units.length <= permutations) return { pValue: allFlips(units, extreme), exact: true };
  let reached = 0;
  for (let at = 0; at < permutations; at++) if (Math.abs(flippedSum(units, random)) >= extreme) reached++;
  return { pValue: (reached + 1) / (permutations + 1), exact: false };
}

/** The share of sign patterns that reach `extreme`; in Gray code's order, each differs from the last by one sign. */
function allFlips(units: Float64Array, extreme: number): number {
  const patterns = 2 ** units.length;
  const signs = new Int8Array(units.length).fill(1);
  let total = units.reduce((sum, value) => sum + value, 0);
  let reached = 0;
  for (let pattern = 1; pattern <= patterns; pattern++) {
    if (Math.abs(total) >= extreme) reached++;
    const flipped = 31 - Math.clz32(pattern & -pattern);
    if (flipped >= units.length) break;
    signs[flipped]! *= -1;
    total += 2 * signs[flipped]! * units[flipped]!;
  }
  return reached / patterns;
}

function flippedSum(units: Float64Array, random: IntegerSource): number {
  let total = 0;
  let bits = 0;
  for (let i = 0; i < units.length; i++) {
    if (i % 32 === 0) bits = random.integer(2 ** 32);
    total += bits & 1 ? units[i]! : -units[i]!;
    bits >>>= 1;
  }
  return total;
}

/** Student's paired t-test of a mean difference of zero, for a few differences such as one a seed. */
export function pairedTTest(differences: Numbers): TestResult & { readonly t: number; readonly degrees: number } {
  checkSample("pairedTTest", differences, 2);
  const degrees = differences.length - 1;
  const centre = mean(differences);
  const error = Math.sqrt(variance(differences) / differences.length);
  // All differences zero: no evidence. All equal and not zero: nothing but evidence.
  const t = centre === 0 ? 0 : centre / error;
  return { pValue: studentTwoSided(t, degrees), exact: true, t, degrees };
}
