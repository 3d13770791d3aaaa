import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { gatherElements, maximum, topK, where } from "../ops/index.js";
import { perQuery } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  k: z.number().int().positive().default(5).describe("how many neighbours should be positives"),
  margin: z.number().min(0).default(0.05).describe("added to the negatives' similarities; 0.2 for large data sets"),
  distance: distanceOption(cosine),
});

/** Options of {@link topKPrecision}. */
export type TopKPrecisionOptions = z.input<typeof options>;

/**
 * Top-k precision, "Sampling Wisely" (Lu et al., ICCV 2019), not smoothed: scores of the k nearest keys less those of the
 * k keys that should be nearest, with a margin on the negatives.
 *
 *   sum of the k largest s^  -  sum of s^ over the best k positives (and, if these are fewer, the best negatives)
 *
 * query [B, D], key [R, D] -> one value a query [B]; mean. Only negatives among the nearest k and the positives they
 * displace have a gradient. 0 exactly when the first k are right by the margin.
 */
export function topKPrecision(settings: TopKPrecisionOptions = {}): Loss {
  const { k, margin, distance } = options.parse(settings);
  return perQuery({ name: "top-k-precision", distance }, ({ query, key, positive, negative }) => {
    const keys = key.shape[0]!;
    const count = typeof keys === "number" ? Math.min(k, keys) : k;
    const isPositive = positive.greater(0);
    const s = similarity(distance, query, key);
    const scores = where(isPositive, s, s.add(margin));
    const candidates = maximum(positive, negative).greater(0);
    const best = (order: Tensor) => {
      const { indices } = topK(where(candidates, order, Number.NEGATIVE_INFINITY).stopGradient(), count);
      return gatherElements(where(candidates, scores, 0), indices, 1).sum(1);
    };
    // Positives first: beyond the whole range of the scores of all others.
    const range = scores.max().sub(scores.min()).add(1).stopGradient();
    return best(scores).sub(best(where(isPositive, scores.add(range), scores)));
  });
}

export const topKPrecisionEntry: LossEntry<typeof options> = {
  name: "top-k-precision",
  summary: "negatives among the k nearest against the positives they displace",
  paper: "Lu et al., Sampling Wisely: Deep Image Embedding by Top-k Precision Optimization, ICCV 2019",
  options,
  accepts: ["classes", "multi-label", "pairs", "memory"],
  create: topKPrecision,
};
