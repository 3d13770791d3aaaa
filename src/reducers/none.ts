import { z } from "zod";
import { type Reducer, type ReducerEntry, reducer } from "./reducer.js";

const options = z.strictObject({});

/** The sum of each cell (query, pair, class) as it is: for looking at a loss, not for training. */
export function none(): Reducer {
  return reducer("none", (term) => term.elements().sum);
}

export const noneEntry: ReducerEntry<typeof options> = {
  name: "none",
  summary: "one value for each query, pair or class",
  options,
  create: none,
};
