import { type Dim, multiplyDims, type Tensor } from "../graph/index.js";
import { arange, logicalAnd, where, zerosLike } from "../ops/index.js";
import { countPairs, positiveSlots, type Relation, relationShape } from "../relations/index.js";
import type { RowChoice } from "./extrema.js";

/** What a miner says of the triplets it chose. */
export type ChosenTriplets = Pick<Relation, "positive" | "negative" | "triplets">;

/** One triplet of each query that has both a positive and a negative. */
export function oneTripletEach(positive: RowChoice, negative: RowChoice): ChosenTriplets {
  const both = logicalAnd(positive.found, negative.found);
  const keep = both.unsqueeze(1);
  return {
    positive: where(keep, positive.selected, 0),
    negative: where(keep, negative.selected, 0),
    triplets: {
      kind: "list",
      query: arange(both.shape[0]!),
      positive: positive.index,
      negative: negative.index,
      weight: both.cast(positive.selected.dtype),
    },
  };
}

/** Triplets by slot of a query: positives, int64 [B, m], each with weights of all keys as negatives [B, m, R]. */
export function slotTriplets(positive: Tensor, weight: Tensor): ChosenTriplets {
  const negative = weight.sum(1);
  return {
    positive: zerosLike(negative).scatterAdd(positive, weight.sum(2), 1),
    negative,
    triplets: { kind: "slots", positive, weight },
  };
}

/** Triplets of a query's positives with one negative each, all [B, m]; weight 0 where there is none. */
export function listTriplets(
  relation: Relation,
  { positive, negative, weight }: { readonly positive: Tensor; readonly negative: Tensor; readonly weight: Tensor },
): ChosenTriplets {
  const [rows, slots] = positive.shape as readonly [Dim, Dim];
  const flat = (x: Tensor) => x.reshape([multiplyDims(rows, slots)]);
  const query = flat(arange(rows).unsqueeze(1).expand([rows, slots]));
  const list = { query, positive: flat(positive), negative: flat(negative), weight: flat(weight) };
  const shape = relationShape(relation);
  return {
    positive: countPairs(query, list.positive, list.weight, shape),
    negative: countPairs(query, list.negative, list.weight, shape),
    triplets: { kind: "list", ...list },
  };
}

/** The positives of each query with their weights, both [B, m]: few where the relation bounds them, else every key. */
export function positivesOf(relation: Relation): { index: Tensor; weight: Tensor } {
  if (relation.positivesPerQuery !== undefined) {
    const { indices, values } = positiveSlots(relation);
    return { index: indices, weight: values };
  }
  const [rows, keys] = relationShape(relation);
  return { index: arange(keys).unsqueeze(0).expand([rows, keys]), weight: relation.positive };
}
