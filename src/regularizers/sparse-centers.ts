import { z } from "zod";
import { lp } from "../distances/index.js";
import { arange, equal, less, logicalAnd } from "../ops/index.js";
import { divisor, term } from "../reducers/index.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";

const options = z.strictObject({
  centersPerClass: z.number().int().positive().default(10).describe("consecutive rows that belong to one class"),
});

/** Options of {@link sparseCenters}. */
export type SparseCentersOptions = z.input<typeof options>;

/**
 * SoftTriple's merging of centres (Qian et al., ICCV 2019, eq. 12): sqrt(2 - 2 cos) of each pair of centres of a class,
 * summed over pairs i < j and divided by twice their number.
 */
export function sparseCenters(settings: SparseCentersOptions = {}): Regularizer {
  const { centersPerClass } = options.parse(settings);
  return {
    name: "sparse-centers",
    reducer: divisor(),
    term: (vectors) => {
      const rows = vectors.shape[0]!;
      const owner = arange(rows, vectors.dtype).div(centersPerClass).floor();
      const order = arange(rows);
      const pairs = logicalAnd(equal(owner.unsqueeze(1), owner), less(order.unsqueeze(1), order)).cast(vectors.dtype);
      // sqrt(2 - 2 cos) is the distance of the normalised centres.
      return term("query", lp().matrix(vectors, vectors), { weight: pairs, divisor: pairs.sum().mul(2) });
    },
  };
}

export const sparseCentersEntry: RegularizerEntry<typeof options> = {
  name: "sparse-centers",
  summary: "merges the centres of a class that are near each other",
  paper: "Qian et al., SoftTriple Loss: Deep Metric Learning Without Triplet Sampling, ICCV 2019",
  options,
  create: sparseCenters,
};
