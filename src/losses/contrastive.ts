import { z } from "zod";
import { distanceOption, gap, lp } from "../distances/index.js";
import { meanNonZero } from "../reducers/index.js";
import { between } from "../registry/index.js";
import { perPair } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  positiveMargin: z.number().default(0).describe("positives nearer than this cost nothing"),
  negativeMargin: z.number().default(1).describe("negatives farther than this cost nothing"),
  squared: z.boolean().default(true).describe("square both hinges, as published"),
  distance: distanceOption(lp),
});

/** Options of {@link contrastive}. */
export type ContrastiveOptions = z.input<typeof options>;

/**
 * Contrastive loss (Hadsell, Chopra, LeCun, CVPR 2006).
 *
 *   positives [d - positiveMargin]_+ ^2,  negatives [negativeMargin - d]_+ ^2
 *
 * query [B, D], key [R, D] -> terms `positive` and `negative` [B, R], each averaged over its non-zero pairs and added.
 * `squared: false` is pytorch-metric-learning's form. For similarities set both margins, such as 1 and 0.5: positives
 * above positiveMargin and negatives below negativeMargin cost nothing.
 */
export function contrastive(settings: ContrastiveOptions = {}): Loss {
  const { positiveMargin, negativeMargin, squared, distance } = options.parse(settings);
  return perPair({ name: "contrastive", distance, reducer: meanNonZero() }, ({ query, key }) => {
    const d = distance.matrix(query, key);
    const pull = gap(distance, d, positiveMargin).relu();
    const push = gap(distance, d, negativeMargin).neg().relu();
    return squared ? { positive: pull.square(), negative: push.square() } : { positive: pull, negative: push };
  });
}

export const contrastiveEntry: LossEntry<typeof options> = {
  name: "contrastive",
  summary: "positives within one margin, negatives beyond another",
  paper: "Hadsell et al., Dimensionality Reduction by Learning an Invariant Mapping, CVPR 2006",
  options,
  search: { positiveMargin: between(0, 0.5), negativeMargin: between(0.3, 1.4) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  miners: ["pair-margin"],
  create: contrastive,
};
