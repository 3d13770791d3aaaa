import { chiSquaredTail, fTail, normalRangeQuantile } from "./distributions.js";
import { checkSample, inputError, type Numbers } from "./sample.js";

/** Rank of each value, 1 for the smallest; equal values share the mean of their ranks. */
export function midranks(values: Numbers): Float64Array {
  const order = Int32Array.from({ length: values.length }, (_, at) => at).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (const item of order.subarray(from, to)) ranks[item] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

/** How several methods rank over several blocks (data sets, folds, seeds). */
export interface RankComparison {
  /** Mean rank of each method, 1 is the best possible. */
  readonly averageRanks: Float64Array;
  /** Friedman's chi-squared (corrected for ties) with its p: do the methods differ at all? */
  readonly chiSquared: number;
  readonly pValue: number;
  /** p of Iman and Davenport's F form (1980), less conservative with few blocks. */
  readonly pValueF: number;
  /**
   * Average ranks that differ by at least this differ significantly: Nemenyi's critical difference at the given level,
   * corrected for all pairs (Demsar, JMLR 2006).
   */
  readonly criticalDifference: number;
}

/**
 * Friedman's test and Nemenyi's critical difference. `scores[block][method]`, higher is better.
 * Throws `SimileError` (`statistics-input`) unless every block has the same two or more methods.
 */
export function compareRanks(scores: readonly Numbers[], level = 0.05): RankComparison {
  const methods = scores[0]?.length ?? 0;
  for (const block of scores) {
    checkSample("compareRanks", block, 2);
    if (block.length === methods) continue;
    throw inputError("compareRanks", `${methods} methods in each block`, `${block.length}`, "score all on every block");
  }
  if (methods < 2) throw inputError("compareRanks", "blocks with two or more methods", "none", "give scores");
  const blocks = scores.length;
  const ranks = scores.map((block) => midranks(Float64Array.from(block, (score) => -score)));
  const averageRanks = Float64Array.from({ length: methods }, (_, method) =>
    ranks.reduce((sum, block) => sum + block[method]! / blocks, 0),
  );
  const middle = (methods + 1) / 2;
  const between = averageRanks.reduce((sum, rank) => sum + blocks * (rank - middle) ** 2, 0);
  // Ties lessen what the ranks could spread at most.
  const within = ranks.reduce((sum, block) => sum + block.reduce((part, rank) => part + (rank - middle) ** 2, 0), 0);
  const chiSquared = within === 0 ? 0 : ((methods - 1) * blocks * between) / within;
  const ratio = ((blocks - 1) * chiSquared) / (blocks * (methods - 1) - chiSquared);
  const spread = normalRangeQuantile(1 - level, methods) / Math.SQRT2;
  return {
    averageRanks,
    chiSquared,
    pValue: chiSquaredTail(chiSquared, methods - 1),
    // One block alone is no evidence; several in full agreement leave nothing to chance.
    pValueF: blocks === 1 ? 1 : fTail(ratio, methods - 1, (methods - 1) * (blocks - 1)),
    criticalDifference: spread * Math.sqrt((methods * (methods + 1)) / (6 * blocks)),
  };
}
