import type { QueryMetric, RankedQuery } from "../query-metric.js";

/**
 * Average precision at R, whose mean over the queries is MAP@R (Musgrave, Belongie, Lim: A Metric Learning Reality Check, ECCV
 * 2020): the sum over ranks i = 1..R of precision(i) where rank i is a hit, divided by R. Unlike R-Precision it rewards
 * right items in front of wrong ones, and it is 1 only for a perfect start of the list.
 *
 * Example: R = 10, hits at ranks 1 and 10 only: (1/1 + 2/10) / 10 = .12, while P@1 = 1 and R-Precision = .2.
 * The divisor stays R when the search returned only k < R neighbours: the value is then a lower bound.
 */
export function averagePrecisionAtR(): QueryMetric {
  return { depth: "R", score: (query) => precisionSum(query, query.relevant) / query.relevant };
}

/**
 * Average precision over the whole list, whose mean over the queries is MAP: the sum of precision(i) over every rank i
 * that is a hit, divided by R.
 *
 * Example: R = 2, hits at ranks 1 and 10: (1/1 + 2/10) / 2 = .6. Relevant items beyond the k neighbours given count
 * as never found.
 */
export function averagePrecision(): QueryMetric {
  return { depth: "all", score: (query) => precisionSum(query, query.hits.length) / query.relevant };
}

function precisionSum({ hits }: RankedQuery, depth: number): number {
  const end = Math.min(depth, hits.length);
  let found = 0;
  let sum = 0;
  for (let rank = 0; rank < end; rank++) {
    if (hits[rank] === 0) continue;
    found++;
    sum += found / (rank + 1);
  }
  return sum;
}
