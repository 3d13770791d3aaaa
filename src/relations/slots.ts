import { dissimilarity } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import type { Tensor } from "../graph/index.js";
import { logicalAnd, topK, where } from "../ops/index.js";
import { type Relation, relationShape, type TripletWindow } from "./relation.js";

/** The positives of each query one by one: keys, int64 [B, m], and their weights [B, m], 0 where there are fewer. */
export function positiveSlots(
  relation: Relation,
  positive: Tensor = relation.positive,
): { indices: Tensor; values: Tensor } {
  const { positivesPerQuery } = relation;
  const [, keys] = relationShape(relation);
  if (positivesPerQuery === undefined) {
    throw new SimileError({
      code: "positives-unbounded",
      where: "triplets",
      expected: "positivesPerQuery, the most positives a query can have",
      received: "a relation without it",
      remedy:
        "sample batches with a fixed number of items a class (m-per-class), or give positivesPerQuery with the labels",
    });
  }
  return topK(positive, typeof keys === "number" ? Math.min(keys, positivesPerQuery) : positivesPerQuery);
}

/** Positives of each query, int64 [B, m], and how often each of their triplets counts, [B, m, R]. */
export function tripletSlots(
  input: Relation & { readonly query: Tensor; readonly key: Tensor },
  window: TripletWindow | undefined = undefined,
): { positive: Tensor; weight: Tensor } {
  const { positive, negative } = window?.candidates ?? input;
  const { values, indices } = positiveSlots(input, positive);
  const weight = values.unsqueeze(2).mul(negative.unsqueeze(1));
  if (window === undefined) return { positive: indices, weight };
  const d = dissimilarity(window.distance, input.query, input.key).stopGradient();
  const apart = d.unsqueeze(1).sub(d.gatherElements(indices, 1).unsqueeze(2));
  const inside = logicalAnd(apart.greater(window.low), apart.lessEqual(window.high));
  return { positive: indices, weight: where(inside, weight, 0) };
}
