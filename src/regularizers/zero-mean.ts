import { z } from "zod";
import { mean, term } from "../reducers/index.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";

const options = z.strictObject({});

/**
 * |sum of the entries| of each vector: pulls the mean over the dimensions to zero, as the signal-to-noise ratio distance
 * assumes (Yuan et al., CVPR 2019, eq. 11).
 */
export function zeroMean(): Regularizer {
  return { name: "zero-mean", reducer: mean(), term: (vectors) => term("query", vectors.sum(1).abs()) };
}

export const zeroMeanEntry: RegularizerEntry<typeof options> = {
  name: "zero-mean",
  summary: "distance of each vector's entries from mean zero",
  paper: "Yuan et al., Signal-to-Noise Ratio: A Robust Distance Metric for Deep Metric Learning, CVPR 2019",
  options,
  create: zeroMean,
};
