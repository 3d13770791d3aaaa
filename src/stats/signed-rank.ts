import { normalCdf } from "./distributions.js";
import type { TestResult } from "./paired-tests.js";
import { midranks } from "./ranks.js";
import { checkSample, type Numbers, sum } from "./sample.js";

/** The outcome of Wilcoxon's test. */
export interface SignedRankResult extends TestResult {
  /** Sum of the ranks of the positive differences. */
  readonly positiveRanks: number;
  /** Differences that are not zero; the others say nothing of a direction and are left out (Wilcoxon, 1945). */
  readonly pairs: number;
  /** Matched-pairs rank-biserial correlation (Kerby, 2014): share of rank for minus share against, -1 to 1. */
  readonly effect: number;
}

/** Up to this many pairs the distribution is counted out; beyond, it is normal for all purposes. */
const MOST_EXACT = 200;

/**
 * Wilcoxon's signed-rank test of differences symmetric about zero. Up to 200 pairs p is exact, ties included (the
 * distribution given the ranks at hand); beyond, the normal approximation with the correction for ties.
 */
export function signedRankTest(differences: Numbers): SignedRankResult {
  checkSample("signedRankTest", differences);
  const moved = Float64Array.from(differences).filter((value) => value !== 0);
  const ranks = midranks(moved.map(Math.abs));
  const positiveRanks = ranks.reduce((total, rank, at) => total + (moved[at]! > 0 ? rank : 0), 0);
  const all = sum(ranks);
  const exact = moved.length <= MOST_EXACT;
  const smaller = Math.min(positiveRanks, all - positiveRanks);
  return {
    pValue: Math.min(1, 2 * (exact ? exactTail(ranks, smaller) : normalTail(ranks, smaller))),
    exact,
    positiveRanks,
    pairs: moved.length,
    effect: all === 0 ? 0 : (2 * positiveRanks - all) / all,
  };
}

/** P(W <= w) when each rank counts with probability one half. Ranks are doubled, which makes shared ones whole. */
function exactTail(ranks: Float64Array, w: number): number {
  const probabilities = new Float64Array(2 * sum(ranks) + 1);
  probabilities[0] = 1;
  let reach = 0;
  for (const rank of ranks) {
    const step = 2 * rank;
    reach += step;
    for (let at = reach; at >= 0; at--) {
      probabilities[at] = (probabilities[at]! + (at >= step ? probabilities[at - step]! : 0)) / 2;
    }
  }
  return sum(probabilities.subarray(0, 2 * w + 1));
}

function normalTail(ranks: Float64Array, w: number): number {
  const middle = sum(ranks) / 2;
  const spread = Math.sqrt(ranks.reduce((total, rank) => total + rank * rank, 0)) / 2;
  return normalCdf((w + 0.5 - middle) / spread);
}
