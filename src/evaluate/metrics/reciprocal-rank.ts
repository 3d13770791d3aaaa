import type { QueryMetric } from "../query-metric.js";

/**
 * Reciprocal rank, whose mean over the queries is MRR: 1 / rank of the first hit, 0 if there is none among the neighbours given.
 *
 * Example: first hit at rank 3: 1/3.
 */
export function reciprocalRank(): QueryMetric {
  return {
    depth: "all",
    score: ({ hits }) => {
      const first = hits.indexOf(1);
      return first < 0 ? 0 : 1 / (first + 1);
    },
  };
}
