import { type Dim, randomTensor, type Tensor } from "../graph/index.js";
import { dimension, minimum, onesLike } from "../ops/index.js";
import { sumsBelow } from "../relations/index.js";

/**
 * Columns drawn at random, in proportion to the weights of their row (need not sum to 1): [B, R] -> int64 [B, draws].
 * Rows without weight give any column. New numbers at each run.
 */
export function drawColumns(weights: Tensor, draws: Dim): Tensor {
  const [rows, columns] = weights.shape as readonly [Dim, Dim];
  const share = randomTensor({ kind: "uniform" }, [rows, draws]).cast(weights.dtype);
  const upTo = weights.stopGradient().cumSum(1);
  const at = share.mul(upTo.max({ axes: 1, keepAxes: true }));
  const [[passed]] = sumsBelow(upTo, [onesLike(upTo)], [{ at, inclusive: true }]) as [[Tensor]];
  return minimum(passed.cast("int64"), dimension([columns], [0], "int64").sub(1));
}
