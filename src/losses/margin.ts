import { z } from "zod";
import { type Distance, distanceOption, gap, lp } from "../distances/index.js";
import { Parameter, type Tensor } from "../graph/index.js";
import { gather, greaterEqual, less, logicalAnd, where } from "../ops/index.js";
import { divisor, type Term, term } from "../reducers/index.js";
import { between } from "../registry/index.js";
import { tripletCounts } from "../relations/index.js";
import { classIndices, classOptions } from "./classes.js";
import { defineLoss, scalarTerm, weighByQuery } from "./combinators.js";
import type { Loss, LossEntry, LossInput } from "./loss.js";
import { enumeratedTerm } from "./triplet-terms.js";

const options = z.strictObject({
  margin: z.number().default(0.2).describe("slack on either side of the boundary"),
  beta: z.number().default(1.2).describe("distance of the boundary between positives and negatives, to begin with"),
  learnBeta: z.boolean().default(true).describe("whether the boundary is learned"),
  classes: classOptions.classes
    .optional()
    .describe("number of classes, each with its own boundary; default one for all"),
  nu: z.number().default(0).describe("weight of the boundary itself: above 0 it shrinks"),
  learningRateMultiplier: classOptions.learningRateMultiplier.describe("factor on the learning rate of the boundary"),
  dtype: classOptions.dtype,
  distance: distanceOption(lp),
});

/** Options of {@link margin}. */
export type MarginOptions = z.input<typeof options>;

/**
 * Margin loss (Wu et al., Sampling Matters, ICCV 2017, eq. 8) with a learned boundary beta.
 *
 *   [d_ap - beta + margin]_+  +  [beta - d_an + margin]_+
 *
 * over the triplets of the batch, divided by the number of summands above 0. query [B, D], key [R, D] -> a term `margin`
 * and, for nu > 0, a term `beta`: nu beta, once for the batch or, with a boundary for each class, once a triplet. Made
 * for distance-weighted sampling. Its sums need no list of triplets; reducers with thresholds need positivesPerQuery.
 */
export function margin(settings: MarginOptions = {}): Loss {
  const { margin: slack, beta: start, learnBeta, classes, nu, distance, ...rest } = options.parse(settings);
  const beta = new Parameter([classes ?? 1], {
    initializer: (shape) => new Float64Array(shape[0] as number).fill(start),
    weightDecay: false,
    trainable: learnBeta,
    ...rest,
  });
  const boundary = (input: LossInput) => (classes === undefined ? beta : ofClasses(beta, classes, start, input));
  return defineLoss({ name: "margin", distance, parameters: { beta }, reducer: divisor() }, (input) => {
    const limits = boundary(input);
    const d = distance.matrix(input.query, input.key);
    const column = limits.unsqueeze(1);
    const parts = pairSums(
      gap(distance, d, column).add(slack).relu(),
      gap(distance, d, column).neg().add(slack).relu(),
      input,
    );
    const main = { margin: marginTerm(input, distance, slack, limits, parts) };
    if (!learnBeta || nu === 0) return main;
    const regularization =
      classes === undefined
        ? scalarTerm(where(parts.triplets.sum().greater(0), beta.sum().mul(nu), 0))
        : term("query", limits.mul(nu), { weight: parts.triplets, divisor: parts.active });
    return { ...main, beta: regularization };
  });
}

/** The boundary of each query's class [B]; that of the start for labels that are no class. */
function ofClasses(beta: Tensor, classes: number, start: number, input: LossInput): Tensor {
  const labels = classIndices(input, "margin");
  const known = logicalAnd(greaterEqual(labels, 0), less(labels, classes));
  return where(known, gather(beta, where(known, labels, 0)), start);
}

/** A triplet's value is a sum of one of its positive pair and one of its negative pair: counts of pairs are enough. */
interface PairSums {
  /** Sum over the triplets of each query [B]. */
  readonly sum: Tensor;
  /** Number of triplets of each query [B]. */
  readonly triplets: Tensor;
  /** Number of summands above 0 in the whole batch. */
  readonly active: Tensor;
}

function pairSums(pull: Tensor, push: Tensor, input: LossInput): PairSums {
  const { positive, negative } = tripletCounts(input);
  const active = (values: Tensor, counts: Tensor) => where(values.greater(0), counts, 0).sum();
  return {
    sum: pull.mul(positive).add(push.mul(negative)).sum(1),
    triplets: positive.sum(1),
    active: active(pull, positive).add(active(push, negative)),
  };
}

function marginTerm(input: LossInput, distance: Distance, slack: number, limits: Tensor, parts: PairSums): Term {
  const sum = weighByQuery(parts.sum, input);
  return {
    kind: "triplet",
    divisor: parts.active,
    elements: (range) =>
      range === undefined
        ? { sum, count: parts.triplets }
        : listedMargins(input, distance, slack, limits).elements(range),
  };
}

function listedMargins(input: LossInput, distance: Distance, slack: number, limits: Tensor): Term {
  const far = distance.inverted ? limits.neg() : limits;
  return enumeratedTerm(input, distance, {}, ({ positive, negative, ofQuery }) => {
    const boundary = limits.shape[0] === 1 ? far : ofQuery(far);
    return positive.sub(boundary).add(slack).relu().add(boundary.sub(negative).add(slack).relu());
  });
}

export const marginEntry: LossEntry<typeof options> = {
  name: "margin",
  summary: "positives within, negatives beyond a learned boundary, with a slack",
  paper: "Wu et al., Sampling Matters in Deep Embedding Learning, ICCV 2017",
  options,
  search: { beta: between(0.5, 1.5), margin: between(0.05, 0.4) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  miners: ["distance-weighted"],
  create: margin,
};
