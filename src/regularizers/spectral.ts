import { z } from "zod";
import type { Dim } from "../graph/index.js";
import { dimension, log, minimum } from "../ops/index.js";
import { mean, ratio, term } from "../reducers/index.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";
import { squaredSimilarities } from "./spread-out.js";

const options = z.strictObject({});

/**
 * How far the spectrum of the embeddings is from flat, so that they do not collapse onto few directions:
 *
 *   log( K tr(G^2) / tr(G)^2 ),  G = V^T V,  K = min(N, D)
 *
 * vectors [N, D] -> 0 when the K singular values are equal, log K when only one is left. It is the spectral decay rho of
 * Roth et al. (ICML 2020) with the second-order (Renyi) entropy of the squared singular values in place of KL(U || s),
 * whose gradient needs their decomposition. The paper lowers rho by swapping positives into the place of negatives
 * instead: miner `positive-swap`.
 */
export function spectral(): Regularizer {
  return {
    name: "spectral",
    reducer: mean(),
    term: (vectors) => {
      const [rows, columns] = vectors.shape as readonly [Dim, Dim];
      const most = minimum(dimension([rows], [0], vectors.dtype), dimension([columns], [0], vectors.dtype));
      const total = vectors.square().sum();
      // At least 1; vectors that are all 0 have no spectrum.
      const decay = ratio(squaredSimilarities(vectors).mul(most), total.square());
      return term("scalar", log(decay.maximum(1)));
    },
  };
}

export const spectralEntry: RegularizerEntry<typeof options> = {
  name: "spectral",
  summary: "embeddings that use all directions alike (flat singular spectrum)",
  paper:
    "Roth et al., Revisiting Training Strategies and Generalization Performance in Deep Metric Learning, ICML 2020",
  options,
  create: spectral,
};
