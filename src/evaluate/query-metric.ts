import { SimileError } from "../errors/index.js";

/** All that a retrieval metric needs to know of one query that is not lone. */
export interface RankedQuery {
  /** [k] nearest first: 1 where the neighbour is relevant, usually of the query's class. Only valid during the call. */
  readonly hits: Uint8Array;
  /** R: the number of gallery items relevant to the query (of its class, itself left out); at least 1. */
  readonly relevant: number;
  /** Only where relevance is graded: [k] gain of each neighbour, and [R] gains of all that is relevant, largest first. */
  readonly graded?: { readonly gains: Float64Array; readonly ideal: Float64Array };
}

/** A retrieval metric: a number from 0 (worst) to 1 (perfect) for one query; the evaluator averages it. */
export interface QueryMetric {
  /**
   * How many neighbours the definition looks at: a fixed K, `"R"` (as many as the query has relevant items), or `"all"`
   * (whatever the search returned).
   */
  readonly depth: number | "R" | "all";
  readonly score: (query: RankedQuery) => number;
}

/** How many of the first `depth` neighbours are hits. */
export function hitsWithin({ hits }: RankedQuery, depth: number): number {
  const end = Math.min(depth, hits.length);
  let count = 0;
  for (let rank = 0; rank < end; rank++) count += hits[rank]!;
  return count;
}

/** The K of an `@K` metric, or `SimileError` (`metric-depth`) unless it is a whole number from 1. */
export function checkedDepth(metric: string, k: number): number {
  if (Number.isInteger(k) && k >= 1) return k;
  throw new SimileError({
    code: "metric-depth",
    where: metric,
    expected: "a whole number K from 1",
    received: String(k),
    remedy: "choose how many nearest neighbours count, such as 1, 2, 4 or 8",
  });
}
