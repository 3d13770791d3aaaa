import { dissimilarity } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { where } from "../ops/index.js";
import { sumsBelow } from "./rank.js";
import type { PairWeights, Relation, TripletWindow } from "./relation.js";

/** Counts of all triplets of each positive with each negative of a query. */
export function allTripletCounts({ positive, negative }: PairWeights): PairWeights {
  const over = { axes: 1, keepAxes: true };
  return { positive: positive.mul(negative.sum(over)), negative: negative.mul(positive.sum(over)) };
}

/** Counts of the triplets inside a window, by sorting. `query` and `key` are the embeddings it measures. */
export function windowCounts(
  { positive, negative }: PairWeights,
  { distance, low, high }: TripletWindow,
  query: Tensor,
  key: Tensor,
): PairWeights {
  const d = dissimilarity(distance, query, key).stopGradient();
  const between = (weights: Tensor, from: number, to: number, inclusive: boolean): Tensor => {
    const bounds = [from, to].map((offset) => ({ at: d.add(offset), inclusive }));
    const finite = bounds.filter((_, i) => Number.isFinite([from, to][i]));
    const sums = sumsBelow(d, [weights], finite).map(([sum]) => sum!);
    const upper = Number.isFinite(to) ? sums[sums.length - 1]! : weights.sum({ axes: 1, keepAxes: true });
    return Number.isFinite(from) ? upper.sub(sums[0]!) : upper;
  };
  return {
    positive: positive.mul(between(negative, low, high, true)),
    // low < d_n - d_p <= high seen from the negative: d_n - high <= d_p < d_n - low.
    negative: negative.mul(between(positive, -high, -low, false)),
  };
}

/** Triplet counts of a relation. Where a miner or list chose the triplets, its pair weights are these counts. */
export function tripletCounts(relation: Relation): PairWeights {
  return relation.triplets === undefined ? allTripletCounts(relation) : relation;
}

/**
 * How often each query occurs in the pairs or triplets of a relation (as query, positive or negative), over the
 * largest such number; 1 for all when there is none. Of separate keys only the queries are counted. [B]
 */
export function occurrenceWeights(relation: Relation): Tensor {
  const { positive, negative, keysAreQueries, triplets } = relation;
  const rows = (x: Tensor) => x.sum(1);
  const columns = (x: Tensor) => x.sum(0);
  // A triplet names its query once, two pairs name it twice.
  const asQuery = triplets === undefined ? rows(positive).add(rows(negative)) : rows(positive);
  const counts = keysAreQueries ? asQuery.add(columns(positive)).add(columns(negative)) : asQuery;
  const most = counts.max();
  return where(most.equal(0), 1, counts.div(where(most.equal(0), 1, most)));
}
