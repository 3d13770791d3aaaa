import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { logicalAnd, logicalNot, lowerTriangle } from "../ops/index.js";
import { scaled, whole } from "../registry/index.js";
import { centerDistances, regularizerValue, sparseCenters } from "../regularizers/index.js";
import { classOptions, classVectors } from "./classes.js";
import { classifierLoss } from "./classifier.js";
import { scalarTerm } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";
import { byClass } from "./subcenter-arcface.js";

const options = z.strictObject({
  ...classOptions,
  centersPerClass: z.number().int().positive().default(10).describe("centres of each class, to begin with"),
  scale: z.number().positive().default(20).describe("lambda: factor on the similarities of classes"),
  smoothing: z.number().positive().default(0.1).describe("gamma: how softly the nearest centre is chosen"),
  margin: z.number().default(0.01).describe("delta: subtracted from the similarity of the own class"),
  mergeWeight: z.number().min(0).default(0.2).describe("tau: how strongly centres of a class are drawn together"),
  distance: distanceOption(cosine, "similarity between embeddings and centres"),
  learningRateMultiplier: classOptions.learningRateMultiplier.default(100),
});

/** Options of {@link softTriple}. */
export type SoftTripleOptions = z.input<typeof options>;

/**
 * SoftTriple (Qian et al., ICCV 2019, eq. 9 to 12): softmax over classes of several centres each.
 *
 *   cross entropy of  scale (S_c - margin [c = label]),  S_c = sum_k softmax_k(s_ck / smoothing) s_ck
 *     + mergeWeight * sum over pairs of centres of a class of sqrt(2 - 2 w_cs . w_ct) / (C K (K - 1))
 *
 * query [B, D], centres [C K, D], those of a class consecutive -> terms `loss` [B], mean, and `merge`. The second adapts
 * the number of centres: those a class does not need become one ({@link countCenters}). pytorch-metric-learning has it
 * as a separate regularizer. Centres learn 100 times faster, as published.
 */
export function softTriple(settings: SoftTripleOptions): Loss {
  const { classes, dimension, centersPerClass, scale, smoothing, margin, mergeWeight, distance, ...rest } =
    options.parse(settings);
  const centers = classVectors(classes * centersPerClass, dimension, rest);
  const scores = (query: Tensor) => {
    const s = byClass(similarity(distance, query, centers), centersPerClass);
    return s.div(smoothing).softmax(2).mul(s).sum(2);
  };
  const loss = classifierLoss({
    name: "soft-triple",
    distance,
    classes,
    parameters: { centers },
    classVectors: centers,
    scores,
    scale: () => scale,
    own: (s) => s.sub(margin),
  });
  if (mergeWeight === 0 || centersPerClass === 1) return { ...loss, logits: scores };
  const apart = sparseCenters({ centersPerClass });
  return {
    ...loss,
    logits: scores,
    terms: (input) => ({
      terms: { ...loss.terms(input).terms, merge: scalarTerm(regularizerValue(apart, centers).mul(mergeWeight)) },
    }),
  };
}

/** Number of distinct centres of each class, float [C]: those nearer than `distance` to an earlier one do not count. */
export function countCenters(centers: Tensor, centersPerClass: number, distance = 0.1): Tensor {
  const near = centerDistances(centers, centersPerClass).less(distance);
  const earlier = logicalAnd(near, logicalNot(lowerTriangle(centersPerClass)).transpose());
  return earlier.cast(centers.dtype).max(2).neg().add(1).sum(1);
}

export const softTripleEntry: LossEntry<typeof options> = {
  name: "soft-triple",
  summary: "softmax over classes with several centres each, merged where a class needs fewer",
  paper: "Qian et al., SoftTriple Loss: Deep Metric Learning Without Triplet Sampling, ICCV 2019",
  options,
  search: {
    scale: scaled(5, 80),
    smoothing: scaled(0.02, 0.5),
    margin: scaled(0.002, 0.2),
    centersPerClass: whole(1, 16),
  },
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: softTriple,
};
