import { SimileError } from "../errors/index.js";

/** A list of numbers: an ordinary or a typed array. */
export type Numbers = ArrayLike<number>;

/** Whole numbers drawn evenly from [0, bound), bound up to 2^32; `Random` of simile/rng is one. */
export interface IntegerSource {
  integer(bound: number): number;
}

/** Sum of all values. */
export function sum(values: Numbers): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: Numbers): number {
  return sum(values) / values.length;
}

/** Unbiased variance, divisor N - 1; NaN below two values. */
export function variance(values: Numbers): number {
  const centre = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) ** 2;
  return values.length < 2 ? Number.NaN : squares / (values.length - 1);
}

/** The value below which a share of `sorted` (ascending) lies, linear between neighbours (type 7 of Hyndman and Fan). */
export function quantile(sorted: Numbers, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}

/** Throws `SimileError` (`statistics-input`) unless there are at least `least` values and all are finite. */
export function checkSample(where: string, values: Numbers, least = 1): void {
  if (values.length < least) {
    throw inputError(where, `at least ${least} values`, `${values.length}`, "measure more units");
  }
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]!)) {
      const remedy = "leave out units without a value, such as lone queries";
      throw inputError(where, "finite values", `${values[i]} at position ${i}`, remedy);
    }
  }
}

/** Throws `SimileError` (`statistics-input`) unless 0 < confidence < 1. */
export function checkConfidence(where: string, confidence: number): void {
  if (confidence > 0 && confidence < 1) return;
  throw inputError(where, "a confidence between 0 and 1", `${confidence}`, "give a share such as 0.95");
}

/** What a statistic refuses. */
export function inputError(where: string, expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "statistics-input", where, expected, received, remedy });
}
