import { type Distance, dissimilarity } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import { type Dim, multiplyDims, type Tensor } from "../graph/index.js";
import { gather, minimum } from "../ops/index.js";
import { type Term, term, type ValueRange } from "../reducers/index.js";
import {
  flatIndex,
  relationShape,
  sumsBelow,
  type TripletList,
  type TripletWindow,
  tripletSlots,
} from "../relations/index.js";
import type { LossInput } from "./loss.js";

/** Up to so many positives a query, triplets are listed as [B, positives, R]; beyond that they are summed by sorting. */
const MOST_SLOTS = 16;

/** How the value of a triplet follows from how far its positive and its negative are (larger is farther). */
export interface TripletValue {
  /** Distances of query and positive, and of query and negative, in shapes that broadcast. */
  value(positive: Tensor, negative: Tensor): Tensor;
  /** Set when the value is relu(positive - negative + hinge), which sorting can sum without listing. */
  readonly hinge?: number | undefined;
  /** Replace the query by the positive where that is nearer to the negative (Balntas et al., 2016). */
  readonly swap?: boolean | undefined;
}

/**
 * All triplets of the input as one term. Which they are is the relation's choice; `window` limits those of a relation
 * that makes no choice.
 */
export function tripletTerm(
  input: LossInput,
  distance: Distance,
  rule: TripletValue,
  window: TripletWindow | undefined = undefined,
): Term {
  const { triplets = window, positivesPerQuery } = input;
  const given = triplets?.kind === "list" || triplets?.kind === "slots";
  const few = positivesPerQuery !== undefined && positivesPerQuery <= MOST_SLOTS;
  const sortable = rule.hinge !== undefined && !rule.swap;
  if (!given && !few && sortable && (!triplets || triplets.distance.key === distance.key)) {
    return sortedHinge(input, distance, rule.hinge, triplets);
  }
  return enumeratedTerm(input, distance, { window, swap: rule.swap }, ({ positive, negative }) =>
    rule.value(positive, negative),
  );
}

/** A term of all triplets one by one, by a formula for their values. */
export function enumeratedTerm(
  input: LossInput,
  distance: Distance,
  options: EnumerateOptions,
  formula: (triplets: Triplets) => Tensor,
): Term {
  const triplets = enumerateTriplets(input, distance, options);
  const { weight, query, ofQuery } = triplets;
  const values = formula(triplets);
  const { queryWeight } = input;
  return term("triplet", queryWeight === undefined ? values : values.mul(ofQuery(queryWeight)), { weight, query });
}

/** The triplets of an input one by one: tensors that broadcast to one shape, [B, m, R] or [T]. */
export interface Triplets {
  /** How far query and positive are (larger is farther, also for similarities). */
  readonly positive: Tensor;
  /** How far query and negative are. */
  readonly negative: Tensor;
  /** How often each triplet counts. */
  readonly weight: Tensor;
  /** int64 [T]: the queries, where the first axis is not the queries in order. */
  readonly query?: Tensor | undefined;
  /** A value for each query [B], in a shape that broadcasts to the triplets. */
  ofQuery(values: Tensor): Tensor;
}

/** Options of {@link enumerateTriplets}. */
export interface EnumerateOptions {
  /** Limits the triplets of a relation that makes no choice. */
  readonly window?: TripletWindow | undefined;
  /** Measure the negative from the positive where that is nearer to it. */
  readonly swap?: boolean | undefined;
}

/** Lists the triplets of an input; needs positivesPerQuery unless the relation lists them. */
export function enumerateTriplets(
  input: LossInput,
  distance: Distance,
  { window, swap = false }: EnumerateOptions = {},
): Triplets {
  const { triplets = window } = input;
  if (triplets?.kind === "list") return listed(input, distance, triplets, swap);
  const { positive, weight } = triplets?.kind === "slots" ? triplets : tripletSlots(input, triplets);
  return inSlots(input, distance, positive, weight, swap);
}

function inSlots(input: LossInput, distance: Distance, slots: Tensor, weight: Tensor, swap: boolean): Triplets {
  const d = dissimilarity(distance, input.query, input.key);
  const direct = d.unsqueeze(1);
  return {
    positive: d.gatherElements(slots, 1).unsqueeze(2),
    negative: swap ? minimum(direct, fromPositives(input, distance, slots)) : direct,
    weight,
    ofQuery: (values) => values.unsqueeze(1).unsqueeze(2),
  };
}

/** How far each slot's positive is from every key: [B, m, R]. */
function fromPositives({ key }: LossInput, distance: Distance, slots: Tensor): Tensor {
  const [rows, count] = slots.shape as [Dim, Dim];
  const positives = gather(key, slots.reshape([multiplyDims(rows, count)]));
  return dissimilarity(distance, positives, key).reshape([rows, count, key.shape[0] as Dim]);
}

function listed(input: LossInput, distance: Distance, list: TripletList, swap: boolean): Triplets {
  const [queries, keys] = relationShape(input);
  const d = dissimilarity(distance, input.query, input.key).reshape([multiplyDims(queries, keys)]);
  const of = (column: Tensor) => gather(d, flatIndex(list.query, column, keys));
  const apart = of(list.negative);
  const swapped = () => {
    const values = distance.paired(gather(input.key, list.positive), gather(input.key, list.negative));
    return minimum(apart, distance.inverted ? values.neg() : values);
  };
  return {
    positive: of(list.positive),
    negative: swap ? swapped() : apart,
    weight: list.weight,
    query: list.query,
    ofQuery: (values) => gather(values, list.query),
  };
}

/** Bounds of d(query, negative) - d(query, positive), each with whether it belongs to the interval. */
interface Interval {
  readonly low: number;
  readonly high: number;
  readonly includesHigh: boolean;
}

const EVERYTHING: Interval = {
  low: Number.NEGATIVE_INFINITY,
  high: Number.POSITIVE_INFINITY,
  includesHigh: true,
};

/**
 * Hinge triplets summed by pair of query and positive [B, R]: the negatives that count are a run of the query's sorted
 * negatives, so their sum and number are differences of running sums.
 */
function sortedHinge(
  input: LossInput,
  distance: Distance,
  hinge: number | undefined = 0,
  window: TripletWindow | undefined = undefined,
): Term {
  const { queryWeight } = input;
  const { positive, negative } = window?.candidates ?? input;
  const d = dissimilarity(distance, input.query, input.key);
  const all: Interval = { ...EVERYTHING, ...boundsOf(window) };
  const factor = queryWeight?.unsqueeze(1);
  const over = (interval: Interval) => {
    const [count, sum] = runOf(d, negative, interval);
    return { count: count.mul(positive), sum: sum.mul(positive) };
  };
  return {
    kind: "triplet",
    elements: (range = {}) => {
      if (factor !== undefined && (range.high !== undefined || (range.low ?? 0) !== 0)) throw weightedRange();
      const active = over(intersect(all, activeInterval(hinge, range)));
      const values = d.add(hinge).mul(active.count).sub(active.sum);
      const sum = factor === undefined ? values : values.mul(factor);
      if (!zeroInside(range)) return { sum, count: active.count };
      const zeros = over(all).count.sub(over(intersect(all, activeInterval(hinge, {}))).count);
      return { sum, count: active.count.add(zeros) };
    },
  };
}

function weightedRange(): SimileError {
  return new SimileError({
    code: "unsupported-reduction",
    where: "triplet",
    expected: "a reducer without thresholds other than 0, for query weights without positivesPerQuery",
    received: "a threshold",
    remedy: "give positivesPerQuery, or use the mean of non-zero elements",
  });
}

function boundsOf(window: TripletWindow | undefined): Partial<Interval> {
  return window === undefined ? {} : { low: window.low, high: window.high };
}

/** Triplets of positive value inside a range: hinge - high < difference < hinge - low. */
function activeInterval(hinge: number, { low = 0, high = Number.POSITIVE_INFINITY }: ValueRange): Interval {
  return { low: hinge - high, high: hinge - Math.max(low, 0), includesHigh: false };
}

function zeroInside({ low = -1, high = 1 }: ValueRange): boolean {
  return low < 0 && high > 0;
}

function intersect(a: Interval, b: Interval): Interval {
  const tighter = a.high < b.high ? a : b.high < a.high ? b : a.includesHigh ? b : a;
  return { low: Math.max(a.low, b.low), high: tighter.high, includesHigh: tighter.includesHigh };
}

/** Number and sum of distances of each query's negatives whose difference to the positive is inside: two [B, R]. */
function runOf(d: Tensor, negative: Tensor, { low, high, includesHigh }: Interval): [Tensor, Tensor] {
  const summands = [negative, negative.mul(d)];
  const bounds = [
    ...(high === Number.POSITIVE_INFINITY ? [] : [{ at: d.add(high), inclusive: includesHigh }]),
    ...(low === Number.NEGATIVE_INFINITY ? [] : [{ at: d.add(low), inclusive: true }]),
  ];
  const none = d.mul(0);
  if (high <= low) return [none, none];
  const found = sumsBelow(d, summands, bounds);
  const upper =
    high === Number.POSITIVE_INFINITY ? summands.map((x) => x.sum({ axes: 1, keepAxes: true })) : found.shift()!;
  const lower = low === Number.NEGATIVE_INFINITY ? [none, none] : found.shift()!;
  return [upper[0]!.sub(lower[0]!), upper[1]!.sub(lower[1]!)];
}
