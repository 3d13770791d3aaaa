import { SimileError } from "../errors/index.js";
import type { Tensor } from "../graph/index.js";
import { topK } from "../ops/index.js";
import { type Relation, relationShape } from "./relation.js";

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
      remedy: "sample batches with a fixed number of items a class, or give positivesPerQuery with the labels",
    });
  }
  return topK(positive, typeof keys === "number" ? Math.min(keys, positivesPerQuery) : positivesPerQuery);
}
