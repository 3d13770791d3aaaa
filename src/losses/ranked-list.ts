import { z } from "zod";
import { dissimilarity, distanceOption, lp } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { logicalAnd, where } from "../ops/index.js";
import { ratio } from "../reducers/index.js";
import { between, scaled } from "../registry/index.js";
import { perQuery } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  boundary: z.number().default(1.2).describe("alpha: negatives should be farther than this"),
  margin: z.number().min(0).default(0.4).describe("positives should be nearer than boundary - margin"),
  negativeTemperature: z.number().min(0).default(10).describe("how much more the nearer negatives weigh"),
  positiveTemperature: z.number().min(0).default(0).describe("how much more the farther positives weigh"),
  balance: z.number().min(0).max(1).default(0.5).describe("lambda: share of the negatives in the loss"),
  detachWeights: z.boolean().default(true).describe("no gradient through the weights, as published"),
  smoothing: z
    .number()
    .min(0)
    .default(0)
    .describe("added to the sum of weights for each key; pytorch-metric-learning has 1e-5"),
  distance: distanceOption(lp),
});

/** Options of {@link rankedList}. */
export type RankedListOptions = z.input<typeof options>;

/**
 * Ranked list loss (Wang et al., CVPR 2019, eq. 5 to 8).
 *
 *   (1 - balance) mean_p w_p (d_p - (boundary - margin))  +  balance mean_n w_n (boundary - d_n)
 *
 * with weighted means over the pairs that break their bound, w_p = exp(T_p (d_p - boundary + margin)) and
 * w_n = exp(T_n (boundary - d_n)), both without gradient. query [B, D], key [R, D] -> one value a query [B]; mean over
 * all queries. Negatives at distance 0 are left out: nothing tells where to push them, and they would outweigh the rest.
 * For pytorch-metric-learning's numbers take detachWeights false and smoothing 1e-5.
 */
export function rankedList(settings: RankedListOptions = {}): Loss {
  const { boundary, margin, negativeTemperature, positiveTemperature, balance, distance, ...rest } =
    options.parse(settings);
  return perQuery({ name: "ranked-list", distance }, ({ query, key, positive, negative }) => {
    const d = dissimilarity(distance, query, key);
    const apart = distance.inverted ? negative : where(d.greater(0), negative, 0);
    const pull = weightedMean(d.sub(boundary - margin), positive, positiveTemperature, rest);
    const push = weightedMean(d.neg().add(boundary), apart, negativeTemperature, rest);
    return pull.mul(1 - balance).add(push.mul(balance));
  });
}

/** Mean of the excesses above 0 of each row, weighted by exp(temperature * excess). */
function weightedMean(
  excess: Tensor,
  pairs: Tensor,
  temperature: number,
  { detachWeights, smoothing }: { detachWeights: boolean; smoothing: number },
): Tensor {
  const used = logicalAnd(excess.greater(0), pairs.greater(0));
  const exponents = where(used, excess.mul(temperature), 0);
  const weights = where(used, (detachWeights ? exponents.stopGradient() : exponents).exp(), 0).mul(pairs);
  const divisor = smoothing === 0 ? weights : weights.add(smoothing);
  return ratio(weights.mul(excess).sum(1), divisor.sum(1));
}

export const rankedListEntry: LossEntry<typeof options> = {
  name: "ranked-list",
  summary: "positives inside a sphere, negatives beyond a larger one, the worst weighing most",
  paper: "Wang et al., Ranked List Loss for Deep Metric Learning, CVPR 2019",
  options,
  search: { boundary: between(0.7, 1.5), margin: between(0.1, 0.8), negativeTemperature: scaled(1, 30) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: rankedList,
};
