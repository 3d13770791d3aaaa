import { z } from "zod";
import { cosine, distanceOption, gap } from "../distances/index.js";
import { where } from "../ops/index.js";
import { term } from "../reducers/index.js";
import { defineLoss, weighByQuery } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  positiveMargin: z.number().default(0.9).describe("positives less alike than this are drawn together"),
  negativeMargin: z.number().default(0.5).describe("negatives more alike than this are pushed apart"),
  positiveWeight: z.number().min(0).default(1).describe("weight of the positives' mean"),
  negativeWeight: z.number().min(0).default(1).describe("weight of the negatives' mean"),
  distance: distanceOption(cosine),
});

/** Options of {@link thresholdConsistentMargin}. */
export type ThresholdConsistentMarginOptions = z.input<typeof options>;

/**
 * Threshold-consistent margin (Zhang et al., ICLR 2024, eq. 4): makes one similarity threshold fit all classes. Published
 * as an addition to another loss.
 *
 *   positiveWeight mean{ m_p - s : s <= m_p }  +  negativeWeight mean{ s - m_n : s >= m_n }
 *
 * query [B, D], key [R, D] -> terms `positive` and `negative` [B, R], each the mean over the pairs that break their
 * margin. For distances the signs turn.
 */
export function thresholdConsistentMargin(settings: ThresholdConsistentMarginOptions = {}): Loss {
  const { positiveMargin, negativeMargin, positiveWeight, negativeWeight, distance } = options.parse(settings);
  return defineLoss({ name: "threshold-consistent-margin", distance }, (input) => {
    const values = distance.matrix(input.query, input.key);
    const pull = gap(distance, values, positiveMargin);
    const push = gap(distance, values, negativeMargin).neg();
    const used = (excess: typeof pull, pairs: typeof pull) => where(excess.greaterEqual(0), pairs, 0);
    return {
      positive: term("positive", weighByQuery(pull.mul(positiveWeight), input), { weight: used(pull, input.positive) }),
      negative: term("negative", weighByQuery(push.mul(negativeWeight), input), { weight: used(push, input.negative) }),
    };
  });
}

export const thresholdConsistentMarginEntry: LossEntry<typeof options> = {
  name: "threshold-consistent-margin",
  summary: "the same similarity bounds for the pairs of all classes; an addition to other losses",
  paper: "Zhang et al., Threshold-Consistent Margin Loss for Open-World Deep Metric Learning, ICLR 2024",
  options,
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: thresholdConsistentMargin,
};
