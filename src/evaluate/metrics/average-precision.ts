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

/** Options of {@link averagePrecision}. */
export interface AveragePrecisionOptions {
  /**
   * `none` (default): the sum of precisions at the hits. `trapezoid`: the area under precision and recall joined by straight lines,
   * as the Oxford buildings' program computes it and the first Market-1501 papers do (Philbin et al., CVPR 2007).
   */
  readonly interpolation?: "none" | "trapezoid";
}

/**
 * Average precision over the whole list, whose mean over the queries is MAP: the sum of precision(i) over every rank i
 * that is a hit, divided by R.
 *
 * Example: R = 2, hits at ranks 1 and 10: (1/1 + 2/10) / 2 = .6; by trapezoids ((1 + 1)/2 + (1/9 + 2/10)/2) / 2 = .57778. Relevant
 * items beyond the k neighbours given count as never found.
 */
export function averagePrecision({ interpolation = "none" }: AveragePrecisionOptions = {}): QueryMetric {
  const sum = interpolation === "none" ? precisionSum : trapezoidSum;
  return { depth: "all", score: (query) => sum(query, query.hits.length) / query.relevant };
}

/** As {@link precisionSum}, each precision averaged with that of the rank before (1 before the first). */
function trapezoidSum({ hits }: RankedQuery, depth: number): number {
  let found = 0;
  let sum = 0;
  for (let rank = 0; rank < depth; rank++) {
    if (hits[rank] === 0) continue;
    const before = rank === 0 ? 1 : found / rank;
    found++;
    sum += (before + found / (rank + 1)) / 2;
  }
  return sum;
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
