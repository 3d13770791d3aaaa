import { SimileError } from "../../errors/index.js";
import { rowCount } from "../../linalg/rows.js";
import { Random } from "../../rng/index.js";
import { bootstrapInterval, type Estimate } from "../../stats/index.js";
import type { Embeddings } from "../search/prepare.js";
import { type ScanOptions, scanDistances } from "../search/scan.js";

/** Options of {@link calibrateThreshold}. */
export interface CalibrationOptions extends ScanOptions {
  /** Share of pairs of different classes that may pass, such as 0.001. */
  readonly falseMatchRate: number;
  /** Default 0.95. */
  readonly confidence?: number;
  /** Default 1,000. */
  readonly resamples?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** A threshold on distances for a wanted false match rate. */
export interface Calibration {
  readonly wanted: number;
  /** Two items at most this far apart are called the same; just below the nearest pair when none may pass. */
  readonly threshold: Estimate;
  /** Share of pairs of different classes that pass here, and their number. */
  readonly falseMatchRate: number;
  readonly falseMatches: number;
  /** Share of pairs of one class that pass. */
  readonly trueMatchRate: Estimate;
  readonly differentPairs: number;
  readonly samePairs: number;
  readonly classes: number;
  /** Whether the data can tell the wanted rate, by the rules below. */
  readonly supported: boolean;
  /** The smallest rate that they can. */
  readonly smallestRate: number;
  /** Why not, in words; empty when supported. */
  readonly reason: string;
}

/** Doddington's rule: with 30 errors the rate is within 30 % of the truth with 90 % confidence. */
const ERRORS_NEEDED = 30;
/** Drawing classes again says little about the spread when there are fewer. */
const CLASSES_NEEDED = 20;
/** How far beyond the wanted rate distances are kept: resamples reach farther than the sample. */
const RESERVE = 4;
const LEAST_KEPT = 1000;

/**
 * The distance at which a wanted share of all pairs of different classes passes, with a bootstrap interval.
 *
 * The threshold is the largest distance that keeps the rate over every pair of the data. For the interval classes are drawn with
 * replacement and a pair counts as often as both its classes were drawn together (the subsets bootstrap of Bolle, Ratha, Pankanti, 2004):
 * pairs share items, and items of one class are alike, so single pairs would claim far too much. A rate is supported when at least 30
 * false matches are expected (Doddington et al., 2000) and there are 20 classes or more.
 *
 * `labels` [N] are classes. Throws `SimileError` (`pairs`) without pairs of both kinds, or for a rate outside (0, 1).
 */
export async function calibrateThreshold(
  rows: Embeddings,
  labels: Int32Array,
  options: CalibrationOptions,
): Promise<Calibration> {
  const { falseMatchRate: wanted, confidence = 0.95, resamples = 1000, seed = 0, ...scan } = options;
  const { sizes, positions } = denseClasses(labels);
  const totals = pairTotals(sizes);
  check(wanted, totals, rowCount(rows), labels.length);
  const keep = Math.max(LEAST_KEPT, Math.ceil(RESERVE * wanted * totals.different));
  const { tail, same } = await collectPairs(rows, positions, Math.min(keep, totals.different), scan);
  const random = new Random(seed);
  const weights = new Float64Array(sizes.length);
  const thresholdOf = (drawn: Int32Array) => weightedThreshold(tail, sizes, countDrawn(weights, drawn), wanted);
  const bootstrap = { random, resamples, confidence, method: "percentile" as const };
  const threshold = bootstrapInterval(sizes.length, thresholdOf, bootstrap);
  const matched = new Float64Array(sizes.length);
  for (const { distance, position } of same) if (distance <= threshold.value) matched[position]!++;
  const matchOf = (drawn: Int32Array) => {
    const found = countDrawn(weights, drawn).reduce((sum, weight, at) => sum + weight * matched[at]!, 0);
    return found / pairTotals(sizes, weights).same;
  };
  const falseMatches = tail.filter(({ distance }) => distance <= threshold.value).length;
  return {
    wanted,
    threshold,
    falseMatchRate: falseMatches / totals.different,
    falseMatches,
    trueMatchRate: bootstrapInterval(sizes.length, matchOf, bootstrap),
    differentPairs: totals.different,
    samePairs: totals.same,
    classes: sizes.length,
    ...support(wanted, totals.different, sizes.length),
  };
}

function check(wanted: number, totals: { different: number; same: number }, rows: number, labels: number): void {
  const fail = (expected: string, received: string, remedy: string) =>
    new SimileError({ code: "pairs", where: "calibrateThreshold", expected, received, remedy });
  if (!(wanted > 0 && wanted < 1)) {
    throw fail("a false match rate between 0 and 1", `${wanted}`, "ask for a share such as 0.001");
  }
  if (rows === labels && totals.different > 0 && totals.same > 0) return;
  throw fail(
    "a class for each row, two classes, and one of two rows or more",
    `${rows} rows, ${labels} labels, ${totals.same} same and ${totals.different} different pairs`,
    "give labelled data with several items a class",
  );
}

function support(
  wanted: number,
  different: number,
  classes: number,
): Pick<Calibration, "supported" | "smallestRate" | "reason"> {
  const smallestRate = Math.min(1, ERRORS_NEEDED / different);
  const expected = wanted * different;
  const reasons = [
    ...(expected < ERRORS_NEEDED
      ? [`only ${expected.toFixed(1)} false matches are expected, fewer than ${ERRORS_NEEDED}`]
      : []),
    ...(classes < CLASSES_NEEDED ? [`${classes} classes are fewer than ${CLASSES_NEEDED}`] : []),
  ];
  return { supported: reasons.length === 0, smallestRate, reason: reasons.join("; ") };
}

/** Classes as 0, 1, ...: the size of each, and which one each row is of. */
function denseClasses(labels: Int32Array): { sizes: Float64Array; positions: Int32Array } {
  const order = new Map([...new Set(labels)].map((label, at) => [label, at]));
  const positions = labels.map((label) => order.get(label)!);
  const sizes = new Float64Array(order.size);
  for (const position of positions) sizes[position]!++;
  return { sizes, positions };
}

function pairTotals(sizes: Float64Array, weights?: Float64Array): { different: number; same: number } {
  let [total, squares, same] = [0, 0, 0];
  sizes.forEach((size, at) => {
    const weight = weights ? weights[at]! : 1;
    total += weight * size;
    squares += (weight * size) ** 2;
    same += (weight * size * (size - 1)) / 2;
  });
  return { different: (total * total - squares) / 2, same };
}

interface Pair {
  readonly distance: number;
  readonly a: number;
  readonly b: number;
}

/** The `keep` nearest pairs of different classes, ascending, and for every pair of one class its distance. */
async function collectPairs(
  rows: Embeddings,
  positions: Int32Array,
  keep: number,
  options: ScanOptions,
): Promise<{ tail: Pair[]; same: { distance: number; position: number }[] }> {
  let tail: Pair[] = [];
  const same: { distance: number; position: number }[] = [];
  let limit = Number.POSITIVE_INFINITY;
  const prune = () => {
    tail.sort((x, y) => x.distance - y.distance);
    tail = tail.slice(0, keep);
    if (tail.length === keep) limit = tail.at(-1)!.distance;
  };
  await scanDistances(rows, rows, options, (row, distances) => {
    const a = positions[row]!;
    for (let other = row + 1; other < distances.length; other++) {
      const b = positions[other]!;
      const distance = distances[other]!;
      if (a === b) same.push({ distance, position: a });
      else if (distance < limit) tail.push({ distance, a, b });
    }
    if (tail.length > 2 * keep + LEAST_KEPT) prune();
  });
  prune();
  return { tail, same };
}

function countDrawn(weights: Float64Array, drawn: Int32Array): Float64Array {
  weights.fill(0);
  for (const unit of drawn) weights[unit]!++;
  return weights;
}

/** The largest distance at which at most the wanted share of weighted pairs passes; equal distances pass together. */
function weightedThreshold(tail: readonly Pair[], sizes: Float64Array, weights: Float64Array, wanted: number): number {
  const allowed = wanted * pairTotals(sizes, weights).different * (1 + 1e-12);
  const nearest = tail[0]!.distance;
  let [passed, threshold] = [0, nearest - 1e-6 * Math.abs(nearest) - 1e-12];
  for (let at = 0; at < tail.length; at++) {
    const { distance, a, b } = tail[at]!;
    passed += weights[a]! * weights[b]!;
    if (passed > allowed) return threshold;
    if (at + 1 === tail.length || tail[at + 1]!.distance > distance) threshold = distance;
  }
  return threshold;
}
