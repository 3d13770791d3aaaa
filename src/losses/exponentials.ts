import type { Tensor } from "../graph/index.js";
import { exp, expm1, log, log1p, where } from "../ops/index.js";

/** Largest x whose weight is not 0, along `axis`, kept with size 1; 0 where all weights are 0. No gradient. */
function highest(x: Tensor, weights: Tensor, axis: number): Tensor {
  const masked = where(weights.greater(0), x, Number.NEGATIVE_INFINITY).max({ axes: axis, keepAxes: true });
  return where(masked.equal(Number.NEGATIVE_INFINITY), 0, masked).stopGradient();
}

/** Sum of weights * exp(x - shift) along `axis`; entries of weight 0 give 0 even where x overflows. */
function weightedSum(x: Tensor, weights: Tensor, shift: Tensor, axis: number): Tensor {
  const used = weights.greater(0);
  return exp(where(used, x.sub(shift), 0))
    .mul(weights)
    .sum({ axes: axis, keepAxes: true });
}

/** log(1 + sum of weights * exp(x)) along `axis` (default the last) without overflow; 0 where nothing has weight. */
export function log1pSumExp(x: Tensor, weights: Tensor, axis = -1): Tensor {
  const shift = highest(x, weights, axis).maximum(0);
  // exp(-shift) - 1 is 0 without a shift, so that small sums keep their digits.
  const total = weightedSum(x, weights, shift, axis).add(expm1(shift.neg()));
  return log1p(total).add(shift).squeeze(axis);
}

/** log of the sum of weights * exp(x) along `axis` (default the last); `empty` (default 0) where nothing has weight. */
export function weightedLogSumExp(x: Tensor, weights: Tensor, axis = -1, empty = 0): Tensor {
  const shift = highest(x, weights, axis);
  const total = weightedSum(x, weights, shift, axis);
  const nothing = total.equal(0);
  return where(nothing, empty, log(where(nothing, 1, total)).add(shift)).squeeze(axis);
}

/**
 * Each positive pair against all negatives of its query: log(1 + sum of weights * exp(negative - positive)). Scores
 * [B, R], weights of the negatives [B, R] -> [B, R]; 0 for queries without negatives.
 */
export function log1pSumExpAgainst(positive: Tensor, negative: Tensor, weights: Tensor): Tensor {
  const alone = weights.max({ axes: 1, keepAxes: true }).equal(0);
  const competition = weightedLogSumExp(negative, weights).unsqueeze(1);
  return where(alone, 0, competition.sub(positive).softplus());
}
