import type { Tensor } from "../graph/index.js";
import { logicalAnd, onesLike, where } from "../ops/index.js";

/** What one element of a term belongs to. Query, positive, negative and triplet terms have queries as first axis. */
export type TermKind = "query" | "positive" | "negative" | "triplet" | "class" | "scalar";

/** Open interval of element values; ends left out do not limit. */
export interface ValueRange {
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** Elements by cell (a query, a pair, a class): the sum of their values and how many they are, in the same shape. */
export interface Elements {
  readonly sum: Tensor;
  readonly count: Tensor;
}

/**
 * One part of a loss before it is reduced. A cell may hold many elements (all triplets of a pair): a term need only
 * know their sum and number within a range of values, which sorting gives without listing them.
 */
export interface Term {
  readonly kind: TermKind;
  /** Sum and number of the elements whose value is inside `range` (default all). */
  elements(range?: ValueRange): Elements;
  /** What the divisor reducer divides by. */
  readonly divisor?: Tensor | undefined;
  /** int64: the query of each entry of the first axis, where that axis is not the queries in order. */
  readonly query?: Tensor | undefined;
}

/** What else a term may have. */
export interface TermOptions {
  /** How often each value counts, broadcast to the values; 0: not an element. Default 1. */
  readonly weight?: Tensor | undefined;
  readonly divisor?: Tensor | undefined;
  readonly query?: Tensor | undefined;
}

/** A term with its values at hand, one element a cell. Values whose weight is 0 must still be finite. */
export function term(kind: TermKind, values: Tensor, { weight, divisor, query }: TermOptions = {}): Term {
  return {
    kind,
    elements: (range = {}) => {
      const count = insideRange(values, weight?.expand(values.shape) ?? onesLike(values), range);
      return { sum: values.mul(count), count };
    },
    divisor,
    query,
  };
}

/** `count` where the value is inside the range, else 0. */
export function insideRange(values: Tensor, count: Tensor, { low, high }: ValueRange): Tensor {
  const above = low === undefined ? undefined : values.greater(low);
  const below = high === undefined ? undefined : values.less(high);
  const inside = above && below ? logicalAnd(above, below) : (above ?? below);
  return inside === undefined ? count : where(inside, count, 0);
}
