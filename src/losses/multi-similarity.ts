import { z } from "zod";
import { cosine, distanceOption, gap } from "../distances/index.js";
import { between, scaled } from "../registry/index.js";
import { perQuery } from "./combinators.js";
import { log1pSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  alpha: z.number().positive().default(2).describe("how sharply near positives are forgotten"),
  beta: z.number().positive().default(50).describe("how sharply far negatives are forgotten"),
  base: z.number().default(0.5).describe("similarity (or distance) at which a pair starts to matter"),
  distance: distanceOption(cosine),
});

/** Options of {@link multiSimilarity}. */
export type MultiSimilarityOptions = z.input<typeof options>;

/**
 * Multi-similarity loss (Wang et al., CVPR 2019, eq. 11) without its mining step, which is the miner of the same name.
 *
 *   1/alpha log(1 + sum_p w_p exp(-alpha (s_p - base)))  +  1/beta log(1 + sum_n w_n exp(beta (s_n - base)))
 *
 * query [B, D], key [R, D], positive and negative [B, R] -> one value a query [B]; mean over all queries. Defaults are
 * pytorch-metric-learning's; the authors' code has beta 40, their paper base 1. With a distance instead of a
 * similarity the signs in the exponents turn.
 */
export function multiSimilarity(settings: MultiSimilarityOptions = {}): Loss {
  const { alpha, beta, base, distance } = options.parse(settings);
  return perQuery({ name: "multi-similarity", distance }, ({ query, key, positive, negative }) => {
    const beyond = gap(distance, distance.matrix(query, key), base);
    const pull = log1pSumExp(beyond.mul(alpha), positive).div(alpha);
    const push = log1pSumExp(beyond.mul(-beta), negative).div(beta);
    return pull.add(push);
  });
}

export const multiSimilarityEntry: LossEntry<typeof options> = {
  name: "multi-similarity",
  summary: "soft-weighted pull and push by a pair's own and relative similarities",
  paper: "Wang et al., Multi-Similarity Loss with General Pair Weighting, CVPR 2019",
  options,
  search: { alpha: scaled(0.5, 20), beta: scaled(10, 100), base: between(0.2, 0.9) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  miners: ["multi-similarity"],
  create: multiSimilarity,
};
