import { z } from "zod";
import { type Reducer, type ReducerEntry, ratio, reducer } from "./reducer.js";

const options = z.strictObject({
  low: z.number().optional().describe("elements must be larger than this"),
  high: z.number().optional().describe("elements must be smaller than this"),
});

/** Options of {@link threshold}. */
export type ThresholdOptions = z.input<typeof options>;

/** Average of the elements between two values, neither included; 0 when there is none. */
export function threshold(settings: ThresholdOptions = {}): Reducer {
  const { low, high } = options.parse(settings);
  return reducer(`threshold low=${low} high=${high}`, (term) => {
    const { sum, count } = term.elements({ low, high });
    return ratio(sum.sum(), count.sum());
  });
}

/** Average of the elements above 0: those a hinge has left something of. */
export function meanNonZero(): Reducer {
  return { ...threshold({ low: 0 }), name: "mean-non-zero" };
}

export const thresholdEntry: ReducerEntry<typeof options> = {
  name: "threshold",
  summary: "average of the elements between two values",
  options,
  create: threshold,
};

const none = z.strictObject({});

export const meanNonZeroEntry: ReducerEntry<typeof none> = {
  name: "mean-non-zero",
  summary: "average of the elements above 0",
  options: none,
  create: meanNonZero,
};
