import { SimileError } from "../errors/index.js";
import type { MeasuredDifference, Measurement, RankSummary, StandingMethod, Standings } from "../report/index.js";
import type { Random } from "../rng/index.js";
import {
  type CrossedEstimate,
  compareRanks,
  crossedMean,
  holm,
  mean,
  type Numbers,
  quantile,
  standardizedDifference,
} from "../stats/index.js";

/** What one method scored: by metric, [reproduction][unit]. */
export interface MethodScores {
  readonly name: string;
  readonly scores: Readonly<Record<string, readonly Numbers[]>>;
}

/** Methods measured alike: the same reproductions (seeds) on the same units (test classes). */
export interface ScoreTable {
  /** The most important first. */
  readonly metrics: readonly string[];
  readonly methods: readonly MethodScores[];
  /** Name of the method that the others are compared with. */
  readonly baseline: string;
  /** [U] how much each unit counts, such as the queries of the class; evenly by default. */
  readonly weights?: Numbers;
}

const CONFIDENCE = 0.95;
const DRAWS = 2000;

/**
 * Means with intervals, paired differences to the baseline with corrected p-values, and ranks. Seeds and classes are two
 * crossed sources of chance: intervals hold for other seeds and other classes of the same kind (`crossedMean`), p-values
 * are of the same t, corrected by Holm over the methods of a metric. Ranks are drawn again by drawing seeds and classes
 * (the pigeonhole bootstrap; Owen, 2007). A method without all metrics is left out of those it lacks.
 */
export function standingsOf(table: ScoreTable, random: Random): Standings {
  const baseline = table.methods.find(({ name }) => name === table.baseline);
  if (!baseline) throw unknownBaseline(table);
  const differences = table.metrics.map((metric) => differencesTo(baseline, table, metric));
  const methods = table.methods.map(({ name, scores }, at): StandingMethod => {
    const measured = table.metrics.map((metric) => (scores[metric] ? measure(scores[metric], table) : null));
    if (name === table.baseline) return { name, scores: measured };
    return { name, scores: measured, differences: differences.map((column) => column[at] ?? null) };
  });
  const sorted = methods.toSorted((a, b) => (b.scores[0]?.value ?? -1) - (a.scores[0]?.value ?? -1));
  const ranks = ranksOf(table, random);
  return { metrics: table.metrics, methods: sorted, baseline: table.baseline, ...(ranks && { ranks }) };
}

function measure(values: readonly Numbers[], { weights }: ScoreTable): Measurement {
  return withEnds(crossedMean(values, { confidence: CONFIDENCE, ...(weights && { weights }) }));
}

/** One value, or values that allow no interval, are shown without one. */
function withEnds({ value, low, high }: CrossedEstimate): Measurement {
  return Number.isFinite(low) ? { value, low, high } : { value };
}

function differencesTo(baseline: MethodScores, table: ScoreTable, metric: string): (MeasuredDifference | null)[] {
  const reference = baseline.scores[metric];
  const found = table.methods.map(({ name, scores }) => {
    const values = scores[metric];
    return values && reference && name !== baseline.name ? difference(values, reference, table) : null;
  });
  const tested = found.flatMap((each, at) => (each?.pValue === undefined ? [] : [at]));
  const adjusted = holm(tested.map((at) => found[at]!.pValue!));
  return found.map((each, at) => {
    const place = tested.indexOf(at);
    return each && place >= 0 ? { ...each, adjustedPValue: adjusted[place]! } : each;
  });
}

function difference(
  values: readonly Numbers[],
  reference: readonly Numbers[],
  { weights }: ScoreTable,
): MeasuredDifference {
  const paired = values.map((row, r) => Float64Array.from(row, (value, unit) => value - reference[r]![unit]!));
  const estimate = crossedMean(paired, { confidence: CONFIDENCE, ...(weights && { weights }) });
  const units = Array.from(paired[0]!, (_, unit) => mean(paired.map((row) => row[unit]!)));
  // With one unit, such as scores without classes, the seeds are what differs.
  const independent = units.length > 1 ? units : paired.map((row) => row[0]!);
  const effect = independent.length > 1 ? standardizedDifference(independent) : Number.NaN;
  return {
    ...withEnds(estimate),
    ...(Number.isFinite(estimate.low) && { pValue: estimate.pValue }),
    ...(Number.isFinite(effect) && { effect }),
  };
}

/** Ranks by the first metric of the methods that have it, drawn again with seeds and classes drawn again. */
function ranksOf({ metrics, methods, weights }: ScoreTable, random: Random): RankSummary | undefined {
  const ranked = methods.flatMap(({ name, scores }) => {
    const values = scores[metrics[0] ?? ""];
    return values ? [{ name, values }] : [];
  });
  const [rows, units] = [ranked[0]?.values.length ?? 0, ranked[0]?.values[0]?.length ?? 0];
  if (ranked.length < 2 || rows * units < 2) return undefined;
  const drawn = ranked.map(() => new Float64Array(DRAWS));
  for (let draw = 0; draw < DRAWS; draw++) {
    const row = Int32Array.from({ length: rows }, () => random.integer(rows));
    const unit = Int32Array.from({ length: units }, () => random.integer(units));
    const totals = ranked.map(({ values }) => totalOf(values, row, unit, weights));
    ranksFrom(totals).forEach((rank, at) => {
      drawn[at]![draw] = rank;
    });
  }
  const every = (length: number) => Int32Array.from({ length }, (_, at) => at);
  const actual = ranksFrom(ranked.map(({ values }) => totalOf(values, every(rows), every(units), weights)));
  const summaries = ranked.map(({ name }, at) => {
    const first = drawn[at]!.filter((rank) => rank === 1).length / DRAWS;
    const sorted = drawn[at]!.sort();
    const end = (share: number) => Math.round(quantile(sorted, share));
    const rank = { value: actual[at]!, low: end((1 - CONFIDENCE) / 2), high: end((1 + CONFIDENCE) / 2) };
    return { name, rank, first };
  });
  // With one unit there are no classes to rank on: the seeds are the blocks.
  const blocks =
    units > 1 ? [...every(units)].map((unit) => ranked.map(({ values }) => ofUnit(values, unit))) : seeds(ranked);
  const alike = compareRanks(blocks).pValueF;
  return { methods: summaries.sort((a, b) => a.rank.value - b.rank.value), alike };
}

/** Mean over the seeds. */
function ofUnit(values: readonly Numbers[], unit: number): number {
  return mean(values.map((row) => row[unit]!));
}

function seeds(ranked: readonly { readonly values: readonly Numbers[] }[]): number[][] {
  return ranked[0]!.values.map((_, row) => ranked.map(({ values }) => values[row]![0]!));
}

function totalOf(
  values: readonly Numbers[],
  rows: Int32Array,
  units: Int32Array,
  weights: Numbers | undefined,
): number {
  let [total, weight] = [0, 0];
  for (const row of rows) {
    for (const unit of units) {
      const counts = weights ? weights[unit]! : 1;
      total += counts * values[row]![unit]!;
      weight += counts;
    }
  }
  return total / weight;
}

/** Rank 1 for the highest; equal ones share the better rank. */
function ranksFrom(totals: readonly number[]): number[] {
  return totals.map((total) => 1 + totals.filter((other) => other > total).length);
}

function unknownBaseline({ baseline, methods }: ScoreTable): SimileError {
  return new SimileError({
    code: "benchmark-baseline",
    where: "baseline",
    expected: `one of ${methods.map(({ name }) => name).join(", ")}`,
    received: baseline,
    remedy: "compare with a method of the benchmark",
  });
}
