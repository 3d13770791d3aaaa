import { z } from "zod";
import { dissimilarity, distanceOption, lp } from "../distances/index.js";
import { multiplyDims, type Tensor } from "../graph/index.js";
import { full, gather, minimum, where } from "../ops/index.js";
import { defineMiner, type Miner, type MinerEntry } from "./miner.js";

const options = z.strictObject({
  fraction: z
    .number()
    .positive()
    .max(1)
    .default(0.5)
    .describe("share of the positive and of the negative pairs to keep"),
  distance: distanceOption(lp),
});

/** Options of {@link hardAwareCascade}. */
export type HardAwareCascadeOptions = z.input<typeof options>;

/**
 * One level of the hard-aware cascade (Yuan et al., ICCV 2017): of all positive pairs of the batch the farthest
 * `fraction`, of all negative pairs the nearest, rounded up. Pairs that count several times are that many pairs. Each
 * level of a cascade mines what the level before it has kept.
 */
export function hardAwareCascade(settings: HardAwareCascadeOptions = {}): Miner {
  const { fraction, distance } = options.parse(settings);
  return defineMiner("hard-aware-cascade", ({ query, key, positive, negative }) => {
    const d = dissimilarity(distance, query, key);
    return {
      positive: largestShare(d, positive, fraction),
      negative: largestShare(d.neg(), negative, fraction),
      triplets: undefined,
    };
  });
}

/** Weights of the largest values, up to a share of all weights (rounded up to whole pairs); the others 0. All [B, R]. */
function largestShare(values: Tensor, weights: Tensor, fraction: number): Tensor {
  const size = [multiplyDims(...values.shape)];
  const flat = weights.reshape(size);
  const ranked = where(flat.greater(0), values.reshape(size), Number.NEGATIVE_INFINITY);
  const order = ranked.sort({ axis: 0, largest: true }).indices;
  const inOrder = gather(flat, order);
  const before = inOrder.cumSum(0).sub(inOrder);
  // In float64: a float32 product may exceed a whole number that the exact one equals.
  const allowed = weights.sum().cast("float64").mul(fraction).ceil().cast(weights.dtype);
  const kept = minimum(allowed.sub(before).maximum(0), inOrder);
  return full(size, 0, weights.dtype).scatterAdd(order, kept, 0).reshape(weights.shape);
}

export const hardAwareCascadeEntry: MinerEntry<typeof options> = {
  name: "hard-aware-cascade",
  summary: "the hardest share of all positive and of all negative pairs of the batch",
  paper: "Yuan et al., Hard-Aware Deeply Cascaded Embedding, ICCV 2017",
  options,
  create: hardAwareCascade,
};
