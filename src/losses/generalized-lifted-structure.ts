import { z } from "zod";
import { distanceOption, gap, lp } from "../distances/index.js";
import { between } from "../registry/index.js";
import { perQuery } from "./combinators.js";
import { weightedLogSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  positiveMargin: z.number().default(0).describe("distance taken off the positives"),
  negativeMargin: z.number().default(1).describe("distance that negatives should keep"),
  smooth: z.boolean().default(false).describe("softplus instead of the hinge"),
  distance: distanceOption(lp),
});

/** Options of {@link generalizedLiftedStructure}. */
export type GeneralizedLiftedStructureOptions = z.input<typeof options>;

/**
 * Generalised lifted structure loss (Hermans et al., 2017, page 4).
 *
 *   [ log sum_p exp(d_p - positiveMargin)  +  log sum_n exp(negativeMargin - d_n) ]_+
 *
 * query [B, D], key [R, D] -> one value a query [B]; mean over all queries. The logarithm of an empty sum counts as 0.
 */
export function generalizedLiftedStructure(settings: GeneralizedLiftedStructureOptions = {}): Loss {
  const { positiveMargin, negativeMargin, smooth, distance } = options.parse(settings);
  return perQuery({ name: "generalized-lifted-structure", distance }, ({ query, key, positive, negative }) => {
    const d = distance.matrix(query, key);
    const pull = weightedLogSumExp(gap(distance, d, positiveMargin), positive);
    const push = weightedLogSumExp(gap(distance, d, negativeMargin).neg(), negative);
    const sum = pull.add(push);
    return smooth ? sum.softplus() : sum.relu();
  });
}

export const generalizedLiftedStructureEntry: LossEntry<typeof options> = {
  name: "generalized-lifted-structure",
  summary: "soft maximum of a query's positive distances against its soft nearest negative",
  paper: "Hermans et al., In Defense of the Triplet Loss for Person Re-Identification, 2017",
  options,
  search: { negativeMargin: between(0.3, 1.4) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: generalizedLiftedStructure,
};
