import { z } from "zod";
import { distanceOption, gap, lp } from "../distances/index.js";
import type { Dim, Tensor } from "../graph/index.js";
import { arange, dimension, gather, less, logicalAnd, logicalOr, maximum, notEqual, where } from "../ops/index.js";
import { between } from "../registry/index.js";
import { perPositive, whenAny } from "./combinators.js";
import { weightedLogSumExp } from "./exponentials.js";
import type { Loss, LossEntry, LossInput } from "./loss.js";

const options = z.strictObject({
  positiveMargin: z.number().default(0).describe("distance taken off the positives"),
  negativeMargin: z.number().default(1).describe("distance that negatives should keep"),
  keyNegatives: z
    .enum(["own", "same-row"])
    .default("own")
    .describe(
      "with separate keys, what counts as the negatives of a positive key: its own, or those of the query of the " +
        "same row (two views of one sample; pytorch-metric-learning)",
    ),
  distance: distanceOption(() => lp({ normalize: false })),
});

/** Options of {@link liftedStructure}. */
export type LiftedStructureOptions = z.input<typeof options>;

/**
 * Lifted structured loss (Song et al., CVPR 2016, eq. 4).
 *
 *   1/2 [ log( sum_{n in N_a} exp(margin - d_an) + sum_{n in N_p} exp(margin - d_pn) ) + d_ap ]_+ ^2
 *
 * query [B, D], key [R, D] -> a term `positive` [B, R], mean over all positive pairs. Raw embeddings as published;
 * pytorch-metric-learning normalises. A pair without negatives keeps its distance alone, a batch without any gives 0.
 */
export function liftedStructure(settings: LiftedStructureOptions = {}): Loss {
  const { positiveMargin, negativeMargin, keyNegatives, distance } = options.parse(settings);
  return perPositive({ name: "lifted-structure", distance }, (input) => {
    const { query, key, negative } = input;
    const d = distance.matrix(query, key);
    const near = gap(distance, d, negativeMargin).neg();
    const ofQueries = rowSums(near, negative);
    const both = input.keysAreQueries
      ? either(ofQueries, ofQueries)
      : keyNegatives === "own"
        ? either(ofQueries, rowSums(near.transpose(), negative.transpose()))
        : eitherRow(ofQueries, input);
    const value = gap(distance, d, positiveMargin).add(both).relu().square().div(2);
    return whenAny(negative, value);
  });
}

/** The log of a sum for each row, and whether there was anything to sum. */
interface LogSums {
  readonly value: Tensor;
  readonly some: Tensor;
}

function rowSums(x: Tensor, weights: Tensor): LogSums {
  return { value: weightedLogSumExp(x, weights), some: weights.max(1).greater(0) };
}

/** The negatives of a key are those of the query with its number; a query's own count once, and other keys have none. */
function eitherRow({ value, some }: LogSums, { query, key }: LossInput): Tensor {
  const [queries, keys] = [query.shape[0] as Dim, key.shape[0] as Dim];
  const inRange = less(arange(keys), dimension(query.shape, [0], "int64"));
  const index = where(inRange, arange(keys), 0);
  const another = notEqual(arange(queries).unsqueeze(1), arange(keys));
  const ofKeys = { value: gather(value, index), some: logicalAnd(inRange, gather(some, index)) };
  return either({ value, some }, { value: ofKeys.value, some: logicalAnd(another, ofKeys.some) });
}

/** Log of both sums together for each pair of query and key, 0 where neither has anything: [B, R]. */
function either(queries: LogSums, keys: LogSums): Tensor {
  const [a, b] = [queries.value.unsqueeze(1), keys.value.unsqueeze(0)];
  const [hasA, hasB] = [queries.some.unsqueeze(1), keys.some];
  const shift = maximum(a, b).stopGradient();
  const both = a.sub(shift).exp().add(b.sub(shift).exp()).log().add(shift);
  return where(logicalOr(hasA, hasB), where(hasA, where(hasB, both, a), b), 0);
}

export const liftedStructureEntry: LossEntry<typeof options> = {
  name: "lifted-structure",
  summary: "each positive pair against all negatives of both of its ends",
  paper: "Song et al., Deep Metric Learning via Lifted Structured Feature Embedding, CVPR 2016",
  options,
  search: { negativeMargin: between(0.3, 1.4) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: liftedStructure,
};
