import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import type { Dim } from "../graph/index.js";
import { eye } from "../ops/index.js";
import { ratio } from "../reducers/index.js";
import { perQuery } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  scale: z.number().positive().default(64).describe("factor on the cosines"),
  distance: distanceOption(cosine),
});

/** Options of {@link instance}. */
export type InstanceOptions = z.input<typeof options>;

/**
 * Instance loss (Zheng et al., TOMM 2020) without a classifier: every key of the batch is a class of its own.
 *
 *   -log( exp(scale s_ii) / sum_j exp(scale s_ij) )
 *
 * query [B, D], key [R, D] -> one value a query [B], mean over the queries that have a target. The target of a query is
 * itself when the queries are the keys, else its positives (the mean over several). pytorch-metric-learning takes the rank
 * of the query's label for the number of a row, which is right only where all labels differ and are sorted.
 */
export function instance(settings: InstanceOptions = {}): Loss {
  const { scale, distance } = options.parse(settings);
  return perQuery({ name: "instance", distance }, ({ query, key, positive, keysAreQueries }) => {
    const targets = keysAreQueries ? eye(query.shape[0] as Dim, undefined, query.dtype) : positive;
    const logarithms = similarity(distance, query, key).mul(scale).logSoftmax(1);
    const count = targets.sum(1);
    return { values: ratio(logarithms.mul(targets).sum(1).neg(), count), weight: count.greater(0).cast(query.dtype) };
  });
}

export const instanceEntry: LossEntry<typeof options> = {
  name: "instance",
  summary: "every sample of the batch a class of its own",
  paper: "Zheng et al., Dual-Path Convolutional Image-Text Embeddings with Instance Loss, TOMM 2020",
  options,
  accepts: ["classes", "pairs", "views"],
  create: instance,
};
