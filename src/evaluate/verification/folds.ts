import { SimileError } from "../../errors/index.js";
import { checkPairs } from "./roc.js";
import { acceptedRight, bestThreshold } from "./threshold.js";

/** One fold's part of {@link foldAccuracy}. */
export interface FoldAccuracy {
  readonly fold: number;
  readonly pairs: number;
  /** Chosen on the pairs of all other folds. */
  readonly threshold: number;
  readonly accuracy: number;
}

/** Accuracy of a verification over folds. */
export interface VerificationAccuracy {
  /** Mean of the folds' accuracies. */
  readonly mean: number;
  /** Standard error of that mean: the folds' deviation (divisor F - 1) over the root of F. */
  readonly standardError: number;
  readonly folds: readonly FoldAccuracy[];
}

/**
 * Accuracy by the protocol of LFW's View 2 (Huang et al., 2007): each fold is judged with the threshold that is best on all others,
 * so that no pair helps to choose its own. The threshold lies half way between two distances; of equally good ones the smallest.
 *
 * Example: fold 0 same .1, different .9; fold 1 same .2, different .3: fold 0 is judged at .25 (2 of 2), fold 1 at .5 (1 of 2): .75.
 * Throws `SimileError` (`pairs`) with fewer than two folds, or when a fold's others lack a kind.
 */
export function foldAccuracy(
  distances: ArrayLike<number>,
  same: ArrayLike<number>,
  fold: ArrayLike<number>,
): VerificationAccuracy {
  checkPairs("foldAccuracy", distances, same);
  const names = [...new Set(Array.from(fold))].sort((a, b) => a - b);
  if (names.length < 2 || fold.length !== same.length) {
    throw new SimileError({
      code: "pairs",
      where: "foldAccuracy",
      expected: "a fold for each pair, two folds or more",
      received: `${fold.length} entries, ${names.length} folds`,
      remedy: "divide the pairs into ten folds with no subject in two of them",
    });
  }
  const pairs = Array.from(same, (_, pair) => pair);
  const folds = names.map((name) => {
    const own = pairs.filter((pair) => fold[pair] === name);
    const threshold = bestThreshold(
      distances,
      same,
      pairs.filter((pair) => fold[pair] !== name),
    );
    return { fold: name, pairs: own.length, threshold, accuracy: acceptedRight(distances, same, threshold, own) };
  });
  const mean = folds.reduce((sum, { accuracy }) => sum + accuracy, 0) / folds.length;
  const variance = folds.reduce((sum, { accuracy }) => sum + (accuracy - mean) ** 2, 0) / (folds.length - 1);
  return { mean, standardError: Math.sqrt(variance / folds.length), folds };
}
