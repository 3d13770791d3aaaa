import { z } from "zod";

/** Where a setting may lie when it is tuned: numbers between two ends, or some values. */
export const searchDimension = z.union([
  z
    .strictObject({
      low: z.number(),
      high: z.number(),
      log: z.boolean().default(false),
      integer: z.boolean().default(false),
    })
    .refine(({ low, high, log }) => low < high && (!log || low > 0), "low below high, and above 0 on a log scale"),
  z.strictObject({ choices: z.array(z.union([z.number(), z.string(), z.boolean()])).min(2) }),
]);

/** See {@link searchDimension}. */
export type SearchDimension = z.output<typeof searchDimension>;

/** What is worth tuning, by dotted path of the setting. */
export type SearchSpace = Readonly<Record<string, SearchDimension>>;

/** Evenly between two ends. */
export function between(low: number, high: number): SearchDimension {
  return { low, high, log: false, integer: false };
}

/** Evenly on a log scale between two ends above 0. */
export function scaled(low: number, high: number): SearchDimension {
  return { low, high, log: true, integer: false };
}

/** Whole numbers between two ends, on a log scale. */
export function whole(low: number, high: number): SearchDimension {
  return { low, high, log: true, integer: true };
}
