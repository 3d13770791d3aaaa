import type { Tensor } from "../graph/index.js";
import { greater, oneHot, where } from "../ops/index.js";

/** One key for each row, where the row has any. */
export interface RowChoice {
  /** int64 [B]; 0 for rows without a candidate. */
  readonly index: Tensor;
  /** [B]: the value at the index; unspecified for rows without a candidate. */
  readonly value: Tensor;
  /** bool [B]: whether the row has a candidate. */
  readonly found: Tensor;
  /** [B, R]: 1 at the index, or a row of zeros. */
  readonly selected: Tensor;
}

/** In each row the candidate (weight above 0) with the largest value; the first of equals. All [B, R]. */
export function largestOf(values: Tensor, candidates: Tensor): RowChoice {
  const isCandidate = candidates.greater(0);
  const masked = where(isCandidate, values, Number.NEGATIVE_INFINITY);
  const index = masked.argMax(1);
  const found = greater(candidates.max(1), 0);
  const selected = oneHot(index, values.shape[1]!, values.dtype).mul(found.cast(values.dtype).unsqueeze(1));
  return { index, value: values.gatherElements(index.unsqueeze(1), 1).squeeze(1), found, selected };
}

/** In each row the candidate with the smallest value. */
export function smallestOf(values: Tensor, candidates: Tensor): RowChoice {
  const choice = largestOf(values.neg(), candidates);
  return { ...choice, value: choice.value.neg() };
}

/** Largest candidate of each row [B, 1]; -infinity where there is none. */
export function rowMax(values: Tensor, candidates: Tensor): Tensor {
  return where(candidates.greater(0), values, Number.NEGATIVE_INFINITY).max({ axes: 1, keepAxes: true });
}

/** Smallest candidate of each row [B, 1]; infinity where there is none. */
export function rowMin(values: Tensor, candidates: Tensor): Tensor {
  return where(candidates.greater(0), values, Number.POSITIVE_INFINITY).min({ axes: 1, keepAxes: true });
}
