import { z } from "zod";
import { distanceOption, lp } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { equal, matmul } from "../ops/index.js";
import { meanNonZero, ratio, term } from "../reducers/index.js";
import { between } from "../registry/index.js";
import { classIndices } from "./classes.js";
import { defineLoss, weighByQuery } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  margin: z.number().default(0.5).describe("how much farther other classes' centroids should be than the own"),
  distance: distanceOption(() => lp({ power: 2, normalize: false }), "distance of embeddings and centroids"),
});

/** Options of {@link centroidTriplet}. */
export type CentroidTripletOptions = z.input<typeof options>;

/**
 * Centroid triplet loss (Wieczorek et al., ICONIP 2021, eq. 4): queries against the means of the classes in the batch.
 *
 *   [ |a - c_p|^2 - |a - c_n|^2 + margin ]_+ ,  c_p the mean of the query's class without the query
 *
 * query [B, D], key [R, D] -> a term `negative` [B, R], averaged over the non-zero pairs of a query with a positive and
 * another class (each key of that class stands for its share). Needs class labels; raw embeddings as published, beside a
 * triplet, a centre and a classification loss.
 */
export function centroidTriplet(settings: CentroidTripletOptions = {}): Loss {
  const { margin, distance } = options.parse(settings);
  const farther = (x: Tensor) => (distance.inverted ? x.neg() : x);
  return defineLoss({ name: "centroid-triplet", distance, reducer: meanNonZero() }, (input) => {
    const { query, key, positive, negative, keyLabels } = input;
    const classes = classIndices({ ...input, labels: keyLabels ?? input.labels }, "centroid-triplet");
    const same = equal(classes.unsqueeze(1), classes).cast(query.dtype);
    const sizes = same.sum(1);
    const own = positive.sum({ axes: 1, keepAxes: true });
    const near = farther(distance.paired(query, ratio(matmul(positive, key), own))).unsqueeze(1);
    const far = farther(distance.matrix(query, matmul(same, key).div(sizes.unsqueeze(1))));
    const weight = negative.div(sizes).mul(own.greater(0).cast(query.dtype));
    return { negative: term("negative", weighByQuery(near.sub(far).add(margin).relu(), input), { weight }) };
  });
}

export const centroidTripletEntry: LossEntry<typeof options> = {
  name: "centroid-triplet",
  summary: "triplets of a query, the mean of its class without it, and the means of other classes",
  paper: "Wieczorek et al., On the Unreasonable Effectiveness of Centroids in Image Retrieval, ICONIP 2021",
  options,
  search: { margin: between(0.05, 1) },
  accepts: ["classes"],
  create: centroidTriplet,
};
