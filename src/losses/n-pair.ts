import { z } from "zod";
import { distanceOption, dot, similarity } from "../distances/index.js";
import { diagonal, gather } from "../ops/index.js";
import { term } from "../reducers/index.js";
import { scaled } from "../registry/index.js";
import { onePairPerClass } from "../relations/index.js";
import { classIndices } from "./classes.js";
import { defineLoss, weighByQuery } from "./combinators.js";
import { weightedLogSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  lengthWeight: z.number().min(0).default(0.02).describe("weight of the mean squared length of the embeddings used"),
  distance: distanceOption(dot),
});

/** Options of {@link nPair}. */
export type NPairOptions = z.input<typeof options>;

/**
 * Multi-class N-pair loss (Sohn, NIPS 2016, eq. 6 and section 3.2.2): one query and one positive of each class, every
 * query against the positives of all classes.
 *
 *   log( 1 + sum_{c != a} exp(x_a . y_c - x_a . y_a) )  +  lengthWeight (|x_a|^2 + |y_a|^2) / 2
 *
 * query [B, D], key [R, D] -> terms `pair` and `length` [B], mean over the classes that have a pair: their first query
 * with a positive, and its first positive. Raw inner products as published; pytorch-metric-learning normalises and has
 * no length term. Distances are negated.
 */
export function nPair(settings: NPairOptions = {}): Loss {
  const { lengthWeight, distance } = options.parse(settings);
  return defineLoss({ name: "n-pair", distance }, (input) => {
    const { query, key } = input;
    const pairs = onePairPerClass(input, classIndices(input, "n-pair"));
    const weight = pairs.sum(1);
    const index = pairs.argMax(1);
    const scores = gather(similarity(distance, query, key), index, 1);
    const pair = weightedLogSumExp(scores, weight.unsqueeze(0)).sub(diagonal(scores));
    const lengths = query.square().sum(1).add(gather(key, index).square().sum(1));
    return {
      pair: term("query", weighByQuery(pair, input), { weight }),
      length: term("query", weighByQuery(lengths.mul(lengthWeight / 2), input), { weight }),
    };
  });
}

export const nPairEntry: LossEntry<typeof options> = {
  name: "n-pair",
  summary: "one positive pair of each class against the positives of all others",
  paper: "Sohn, Improved Deep Metric Learning with Multi-class N-pair Loss Objective, NIPS 2016",
  options,
  search: { lengthWeight: scaled(0.002, 0.2) },
  accepts: ["classes", "pairs", "triplets", "views", "memory"],
  create: nPair,
};
