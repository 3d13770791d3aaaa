import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import { maximum } from "../ops/index.js";
import { meanNonZero, ratio } from "../reducers/index.js";
import { scaled } from "../registry/index.js";
import { perQuery, whenAny } from "./combinators.js";
import { weightedLogSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  temperature: z.number().positive().default(0.1).describe("divides the similarities"),
  baseTemperature: z
    .number()
    .positive()
    .optional()
    .describe("multiplies the loss by temperature / baseTemperature, as the authors' code does with 0.07"),
  distance: distanceOption(cosine),
});

/** Options of {@link supCon}. */
export type SupConOptions = z.input<typeof options>;

/**
 * Supervised contrastive loss (Khosla et al., NeurIPS 2020, eq. 2, "out").
 *
 *   -1/|P| sum_{p in P} log( exp(s_p / T) / sum_{a in P and N} exp(s_a / T) )
 *
 * query [B, D], key [R, D] -> one value a query [B], averaged over the queries that have positives (non-zero values). 0
 * when the batch has no negatives at all, as in pytorch-metric-learning. Distances are negated.
 */
export function supCon(settings: SupConOptions = {}): Loss {
  const { temperature, baseTemperature = temperature, distance } = options.parse(settings);
  return perQuery({ name: "supcon", distance, reducer: meanNonZero() }, ({ query, key, positive, negative }) => {
    const s = similarity(distance, query, key).div(temperature);
    const all = weightedLogSumExp(s, maximum(positive, negative));
    const count = positive.sum(1);
    const own = ratio(s.mul(positive).sum(1), count);
    const value = ratio(all.sub(own).mul(count), count).mul(temperature / baseTemperature);
    return whenAny(negative, value);
  });
}

export const supConEntry: LossEntry<typeof options> = {
  name: "supcon",
  summary: "softmax over all other samples, averaged over the positives of a query",
  paper: "Khosla et al., Supervised Contrastive Learning, NeurIPS 2020",
  options,
  search: { temperature: scaled(0.02, 0.5) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: supCon,
};
