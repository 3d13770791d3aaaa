import { z } from "zod";
import { type Distance, dissimilarity, distanceOption, lp } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import type { Tensor } from "../graph/index.js";
import { gather, logicalAnd, where } from "../ops/index.js";
import { meanNonZero, type Term, term } from "../reducers/index.js";
import { defineLoss, weighByQuery } from "./combinators.js";
import type { Loss, LossEntry, LossInput } from "./loss.js";
import { enumeratedTerm, tripletTerm } from "./triplet-terms.js";

const options = z.strictObject({
  margin: z.number().default(0.2).describe("how much farther the negative should be than the positive"),
  secondMargin: z.number().default(0.2).describe("how much farther apart two negatives should be than a positive pair"),
  distance: distanceOption(() => lp({ power: 2 })),
});

/** Options of {@link quadruplet}. */
export type QuadrupletOptions = z.input<typeof options>;

/**
 * Quadruplet loss (Chen et al., CVPR 2017, eq. 5): negatives n and m are of two classes other than the query's.
 *
 *   [d_ap - d_an + margin]_+  +  [d_ap - d_nm + secondMargin]_+
 *
 * query [B, D], key [R, D] -> a term `triplet` of all triplets, and a term `pair`: each positive pair with the nearest
 * pair of negatives of two other classes. Both are averaged over their non-zero elements. A list of triplets with
 * `secondNegative` makes exactly those quadruplets instead.
 */
export function quadruplet(settings: QuadrupletOptions = {}): Loss {
  const { margin, secondMargin, distance } = options.parse(settings);
  const hinge = (positive: Tensor, negative: Tensor, slack: number) => positive.sub(negative).add(slack).relu();
  const rule = { value: (positive: Tensor, negative: Tensor) => hinge(positive, negative, margin), hinge: margin };
  return defineLoss({ name: "quadruplet", distance, reducer: meanNonZero() }, (input) => ({
    triplet: tripletTerm(input, distance, rule),
    pair: secondTerm(input, distance, (positive, apart) => hinge(positive, apart, secondMargin)),
  }));
}

function secondTerm(input: LossInput, distance: Distance, value: (positive: Tensor, apart: Tensor) => Tensor): Term {
  const { triplets, query, key, positive } = input;
  if (triplets?.kind === "list" && triplets.secondNegative !== undefined) {
    const [first, second] = [gather(key, triplets.negative), gather(key, triplets.secondNegative)];
    const apart = distance.paired(first, second);
    const far = distance.inverted ? apart.neg() : apart;
    return enumeratedTerm(input, distance, {}, (each) => value(each.positive, far));
  }
  const d = dissimilarity(distance, query, key);
  const nearest = nearestOtherPair(input, d).unsqueeze(1);
  const found = nearest.less(Number.POSITIVE_INFINITY);
  const values = value(d, where(found, nearest, 0));
  return term("positive", weighByQuery(values, input), { weight: where(found, positive, 0) });
}

/**
 * For each query the least distance of two negatives that are also each other's negatives [B]; infinite where there are
 * none. For each negative only its nearest and, from other classes than that one's, its second nearest partner matter.
 */
function nearestOtherPair({ negative, keysAreQueries }: LossInput, d: Tensor): Tensor {
  if (!keysAreQueries) throw separateKeys();
  const smallest = (mask: Tensor, values: Tensor) => where(mask, values, Number.POSITIVE_INFINITY).min(1);
  const apart = negative.greater(0);
  const partner = where(apart, d, Number.POSITIVE_INFINITY).argMin(1);
  const first = smallest(apart, d);
  const second = smallest(logicalAnd(apart, gather(negative, partner, 0).greater(0)), d);
  const fits = gather(negative, partner, 1).greater(0);
  return smallest(apart, where(fits, first.unsqueeze(0), second.unsqueeze(0)));
}

function separateKeys(): SimileError {
  return new SimileError({
    code: "separate-keys",
    where: "quadruplet",
    expected: "queries that are the keys, or a list of quadruplets",
    received: "separate keys, of which nothing tells which are each other's negatives",
    remedy: "use the batch itself, or list triplets with a secondNegative",
  });
}

export const quadrupletEntry: LossEntry<typeof options> = {
  name: "quadruplet",
  summary: "triplets, and positive pairs closer than pairs of two other classes",
  paper: "Chen et al., Beyond Triplet Loss: A Deep Quadruplet Network for Person Re-identification, CVPR 2017",
  options,
  accepts: ["classes", "multi-label", "triplets"],
  miners: ["triplet-margin", "batch-hard"],
  create: quadruplet,
};
