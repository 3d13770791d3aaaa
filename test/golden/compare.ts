import type { GoldenResult } from "./format.js";

/** One number of a case, by name. */
export interface Comparison {
  readonly name: string;
  readonly actual: number;
  readonly expected: number;
}

/** Pair up two lists of numbers; a difference in length shows as NaN against a number. */
export function compareLists(name: string, actual: ArrayLike<number>, expected: ArrayLike<number>): Comparison[] {
  return Array.from({ length: Math.max(actual.length, expected.length) }, (_, at) => ({
    name: `${name}[${at}]`,
    actual: actual[at] ?? Number.NaN,
    expected: expected[at] ?? Number.NaN,
  }));
}

/** Passed when every |actual - expected| <= tolerance; NaN equals NaN only. */
export function verdict(name: string, comparisons: readonly Comparison[], tolerance: number): GoldenResult {
  const errors = comparisons.map(({ actual, expected }) =>
    Object.is(actual, expected) ? 0 : Math.abs(actual - expected),
  );
  const failed = comparisons.filter((_, at) => !(errors[at]! <= tolerance));
  const message = failed.slice(0, 3).map((part) => `${part.name} is ${part.actual}, expected ${part.expected}`);
  const compared = comparisons.length > 0;
  return {
    case: name,
    passed: compared && failed.length === 0,
    error: compared ? errors.reduce((a, b) => Math.max(a, b)) : Number.NaN,
    message: compared ? message.join("; ") : "nothing to compare",
  };
}
