import type { Contingency } from "./contingency.js";

/** Unordered pairs of samples, by whether classes and clusters agree that the two belong together. */
export interface PairCounts {
  /** Same class, same cluster. */
  readonly truePositive: number;
  /** Different classes, same cluster. */
  readonly falsePositive: number;
  /** Same class, different clusters. */
  readonly falseNegative: number;
  /** Different classes, different clusters. */
  readonly trueNegative: number;
}

/** Count the pairs. Example: classes 0 0 1 1, clusters 0 0 0 1: TP 1 (the zeros), FP 2, FN 1, TN 2. */
export function pairCounts({ total, classSizes, clusterSizes, cells }: Contingency): PairCounts {
  const truePositive = cells.reduce((sum, { count }) => sum + pairs(count), 0);
  const falsePositive = clusterSizes.reduce((sum, size) => sum + pairs(size), 0) - truePositive;
  const falseNegative = classSizes.reduce((sum, size) => sum + pairs(size), 0) - truePositive;
  const trueNegative = pairs(total) - truePositive - falsePositive - falseNegative;
  return { truePositive, falsePositive, falseNegative, trueNegative };
}

/**
 * Pair F1: 2 TP / (2 TP + FP + FN), the F1 of the metric-learning literature (Song et al., CVPR 2016).
 * Example: TP 1, FP 2, FN 1: 2/5 = .4. With no pair together on either side the partitions are equal: 1.
 */
export function pairF1({ truePositive, falsePositive, falseNegative }: PairCounts): number {
  return ratio(2 * truePositive, 2 * truePositive + falsePositive + falseNegative);
}

/** Rand index: the share of pairs the two partitions agree on. Example: TP 1, TN 2 of 6 pairs: .5. */
export function randIndex({ truePositive, falsePositive, falseNegative, trueNegative }: PairCounts): number {
  const agreed = truePositive + trueNegative;
  return ratio(agreed, agreed + falsePositive + falseNegative);
}

/**
 * Adjusted Rand index: 0 for chance, 1 for equal partitions (Hubert, Arabie, 1985):
 * 2 (TP TN - FN FP) / ((TP + FN)(FN + TN) + (TP + FP)(FP + TN)). Example: TP 1, FP 2, FN 1, TN 2: 2 (2 - 2) / ... = 0.
 */
export function adjustedRandIndex(counts: PairCounts): number {
  const { truePositive: tp, falsePositive: fp, falseNegative: fn, trueNegative: tn } = counts;
  return ratio(2 * (tp * tn - fn * fp), (tp + fn) * (fn + tn) + (tp + fp) * (fp + tn));
}

/**
 * Fowlkes-Mallows index: TP / sqrt((TP + FP)(TP + FN)), the geometric mean of pair precision and pair recall.
 * Example: TP 1, FP 2, FN 1: 1 / sqrt(3 * 2) = .40825.
 */
export function fowlkesMallows({ truePositive, falsePositive, falseNegative }: PairCounts): number {
  if (truePositive + falsePositive + falseNegative === 0) return 1;
  if (truePositive === 0) return 0;
  return truePositive / Math.sqrt((truePositive + falsePositive) * (truePositive + falseNegative));
}

function pairs(size: number): number {
  return (size * (size - 1)) / 2;
}

/** Every index here has 0/0 only for equal partitions, which deserve 1. */
function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 1 : numerator / denominator;
}
