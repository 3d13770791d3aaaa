import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import { multiplyDims, type Tensor } from "../graph/index.js";
import { ratio } from "../reducers/index.js";
import { whole } from "../registry/index.js";
import { defineLoss, scalarTerm, weighByQuery } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";
import { softHistogram } from "./soft-histogram.js";

const options = z.strictObject({
  bins: z.number().min(1).default(150).describe("intervals of the histograms over [-1, 1]; the paper's 151 nodes"),
  distance: distanceOption(cosine, "similarity of embeddings, in [-1, 1]"),
});

/** Options of {@link histogram}. */
export type HistogramOptions = z.input<typeof options>;

/**
 * Histogram loss (Ustinova and Lempitsky, NIPS 2016, eq. 5): the probability that a random negative pair is more alike
 * than a random positive pair, from soft histograms of both.
 *
 *   sum_r h-_r sum_{q <= r} h+_q
 *
 * query [B, D], key [R, D] -> one number for the batch, over all positive and all negative pairs of the relation.
 * pytorch-metric-learning has 100 bins and leaves out negative pairs of two samples that have no positive.
 */
export function histogram(settings: HistogramOptions = {}): Loss {
  const { bins, distance } = options.parse(settings);
  const nodes = { low: -1, width: 2 / bins, count: Math.ceil(bins) + 1 };
  return defineLoss({ name: "histogram", distance }, (input) => {
    const flat = (x: Tensor) => x.reshape([multiplyDims(...x.shape)]);
    const s = flat(similarity(distance, input.query, input.key));
    const density = (weights: Tensor) => {
      const counts = softHistogram(s, flat(weighByQuery(weights, input)), nodes);
      return ratio(counts, counts.sum());
    };
    const reversed = density(input.negative).mul(density(input.positive).cumSum(0));
    return { histogram: scalarTerm(reversed.sum()) };
  });
}

export const histogramEntry: LossEntry<typeof options> = {
  name: "histogram",
  summary: "probability that a random negative pair is more alike than a random positive pair",
  paper: "Ustinova and Lempitsky, Learning Deep Embeddings with Histogram Loss, NIPS 2016",
  options,
  search: { bins: whole(20, 300) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: histogram,
};
