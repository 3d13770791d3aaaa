import { z } from "zod";
import { normalize } from "../distances/index.js";
import type { Dim, Tensor } from "../graph/index.js";
import { dimension, matmul } from "../ops/index.js";
import { mean, term } from "../reducers/index.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";

const options = z.strictObject({});

/**
 * Spread-out, the global orthogonal regularizer (Zhang et al., ICCV 2017, eq. 9): the cosines s of different vectors have
 * the first two moments of random ones, M1^2 + [M2 - 1/D]_+ with M1 the mean of s and M2 that of s^2. For class vectors;
 * among embeddings those of one class would be spread as well. From sums over vectors and a D x D matrix: no matrix of
 * all pairs.
 */
export function spreadOut(): Regularizer {
  return {
    name: "spread-out",
    reducer: mean(),
    term: (vectors) => {
      const unit = normalize(vectors);
      const [rows, columns] = unit.shape as readonly [Dim, Dim];
      const count = dimension([rows], [0], unit.dtype);
      const pairs = count.mul(count.sub(1)).maximum(1);
      const lengths = unit.square().sum(1);
      const first = unit.sum(0).square().sum().sub(lengths.sum()).div(pairs);
      const second = squaredSimilarities(unit).sub(lengths.square().sum()).div(pairs);
      const chance = dimension([columns], [0], unit.dtype).reciprocal();
      return term("scalar", first.square().add(second.sub(chance).relu()));
    },
  };
}

/** Sum of (v_i . v_j)^2 over all ordered pairs of rows, i = j included: the squared entries of V^T V. */
export function squaredSimilarities(vectors: Tensor): Tensor {
  return matmul(vectors.transpose(), vectors).square().sum();
}

export const spreadOutEntry: RegularizerEntry<typeof options> = {
  name: "spread-out",
  summary: "cosines of different vectors with the mean and variance of random directions",
  paper: "Zhang et al., Learning Spread-out Local Feature Descriptors, ICCV 2017",
  options,
  create: spreadOut,
};
