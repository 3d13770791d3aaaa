import { SimileError } from "../errors/index.js";
import { averagePrecisionAtR } from "./metrics/average-precision.js";
import { precisionAt, rPrecision } from "./metrics/precision.js";
import { recallAt } from "./metrics/recall.js";
import { candidateCount, checkRetrieval, type Retrieval, relevantCounts } from "./neighbours.js";
import type { QueryMetric } from "./query-metric.js";

/** One metric over all scored queries. */
export interface MetricSummary {
  /** Mean over queries; NaN when every query is lone. */
  readonly mean: number;
  /** Mean over classes of the mean within the class, so that large classes do not outvote small ones. */
  readonly classMean: number;
  /** Mean within each class, in the order of `RetrievalResult.classes`. */
  readonly perClass: Float64Array;
  /** [Q] the value of each query, NaN for lone ones: what bootstraps and paired tests are made of. */
  readonly perQuery: Float64Array;
}

/** The outcome of `evaluateRetrieval`. */
export interface RetrievalResult<Name extends string = string> {
  /** Queries that count in the averages. */
  readonly scored: number;
  /** Queries left out because the gallery has no other item of their class. */
  readonly lone: number;
  /** Scored queries with more relevant items than neighbours given: their R-Precision and MAP@R are not exact. */
  readonly truncated: number;
  /** Classes of the scored queries, ascending. */
  readonly classes: Int32Array;
  readonly metrics: Readonly<Record<Name, MetricSummary>>;
}

/**
 * The usual set: P@1, R@K for each K (default 1, 2, 4, 8), R-Precision and MAP@R.
 * Further ones (`averagePrecision`, `reciprocalRank`, `ndcgAt`, `recallFractionAt`) can be added to the record.
 */
export function retrievalMetrics(recallDepths: readonly number[] = [1, 2, 4, 8]): Record<string, QueryMetric> {
  const recalls = recallDepths.map((k) => [`R@${k}`, recallAt(k)] as const);
  return {
    "P@1": precisionAt(1),
    ...Object.fromEntries(recalls),
    "R-Precision": rPrecision(),
    "MAP@R": averagePrecisionAtR(),
  };
}

/**
 * Score every query once with each metric and average over queries and over classes.
 *
 * Lone queries (no other item of their class in the gallery) are left out of all averages and counted. Ties are the
 * search's affair: the order of `neighbours` is taken as given.
 * Throws `SimileError`: `neighbours` for malformed input, `metric-depth` if a metric looks further than the search did.
 */
export function evaluateRetrieval<Name extends string>(
  retrieval: Retrieval,
  metrics: Readonly<Record<Name, QueryMetric>>,
): RetrievalResult<Name> {
  checkRetrieval(retrieval);
  const names = Object.keys(metrics) as Name[];
  for (const name of names) checkDepth(name, metrics[name].depth, retrieval);

  const relevant = relevantCounts(retrieval);
  const values = scoreQueries(
    retrieval,
    relevant,
    names.map((name) => metrics[name]),
  );
  const members = membersOfClasses(retrieval.queryLabels, relevant);
  const queriesOfClass = members.map(([, queries]) => queries);
  const summaries = names.map((name, at) => [name, summarise(values[at]!, queriesOfClass)] as const);
  const scored = relevant.filter((count) => count > 0);
  return {
    scored: scored.length,
    lone: relevant.length - scored.length,
    truncated: scored.filter((count) => count > retrieval.neighbours.k).length,
    classes: Int32Array.from(members, ([label]) => label),
    metrics: Object.fromEntries(summaries) as Record<Name, MetricSummary>,
  };
}

/** A list that holds every candidate is long enough for any K. */
function checkDepth(name: string, depth: QueryMetric["depth"], retrieval: Retrieval): void {
  const { k } = retrieval.neighbours;
  const needed = typeof depth === "number" ? depth : 1;
  if (k >= Math.min(needed, candidateCount(retrieval))) return;
  throw new SimileError({
    code: "metric-depth",
    where: name,
    expected: `at least ${needed} neighbours a query`,
    received: `${k}`,
    remedy: `search with k = ${needed} or more`,
  });
}

/** One pass over the queries; [metric][query], NaN for lone queries. */
function scoreQueries(retrieval: Retrieval, relevant: Int32Array, metrics: readonly QueryMetric[]): Float64Array[] {
  const { neighbours, queryLabels, galleryLabels } = retrieval;
  const { indices, k } = neighbours;
  const values = metrics.map(() => new Float64Array(queryLabels.length).fill(Number.NaN));
  const hits = new Uint8Array(k);
  for (let query = 0; query < queryLabels.length; query++) {
    if (relevant[query] === 0) continue;
    for (let rank = 0; rank < k; rank++) {
      hits[rank] = galleryLabels[indices[query * k + rank]!] === queryLabels[query] ? 1 : 0;
    }
    const ranked = { hits, relevant: relevant[query]! };
    metrics.forEach((metric, at) => {
      values[at]![query] = metric.score(ranked);
    });
  }
  return values;
}

/** The queries of each class that count; a class is lone as a whole or not at all. */
function membersOfClasses(labels: Int32Array, relevant: Int32Array): [label: number, queries: number[]][] {
  const members = new Map<number, number[]>();
  labels.forEach((label, query) => {
    if (relevant[query] === 0) return;
    const queries = members.get(label);
    if (queries) queries.push(query);
    else members.set(label, [query]);
  });
  return [...members].sort(([a], [b]) => a - b);
}

function summarise(perQuery: Float64Array, members: readonly (readonly number[])[]): MetricSummary {
  const perClass = Float64Array.from(members, (queries) => mean(queries.map((query) => perQuery[query]!)));
  return {
    mean: mean(perQuery.filter((value) => !Number.isNaN(value))),
    classMean: mean(perClass),
    perClass,
    perQuery,
  };
}

function mean(values: Float64Array | readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}
