import { z } from "zod";
import { type Distance, dissimilarity, distanceOption, lp } from "../distances/index.js";
import { multiplyDims, Parameter, type Tensor } from "../graph/index.js";
import { gather, logicalAnd, minimum, where } from "../ops/index.js";
import { mean, ratio, term } from "../reducers/index.js";
import { classOptions } from "./classes.js";
import { withLearned } from "./combinators.js";
import type { Loss, LossEntry, LossInput } from "./loss.js";
import { type HistogramNodes, nodePositions, softHistogram } from "./soft-histogram.js";
import { enumerateTriplets } from "./triplet-terms.js";

const options = z.strictObject({
  triplets: z
    .enum(["hardest", "all"])
    .default("hardest")
    .describe("each positive pair with its nearest negative, as published, or all triplets"),
  bins: z.number().int().positive().default(511).describe("intervals of the histogram; the paper's 512 nodes"),
  smallest: z
    .number()
    .negative()
    .default(-2)
    .describe("least difference d_ap - d_an; the histogram ends at its negation"),
  momentum: z.number().min(0).max(1).default(0.01).describe("share of the batch in the running histogram"),
  detach: z.boolean().default(true).describe("no gradient through the weights, as published"),
  normalizeBatch: z
    .boolean()
    .default(true)
    .describe("make the batch's histogram sum to 1 before it is mixed in; pytorch-metric-learning does not"),
  dtype: classOptions.dtype,
  distance: distanceOption(lp),
});

/** Options of {@link dynamicSoftMargin}. */
export type DynamicSoftMarginOptions = z.input<typeof options>;

/**
 * Dynamic soft margin loss (Zhang and Rusinkiewicz, ICCV 2019): differences z = d_ap - d_an, each weighted by how many of
 * the differences of late were smaller.
 *
 *   mean( CDF(z) z )
 *
 * query [B, D], key [R, D] -> one value for each positive pair [B, R] (d_an: the nearest negative of either end) or for
 * each triplet; mean. The running histogram behind the CDF is state: this batch is mixed in before it is used, and the
 * first batch alone makes the first histogram. All triplets need the relation's positivesPerQuery; for
 * pytorch-metric-learning's numbers take them with detach and normalizeBatch false.
 */
export function dynamicSoftMargin(settings: DynamicSoftMarginOptions = {}): Loss {
  const { triplets, bins, smallest, momentum, detach, normalizeBatch, dtype, distance } = options.parse(settings);
  const nodes: HistogramNodes = { low: smallest, width: (-2 * smallest) / bins, count: bins + 1 };
  const histogram = new Parameter([nodes.count], {
    initializer: ([size]) => new Float64Array(size as number),
    trainable: false,
    dtype,
  });
  const mixed = (z: Tensor, weight: Tensor): Tensor => {
    const batch = softHistogram(flat(z), flat(weight), nodes);
    const share = where(histogram.sum().equal(0), 1, momentum).cast(dtype);
    const fresh = (normalizeBatch ? ratio(batch, batch.sum()) : batch).mul(share);
    const both = histogram.mul(share.neg().add(1)).add(fresh);
    return ratio(both, both.sum());
  };
  return {
    name: "dynamic-soft-margin",
    ...withLearned(distance, { histogram }),
    reducer: mean(),
    terms: (input) => {
      const { z, weight, ofQuery, ...rest } = triplets === "all" ? all(input, distance) : hardest(input, distance);
      const next = mixed(detach ? z.stopGradient() : z, weight);
      const { node, share } = nodePositions(z.stopGradient(), nodes);
      const below = gather(next.cumSum(0), where(share.equal(1), node.add(1), node));
      const values = below.mul(z);
      const weighted = input.queryWeight ? values.mul(ofQuery(input.queryWeight)) : values;
      return {
        terms: { difference: term(triplets === "all" ? "triplet" : "positive", weighted, { weight, ...rest }) },
        updates: new Map([[histogram, next.stopGradient()]]),
      };
    },
  };
}

function flat(x: Tensor): Tensor {
  return x.reshape([multiplyDims(...x.shape)]);
}

/** Differences of distances with how often each counts, in one shape. */
interface Differences {
  readonly z: Tensor;
  readonly weight: Tensor;
  readonly query?: Tensor | undefined;
  ofQuery(values: Tensor): Tensor;
}

function all(input: LossInput, distance: Distance): Differences {
  const { positive, negative, ...rest } = enumerateTriplets(input, distance);
  return { z: positive.sub(negative), ...rest };
}

function hardest(input: LossInput, distance: Distance): Differences {
  const { query, key, positive, negative, keysAreQueries } = input;
  const d = dissimilarity(distance, query, key);
  const candidates = where(negative.greater(0), d, Number.POSITIVE_INFINITY);
  const ofQuery = candidates.min({ axes: 1, keepAxes: true });
  const ofKey = keysAreQueries ? ofQuery.transpose() : candidates.min({ axes: 0, keepAxes: true });
  const nearest = minimum(ofQuery, ofKey);
  const used = logicalAnd(positive.greater(0), nearest.less(Number.POSITIVE_INFINITY));
  return {
    z: where(used, d.sub(nearest), 0),
    weight: where(used, positive, 0),
    ofQuery: (values) => values.unsqueeze(1),
  };
}

export const dynamicSoftMarginEntry: LossEntry<typeof options> = {
  name: "dynamic-soft-margin",
  summary: "differences of positive and hardest negative distance, weighted by their running rank",
  paper: "Zhang and Rusinkiewicz, Learning Local Descriptors with a CDF-Based Dynamic Soft Margin, ICCV 2019",
  options,
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: dynamicSoftMargin,
};
