import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import { log1p } from "../ops/index.js";
import { ratio } from "../reducers/index.js";
import { notSelf } from "../relations/index.js";
import { perQuery } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  temperature: z.number().positive().default(0.1).describe("divides the similarities"),
  spreading: z.number().min(0).default(1).describe("weight of pushing samples off each other"),
  distance: distanceOption(cosine),
});

/** Options of {@link invariantSpreading}. */
export type InvariantSpreadingOptions = z.input<typeof options>;

/**
 * Invariant and spreading instance feature (Ye et al., CVPR 2019, eq. 8), self-supervised: every sample is a class that its
 * other view x^ must be recognised as, and other samples must not.
 *
 *   -log P(i | x^_i)  -  spreading sum_{j != i} log(1 - P(i | x_j)),  P(i | y) = softmax over i of x_i . y / temperature
 *
 * query [B, D], key [R, D]: the relation's positives of a query are its other views -> one value a query [B], mean over the
 * queries that have any. Gradients flow through both sides, as in the paper; the authors' code stops one.
 */
export function invariantSpreading(settings: InvariantSpreadingOptions = {}): Loss {
  const { temperature, spreading, distance } = options.parse(settings);
  return perQuery({ name: "invariant-spreading" }, ({ query, key, positive }) => {
    const recognised = similarity(distance, query, key).div(temperature).logSoftmax(0);
    const count = positive.sum(1);
    const invariance = ratio(recognised.mul(positive).sum(1), count).neg();
    const confused = similarity(distance, query, query).div(temperature).softmax(0);
    const others = notSelf(query.shape[0]!).cast(query.dtype);
    const spread = log1p(confused.mul(others).neg().maximum(-LARGEST_PROBABILITY)).sum(1).neg();
    return { values: invariance.add(spread.mul(spreading)), weight: count.greater(0).cast(query.dtype) };
  });
}

/** Keeps log(1 - P) finite. */
const LARGEST_PROBABILITY = 1 - 1e-6;

export const invariantSpreadingEntry: LossEntry<typeof options> = {
  name: "invariant-spreading",
  summary: "each sample recognised from its other view and from no other sample",
  paper: "Ye et al., Unsupervised Embedding Learning via Invariant and Spreading Instance Feature, CVPR 2019",
  options,
  accepts: ["classes", "pairs", "views"],
  create: invariantSpreading,
};
