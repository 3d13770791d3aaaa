import { z } from "zod";
import { dissimilarity, distanceOption, lp } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import { type Initializer, Parameter, type Tensor } from "../graph/index.js";
import { ratio } from "../reducers/index.js";
import { classOptions, classTargets } from "./classes.js";
import { perQuery } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  classes: classOptions.classes,
  dimension: classOptions.dimension,
  dtype: classOptions.dtype,
  centroids: z
    .enum(["auto", "one-hot", "corners"])
    .default("auto")
    .describe("fixed centroids: unit vectors of the axes (dimension >= classes), corners of a cube, or what fits"),
  distance: distanceOption(lp, "distance between embeddings and centroids"),
});

/** Options of {@link upperBoundTriplet}. */
export type UpperBoundTripletOptions = z.input<typeof options>;

/**
 * Upper bound of the triplet loss, the discriminative loss (Do et al., CVPR 2019, eq. 8): near the own one of fixed
 * centroids, far from the others. No mining, C distances a sample.
 *
 *   d(x, c_y) - 1 / (3 (C - 1)) sum_{m != y} d(x, c_m)
 *
 * query [B, D], class labels -> one value a query [B], mean; it may be negative. With n samples of each class and any
 * distance that obeys the triangle inequality, 3 (C - 1) n (n - 1) times the sum over the samples is at least the sum of
 * d_ap - d_an over all triplets; that constant is left out. Centroids are one-hot as published or, in fewer dimensions
 * than classes, different corners (+-1, ..., +-1) / sqrt(D) drawn at random, about equally far from each other. A public
 * implementation squares the distances (`{ name: "lp", power: 2 }`), for which the bound does not hold.
 */
export function upperBoundTriplet(settings: UpperBoundTripletOptions): Loss {
  const { classes, dimension, dtype, centroids, distance } = options.parse(settings);
  const fixed = new Parameter([classes, dimension], {
    initializer: initializerOf(centroids, classes, dimension),
    dtype,
    trainable: false,
  });
  const logits = (query: Tensor) => dissimilarity(distance, query, fixed).neg();
  const definition = {
    name: "upper-bound-triplet",
    distance,
    parameters: { centroids: fixed },
    classVectors: fixed,
    logits,
  };
  return perQuery(definition, (input) => {
    const targets = classTargets(input, classes, "upper-bound-triplet");
    const total = targets.sum({ axes: 1, keepAxes: true });
    const known = total.greater(0).cast(targets.dtype);
    const others = targets
      .equal(0)
      .cast(targets.dtype)
      .mul(1 / (3 * Math.max(classes - 1, 1)));
    const d = dissimilarity(distance, input.query, fixed);
    return { values: d.mul(ratio(targets, total).sub(others).mul(known)).sum(1), weight: known.squeeze(1) };
  });
}

function initializerOf(centroids: "auto" | "one-hot" | "corners", classes: number, dimension: number): Initializer {
  const fits = dimension >= classes;
  if (centroids === "one-hot" && !fits) {
    throw new SimileError({
      code: "too-few-dimensions",
      where: "upper-bound-triplet",
      expected: `at least ${classes} dimensions, one for each class`,
      received: `${dimension}`,
      remedy: "choose a larger embedding, or corners as centroids",
    });
  }
  return centroids === "corners" || !fits ? distinctCorners : axes;
}

const axes: Initializer = (shape) => {
  const [rows, columns] = shape as readonly [number, number];
  return Float64Array.from({ length: rows * columns }, (_, i) => Number(Math.floor(i / columns) === i % columns));
};

/** Rows of +-1 / sqrt(D), no two the same while there are enough. */
const distinctCorners: Initializer = (shape, random) => {
  const [rows, columns] = shape as readonly [number, number];
  const seen = new Set<string>();
  const enough = columns > 30 || 2 ** columns >= rows;
  while (seen.size < rows && enough) {
    seen.add(Array.from({ length: columns }, () => (random.uniform() < 0.5 ? "-" : "+")).join(""));
  }
  if (!enough) {
    throw new SimileError({
      code: "too-few-dimensions",
      where: "upper-bound-triplet",
      expected: `dimensions with ${rows} different corners`,
      received: `${columns} dimensions`,
      remedy: "choose a larger embedding",
    });
  }
  const scale = 1 / Math.sqrt(columns);
  return Float64Array.from([...seen].join(""), (sign) => (sign === "-" ? -scale : scale));
};

export const upperBoundTripletEntry: LossEntry<typeof options> = {
  name: "upper-bound-triplet",
  summary: "near the own one of fixed class centroids and far from the others, which bounds the triplet loss",
  paper: "Do et al., A Theoretically Sound Upper Bound on the Triplet Loss, CVPR 2019",
  options,
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: upperBoundTriplet,
};
