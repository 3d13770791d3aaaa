import type { Tensor } from "../graph/index.js";
import { arange, concat, full } from "../ops/index.js";

/** Bounds to look up in each row of sorted values. */
export interface Bounds {
  /** [B, M] */
  readonly at: Tensor;
  /** Whether values equal to the bound count as below it. */
  readonly inclusive: boolean;
}

/**
 * For each row and each bound the sums of `summands` over the values below it: one sort and running sums, no tensor
 * larger than the values and bounds together. values and each summand [B, R]; the result has one [B, M] for each
 * summand, for each of the bounds.
 */
export function sumsBelow(values: Tensor, summands: readonly Tensor[], bounds: readonly Bounds[]): Tensor[][] {
  // Equal elements keep their order, so bounds that exclude equals go before the values, the others after.
  const before = bounds.filter((bound) => !bound.inclusive);
  const after = bounds.filter((bound) => bound.inclusive);
  const parts = [...before.map((bound) => bound.at), values, ...after.map((bound) => bound.at)];
  const sizes = parts.map((part) => part.shape[1]!);
  const order = concat(parts, 1).stopGradient().sort({ axis: 1 }).indices;
  const place = full(order.shape, 0, "int64").scatterAdd(
    order,
    arange(order.shape[1]!).unsqueeze(0).expand(order.shape),
    1,
  );
  const running = summands.map((summand) => {
    const padded = parts.map((part) => (part === values ? summand : full(part.shape, 0, summand.dtype)));
    const sums = concat(padded, 1).gatherElements(order, 1).cumSum(1);
    return sums.gatherElements(place, 1).split(sizes, 1);
  });
  const position = (bound: Bounds) =>
    bound.inclusive ? before.length + 1 + after.indexOf(bound) : before.indexOf(bound);
  return bounds.map((bound) => running.map((sums) => sums[position(bound)]!));
}
