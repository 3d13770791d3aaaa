import { z } from "zod";
import { type Reducer, type ReducerEntry, ratio, reducer } from "./reducer.js";

const options = z.strictObject({});

/** Sum of all elements divided by what the loss says, such as its number of positives; without that, the average. */
export function divisor(): Reducer {
  return reducer("divisor", (term) => {
    const { sum, count } = term.elements();
    return ratio(sum.sum(), term.divisor ?? count.sum());
  });
}

export const divisorEntry: ReducerEntry<typeof options> = {
  name: "divisor",
  summary: "sum of all elements over the loss's own divisor",
  options,
  create: divisor,
};
