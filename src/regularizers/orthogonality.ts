import { z } from "zod";
import type { Dim } from "../graph/index.js";
import { dimension } from "../ops/index.js";
import { mean, term } from "../reducers/index.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";
import { squaredSimilarities } from "./spread-out.js";

const options = z.strictObject({});

/**
 * Soft orthogonality (Bansal et al., Can We Gain More from Orthogonality Regularizations in Training Deep CNNs, NeurIPS
 * 2018, eq. 1): rows of length 1 at right angles, |V V^T - I|_F^2 / N. Made for the map of a learned distance, which it
 * keeps from losing directions; from sums over rows and a D x D matrix.
 */
export function orthogonality(): Regularizer {
  return {
    name: "orthogonality",
    reducer: mean(),
    term: (vectors) => {
      const count = dimension([vectors.shape[0] as Dim], [0], vectors.dtype);
      const apart = squaredSimilarities(vectors).sub(vectors.square().sum().mul(2)).add(count);
      return term("scalar", apart.div(count));
    },
  };
}

export const orthogonalityEntry: RegularizerEntry<typeof options> = {
  name: "orthogonality",
  summary: "rows of length 1 at right angles, for the map of a learned distance",
  paper: "Bansal et al., Can We Gain More from Orthogonality Regularizations in Training Deep CNNs, NeurIPS 2018",
  options,
  create: orthogonality,
};
