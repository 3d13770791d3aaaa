import { z } from "zod";
import { lp } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import type { Dim, Tensor } from "../graph/index.js";
import { logicalNot, lowerTriangle } from "../ops/index.js";
import { divisor, term } from "../reducers/index.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";

const options = z.strictObject({
  centersPerClass: z.number().int().positive().default(10).describe("consecutive rows that belong to one class"),
});

/** Options of {@link sparseCenters}. */
export type SparseCentersOptions = z.input<typeof options>;

/**
 * SoftTriple's merging of centres (Qian et al., ICCV 2019, eq. 12): sqrt(2 - 2 cos) of each pair of centres of a class,
 * summed over pairs i < j and divided by twice their number. Memory grows with the centres of one class, not of all.
 */
export function sparseCenters(settings: SparseCentersOptions = {}): Regularizer {
  const { centersPerClass } = options.parse(settings);
  return {
    name: "sparse-centers",
    reducer: divisor(),
    term: (vectors) => {
      const apart = centerDistances(vectors, centersPerClass);
      const pairs = logicalNot(lowerTriangle(centersPerClass)).cast(vectors.dtype).expand(apart.shape);
      return term("query", apart, { weight: pairs, divisor: pairs.sum().mul(2) });
    },
  };
}

/** Distances of the normalised centres of each class, `centersPerClass` consecutive rows: [C K, D] -> [C, K, K]. */
export function centerDistances(vectors: Tensor, centersPerClass: number): Tensor {
  const [rows, dimension] = vectors.shape as readonly [Dim, Dim];
  if (typeof rows === "number" && rows % centersPerClass !== 0) {
    throw new SimileError({
      code: "shape-mismatch",
      where: "sparse-centers",
      expected: `rows in groups of ${centersPerClass}`,
      received: `${rows} rows`,
      remedy: "set centersPerClass to that of the loss",
    });
  }
  const classes = typeof rows === "number" ? rows / centersPerClass : rows;
  const grouped = vectors.reshape([classes, centersPerClass, dimension]);
  // sqrt(2 - 2 cos) is the distance of the normalised centres.
  return lp().matrix(grouped, grouped);
}

export const sparseCentersEntry: RegularizerEntry<typeof options> = {
  name: "sparse-centers",
  summary: "merges the centres of a class that are near each other",
  paper: "Qian et al., SoftTriple Loss: Deep Metric Learning Without Triplet Sampling, ICCV 2019",
  options,
  create: sparseCenters,
};
