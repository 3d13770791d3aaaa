import { checkedDepth, hitsWithin, type QueryMetric } from "../query-metric.js";

/**
 * Precision@K: hits among the first K, divided by K. P@1 is the accuracy of the single nearest neighbour.
 *
 * Example: hits at ranks 1 and 3, K = 4: 2/4 = .5. A query with fewer than K relevant items cannot reach 1.
 */
export function precisionAt(k: number): QueryMetric {
  const depth = checkedDepth("precisionAt", k);
  return { depth, score: (query) => hitsWithin(query, depth) / depth };
}

/**
 * R-Precision: hits among the first R, divided by R (Musgrave, Belongie, Lim: A Metric Learning Reality Check, ECCV 2020).
 *
 * Example: R = 10, hits at ranks 1 and 10: 2/10 = .2. When the search returned only k < R neighbours the divisor is k, as in
 * pytorch-metric-learning; the evaluator counts such queries as truncated.
 */
export function rPrecision(): QueryMetric {
  return {
    depth: "R",
    score: (query) => hitsWithin(query, query.relevant) / Math.min(query.relevant, query.hits.length),
  };
}
