import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import { logicalAnd, where } from "../ops/index.js";
import { meanNonZero } from "../reducers/index.js";
import { between, scaled } from "../registry/index.js";
import { perQuery } from "./combinators.js";
import { weightedLogSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  margin: z
    .number()
    .default(0.4)
    .describe("relaxation: positives should reach 1 - margin, negatives stay below margin"),
  scale: z.number().positive().default(80).describe("gamma, the factor on the weighted similarities"),
  distance: distanceOption(cosine, "similarity of embeddings, in [-1, 1]"),
});

/** Options of {@link circle}. */
export type CircleOptions = z.input<typeof options>;

/**
 * Circle loss (Sun et al., CVPR 2020, eq. 6) for pairs.
 *
 *   softplus( LSE_n( scale a_n (s_n - margin) ) + LSE_p( -scale a_p (s_p - 1 + margin) ) ),
 *   a_n = [s_n + margin]_+,  a_p = [1 + margin - s_p]_+,  both without gradient
 *
 * query [B, D], key [R, D] -> one value a query [B], 0 for queries that lack positives or negatives, averaged over the
 * non-zero ones. Defaults are those for fine-grained retrieval; for faces the paper has 0.25 and 256, for persons 0.25
 * and 128. Because of the stopped gradients the gradient is not the derivative of the value, as in the paper.
 */
export function circle(settings: CircleOptions = {}): Loss {
  const { margin, scale, distance } = options.parse(settings);
  return perQuery({ name: "circle", distance, reducer: meanNonZero() }, ({ query, key, positive, negative }) => {
    const s = similarity(distance, query, key);
    const fixed = s.stopGradient();
    const pull = fixed
      .neg()
      .add(1 + margin)
      .relu()
      .mul(s.sub(1 - margin))
      .mul(-scale);
    const push = fixed.add(margin).relu().mul(s.sub(margin)).mul(scale);
    const both = logicalAnd(positive.max(1).greater(0), negative.max(1).greater(0));
    return where(both, weightedLogSumExp(pull, positive).add(weightedLogSumExp(push, negative)).softplus(), 0);
  });
}

export const circleEntry: LossEntry<typeof options> = {
  name: "circle",
  summary: "pairs weighted by how far each similarity is from its optimum",
  paper: "Sun et al., Circle Loss: A Unified Perspective of Pair Similarity Optimization, CVPR 2020",
  options,
  search: { margin: between(0.1, 0.6), scale: scaled(16, 256) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: circle,
};
