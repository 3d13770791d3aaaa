import { SimileError } from "../errors/index.js";
import { averagePrecisionAtR } from "./metrics/average-precision.js";
import { precisionAt, rPrecision } from "./metrics/precision.js";
import { recallAt } from "./metrics/recall.js";
import { candidateCount, checkRetrieval, type Retrieval, relevantCounts, relevantGains } from "./neighbours.js";
import type { QueryMetric, RankedQuery } from "./query-metric.js";

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
  /** Queries left out because the gallery has nothing relevant for them, usually no other item of their class. */
  readonly lone: number;
  /** Scored queries with a right and a wrong neighbour at the same distance: their order is by index, which is luck. */
  readonly tied: number;
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
  return {
    ...summariseQueries(
      retrieval.queryLabels,
      relevant,
      Object.fromEntries(names.map((name, at) => [name, values[at]!])),
    ),
    tied: countTied(retrieval, relevant),
    truncated: relevant.filter((count) => count > retrieval.neighbours.k).length,
  } as RetrievalResult<Name>;
}

/** Averages of values a query, over queries and over classes; lone queries count in neither. */
export function summariseQueries(
  queryLabels: Int32Array,
  relevant: Int32Array,
  values: Readonly<Record<string, Float64Array>>,
): Omit<RetrievalResult, "tied" | "truncated"> {
  const members = membersOfClasses(queryLabels, relevant);
  const queriesOfClass = members.map(([, queries]) => queries);
  const scored = relevant.filter((count) => count > 0).length;
  return {
    scored,
    lone: relevant.length - scored,
    classes: Int32Array.from(members, ([label]) => label),
    metrics: Object.fromEntries(Object.entries(values).map(([name, list]) => [name, summarise(list, queriesOfClass)])),
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
  const values = metrics.map(() => new Float64Array(relevant.length).fill(Number.NaN));
  const gains = new Float64Array(retrieval.neighbours.k);
  const hits = new Uint8Array(retrieval.neighbours.k);
  for (let query = 0; query < relevant.length; query++) {
    if (relevant[query] === 0) continue;
    rankedGains(retrieval, query, gains);
    for (let rank = 0; rank < hits.length; rank++) hits[rank] = gains[rank]! > 0 ? 1 : 0;
    const graded = retrieval.gain && { gains, ideal: relevantGains(retrieval, query) };
    const ranked: RankedQuery = { hits, relevant: relevant[query]!, ...(graded && { graded }) };
    metrics.forEach((metric, at) => {
      values[at]![query] = metric.score(ranked);
    });
  }
  return values;
}

/** [k] the gain of each neighbour of a query: 1 for its own class unless the retrieval says otherwise. */
function rankedGains({ neighbours, queryLabels, galleryLabels, gain }: Retrieval, query: number, gains: Float64Array) {
  for (let rank = 0; rank < gains.length; rank++) {
    const item = neighbours.indices[query * gains.length + rank]!;
    if (item < 0) gains[rank] = 0;
    else gains[rank] = gain ? gain(query, item) : Number(galleryLabels[item] === queryLabels[query]);
  }
}

function countTied(retrieval: Retrieval, relevant: Int32Array): number {
  const { k, distances } = retrieval.neighbours;
  const gains = new Float64Array(k);
  return relevant.filter((count, query) => {
    if (count === 0) return false;
    rankedGains(retrieval, query, gains);
    const first = query * k;
    return gains.some(
      (gain, rank) =>
        rank > 0 &&
        gain > 0 !== gains[rank - 1]! > 0 &&
        distances[first + rank] === distances[first + rank - 1] &&
        Number.isFinite(distances[first + rank]),
    );
  }).length;
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
