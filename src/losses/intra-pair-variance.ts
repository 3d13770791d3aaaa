import { z } from "zod";
import { cosine, distanceOption, gap } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { ratio } from "../reducers/index.js";
import { perPair } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  positiveEpsilon: z.number().default(0.01).describe("share of the mean by which positives may be worse than it"),
  negativeEpsilon: z.number().default(0.01).describe("share of the mean by which negatives may be worse than it"),
  distance: distanceOption(cosine),
});

/** Options of {@link intraPairVariance}. */
export type IntraPairVarianceOptions = z.input<typeof options>;

/**
 * Intra-pair variance loss (Yu and Tao, ICCV 2019, eq. 8), published beside the tuplet margin loss with weight 0.5.
 *
 *   positives [(1 - e_p) mean_p - s_p]_+ ^2,  negatives [s_n - (1 + e_n) mean_n]_+ ^2
 *
 * with the means over all positive or negative pairs of the batch, through which gradients flow. query [B, D], key
 * [R, D] -> terms `positive` and `negative` [B, R], each the mean over its pairs. For distances the bounds are
 * (1 + e_p) mean_p from above and (1 - e_n) mean_n from below.
 */
export function intraPairVariance(settings: IntraPairVarianceOptions = {}): Loss {
  const { positiveEpsilon, negativeEpsilon, distance } = options.parse(settings);
  return perPair({ name: "intra-pair-variance", distance }, ({ query, key, positive, negative }) => {
    const values = distance.matrix(query, key);
    const mean = (weights: Tensor) => ratio(values.mul(weights).sum(), weights.sum());
    const farther = distance.inverted ? -1 : 1;
    const tooFar = gap(distance, values, mean(positive).mul(1 + farther * positiveEpsilon));
    const tooNear = gap(distance, values, mean(negative).mul(1 - farther * negativeEpsilon)).neg();
    return { positive: tooFar.relu().square(), negative: tooNear.relu().square() };
  });
}

export const intraPairVarianceEntry: LossEntry<typeof options> = {
  name: "intra-pair-variance",
  summary: "positives no farther, negatives no nearer than the mean of their kind",
  paper: "Yu and Tao, Deep Metric Learning with Tuplet Margin Loss, ICCV 2019",
  options,
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: intraPairVariance,
};
