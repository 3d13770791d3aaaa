import { z } from "zod";
import { type Reducer, type ReducerEntry, reducer } from "./reducer.js";

const options = z.strictObject({});

/** Sum of all elements. */
export function sum(): Reducer {
  return reducer("sum", (term) => term.elements().sum.sum());
}

export const sumEntry: ReducerEntry<typeof options> = {
  name: "sum",
  summary: "sum of all elements",
  options,
  create: sum,
};
