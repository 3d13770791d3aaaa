import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import { exp, log1p, maximum, where } from "../ops/index.js";
import { perQuery } from "./combinators.js";
import { weightedLogSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  temperature: z.number().positive().default(0.1).describe("what the similarities are divided by"),
  spreading: z.number().min(0).default(1).describe("factor on the part that keeps instances apart"),
  detachKeys: z.boolean().default(false).describe("no gradient through the keys, as in the authors' code"),
  distance: distanceOption(cosine),
});

/** Options of {@link invariantSpreading}. */
export type InvariantSpreadingOptions = z.input<typeof options>;

/** A probability nearer to 1 than this counts as this near: log(1 - p) stays finite. */
const MARGIN = 1e-6;

/**
 * Invariant and spreading instance features (Ye et al., CVPR 2019, eq. 7): each query is recognised as its other view, and
 * not as any other instance.
 *
 *   -sum_p log P_p - spreading * sum_n log(1 - P_n),  P_k = exp(s_k / temperature) / sum_{j in P and N} exp(s_j / temperature)
 *
 * query [B, D], key [R, D] -> one value a query [B], mean over the queries that have positives. Made for the relation of
 * two views of each sample, but any will do. As in the authors' code a query itself is not in the denominator; their
 * gradient flows through the queries only (`detachKeys`), that of the paper through both sides.
 */
export function invariantSpreading(settings: InvariantSpreadingOptions = {}): Loss {
  const { temperature, spreading, detachKeys, distance } = options.parse(settings);
  return perQuery({ name: "invariant-spreading", distance }, ({ query, key, positive, negative }) => {
    const s = similarity(distance, query, detachKeys ? key.stopGradient() : key).div(temperature);
    const related = maximum(positive, negative).greater(0);
    const total = weightedLogSumExp(s, related.cast(s.dtype)).unsqueeze(1);
    const logProbability = where(related, s.sub(total), 0);
    const rest = log1p(
      exp(logProbability)
        .minimum(1 - MARGIN)
        .neg(),
    );
    const pull = logProbability.mul(positive).sum(1);
    const push = where(negative.greater(0), rest, 0).mul(negative).sum(1);
    const weight = positive.max(1).greater(0).cast(s.dtype);
    return { values: pull.add(push.mul(spreading)).neg().mul(weight), weight };
  });
}

export const invariantSpreadingEntry: LossEntry<typeof options> = {
  name: "invariant-spreading",
  summary: "each sample recognised as its other view and as no other instance",
  paper: "Ye et al., Unsupervised Embedding Learning via Invariant and Spreading Instance Feature, CVPR 2019",
  options,
  accepts: ["classes", "pairs", "triplets", "views", "memory"],
  create: invariantSpreading,
};
