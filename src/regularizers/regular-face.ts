import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import { where } from "../ops/index.js";
import { mean, term } from "../reducers/index.js";
import { notSelf } from "../relations/index.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";

const options = z.strictObject({
  distance: distanceOption(cosine, "similarity of vectors"),
});

/** Options of {@link regularFace}. */
export type RegularFaceOptions = z.input<typeof options>;

/** Similarity of each vector to its nearest other one (Zhao et al., CVPR 2019): spreads class vectors. */
export function regularFace(settings: RegularFaceOptions = {}): Regularizer {
  const { distance } = options.parse(settings);
  return {
    name: "regular-face",
    reducer: mean(),
    term: (vectors) => {
      const s = similarity(distance, vectors, vectors);
      const nearest = where(notSelf(vectors.shape[0]!), s, Number.NEGATIVE_INFINITY).max(1);
      // A single vector has no other.
      return term("query", where(nearest.greater(Number.NEGATIVE_INFINITY), nearest, 0));
    },
  };
}

export const regularFaceEntry: RegularizerEntry<typeof options> = {
  name: "regular-face",
  summary: "similarity of each class vector to its nearest other one",
  paper: "Zhao et al., RegularFace: Deep Face Recognition via Exclusive Regularization, CVPR 2019",
  options,
  create: regularFace,
};
