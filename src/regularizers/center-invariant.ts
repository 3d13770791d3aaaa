import { z } from "zod";
import { mean, term } from "../reducers/index.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";

const options = z.strictObject({});

/** (|w|^2 - mean of |w|^2)^2 / 4 for each vector: makes all class vectors equally long (Wu et al., 2017). */
export function centerInvariant(): Regularizer {
  return {
    name: "center-invariant",
    reducer: mean(),
    term: (vectors) => {
      const squares = vectors.square().sum(1);
      return term("query", squares.sub(squares.mean()).square().div(4));
    },
  };
}

export const centerInvariantEntry: RegularizerEntry<typeof options> = {
  name: "center-invariant",
  summary: "class vectors of equal length",
  paper: "Wu et al., Deep Face Recognition with Center Invariant Loss, 2017",
  options,
  create: centerInvariant,
};
