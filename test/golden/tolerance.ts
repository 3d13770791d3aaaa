import type { GoldenResult } from "./format.js";

/** One part of a case compared: the error in units of what is allowed, and the relative error. */
export interface PartResult {
  readonly name: string;
  /** At most 1 when passed. */
  readonly excess: number;
  readonly relative: number;
  readonly message: string;
}

/** |actual - expected| <= r * |expected| + 1e-6; NaN never passes. */
export function compareNumber(name: string, actual: number, expected: number, r: number): PartResult {
  const error = Object.is(actual, expected) ? 0 : Math.abs(actual - expected);
  return {
    name,
    excess: error / (r * Math.abs(expected) + 1e-6),
    relative: error / Math.max(Math.abs(expected), 1e-12),
    message: `${name} ${actual} for ${expected}`,
  };
}

/** max |actual - expected| <= r * max |expected| + floor. Where the peer has no number, any finite one is better. */
export function compareTensor(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  r: number,
  floor = 1e-7,
): PartResult {
  let error = actual.length === expected.length ? 0 : Number.NaN;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    if (Number.isNaN(expected[i]) && Number.isFinite(actual[i])) continue;
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= error)) error = difference;
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return {
    name,
    excess: error / (r * largest + floor),
    relative: error / Math.max(largest, 1e-12),
    message: `${name} off by ${error.toExponential(2)} of ${largest.toPrecision(4)}`,
  };
}

/** Equal sets of index tuples. */
export function compareSets(
  name: string,
  actual: readonly (readonly number[])[],
  expected: readonly (readonly number[])[],
): PartResult {
  const text = (rows: readonly (readonly number[])[]) => rows.map((row) => row.join()).sort();
  const [a, e] = [text(actual), text(expected)];
  const same = a.length === e.length && a.every((row, i) => row === e[i]);
  const extra = a.filter((row) => !e.includes(row)).length;
  return {
    name,
    excess: same ? 0 : Number.POSITIVE_INFINITY,
    relative: same ? 0 : 1,
    message: `${name}: ${a.length} for ${e.length}, ${extra} not expected`,
  };
}

/** A case is passed when each part is. */
export function verdictOf(name: string, parts: readonly PartResult[]): GoldenResult {
  const failed = parts.filter((part) => !(part.excess <= 1));
  const error = parts.length === 0 ? Number.NaN : Math.max(...parts.map((part) => part.relative));
  return {
    case: name,
    passed: parts.length > 0 && failed.length === 0,
    error,
    message: parts.length === 0 ? "nothing to compare" : failed.map((part) => part.message).join("; "),
  };
}
