import { SimileError } from "../errors/index.js";
import { type BootstrapOptions, type ComparedScore, comparePaired } from "../stats/index.js";
import type { RetrievalResult } from "./retrieval.js";

/** A system and what it scored. */
export interface ScoredSystem<Name extends string = string> {
  readonly name: string;
  readonly result: RetrievalResult<Name>;
}

/** Systems compared on the same queries. */
export interface RetrievalComparison {
  /** Queries that count, and the classes they are of. */
  readonly queries: number;
  readonly classes: number;
  readonly metrics: readonly {
    readonly name: string;
    /** In the order given; the first is the baseline, whose `difference` is null. */
    readonly systems: readonly ComparedScore[];
  }[];
}

/**
 * Two or more systems on the same queries, metric by metric: mean and paired difference to the first system with 95 % BCa
 * bootstrap intervals, p by sign flips, Holm's correction over the systems of a metric. Classes are drawn and
 * flipped whole, for queries of one class are alike.
 *
 * `queryLabels` [Q] are the classes of the queries, the same for all. Only metrics that every system has are compared.
 * Throws `SimileError` (`compare`) where systems disagree on which queries count: they did not search the same gallery.
 */
export function compareRetrieval(
  systems: readonly ScoredSystem[],
  queryLabels: Int32Array,
  options: BootstrapOptions,
): RetrievalComparison {
  const [first] = systems;
  const shared = Object.keys(first?.result.metrics ?? {}).filter((metric) =>
    systems.every(({ result }) => result.metrics[metric] !== undefined),
  );
  const perQuery = (metric: string) =>
    systems.map(({ name, result }) => ({ name, values: result.metrics[metric]!.perQuery }));
  const scored = scoredQueries(shared.flatMap(perQuery), queryLabels);
  const clusters = scored.map((query) => queryLabels[query]!);
  const metrics = shared.map((name) => {
    const values = perQuery(name).map((system) => ({
      name: system.name,
      values: Float64Array.from(scored, (query) => system.values[query]!),
    }));
    return { name, systems: comparePaired(values, { ...options, clusters }) };
  });
  return { queries: scored.length, classes: new Set(clusters).size, metrics };
}

/** Queries with a value, which must be the same ones everywhere. */
function scoredQueries(
  columns: readonly { readonly name: string; readonly values: Float64Array }[],
  labels: Int32Array,
): Int32Array {
  const scored = (values: Float64Array) =>
    labels.map((_, query) => (Number.isNaN(values[query] ?? Number.NaN) ? 0 : 1));
  const reference = columns[0] ? scored(columns[0].values) : new Int32Array(0);
  for (const { name, values } of columns) {
    const own = scored(values);
    if (values.length === labels.length && own.every((value, query) => value === reference[query])) continue;
    throw new SimileError({
      code: "compare",
      where: name,
      expected: `scores of the same queries as ${columns[0]!.name}`,
      received: `${values.length} queries, ${own.reduce((a, b) => a + b, 0)} of them scored`,
      remedy: "search the same gallery with the same queries for every system",
    });
  }
  return labels.map((_, query) => query).filter((query) => reference[query] === 1);
}
