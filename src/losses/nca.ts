import { z } from "zod";
import { distanceOption, lp, similarity } from "../distances/index.js";
import { maximum } from "../ops/index.js";
import { scaled } from "../registry/index.js";
import { perQuery } from "./combinators.js";
import { weightedLogSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  scale: z.number().positive().default(1).describe("factor on the negated distances"),
  distance: distanceOption(() => lp({ power: 2 })),
});

/** Options of {@link nca}. */
export type NcaOptions = z.input<typeof options>;

/**
 * Neighbourhood components analysis (Goldberger et al., NIPS 2004): negative log of the probability that a random
 * neighbour, chosen by softmax, is a positive.
 *
 *   -log( sum_p exp(-scale d^2_p) / sum_{k in P and N} exp(-scale d^2_k) )
 *
 * query [B, D], key [R, D] -> one value a query [B], mean over the queries that have positives. Similarities are not
 * negated.
 */
export function nca(settings: NcaOptions = {}): Loss {
  const { scale, distance } = options.parse(settings);
  return perQuery({ name: "nca", distance }, ({ query, key, positive, negative }) => {
    const s = similarity(distance, query, key).mul(scale);
    const weight = positive.max(1).greater(0).cast(s.dtype);
    const values = weightedLogSumExp(s, maximum(positive, negative)).sub(weightedLogSumExp(s, positive));
    return { values: values.mul(weight), weight };
  });
}

export const ncaEntry: LossEntry<typeof options> = {
  name: "nca",
  summary: "probability that a softly chosen neighbour is a positive",
  paper: "Goldberger et al., Neighbourhood Components Analysis, NIPS 2004",
  options,
  search: { scale: scaled(0.5, 32) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: nca,
};
