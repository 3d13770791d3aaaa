import { z } from "zod";
import { type Reducer, type ReducerEntry, ratio, reducer } from "./reducer.js";

const options = z.strictObject({});

/** Average of all elements; 0 for none. */
export function mean(): Reducer {
  return reducer("mean", (term) => {
    const { sum, count } = term.elements();
    return ratio(sum.sum(), count.sum());
  });
}

export const meanEntry: ReducerEntry<typeof options> = {
  name: "mean",
  summary: "average of all elements",
  options,
  create: mean,
};
