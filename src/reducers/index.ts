import { Registry } from "../registry/index.js";
import { classWeightedEntry } from "./class-weighted.js";
import { divisorEntry } from "./divisor.js";
import { meanEntry } from "./mean.js";
import { noneEntry } from "./none.js";
import { perAnchorEntry } from "./per-anchor.js";
import type { Reducer, ReducerEntry } from "./reducer.js";
import { sumEntry } from "./sum.js";
import { meanNonZeroEntry, thresholdEntry } from "./threshold.js";

export { type ClassWeightedOptions, classWeighted } from "./class-weighted.js";
export { divisor } from "./divisor.js";
export { mean } from "./mean.js";
export { reducerOption } from "./nested.js";
export { none } from "./none.js";
export { perAnchor } from "./per-anchor.js";
export * from "./reducer.js";
export { sum } from "./sum.js";
export * from "./term.js";
export { meanNonZero, type ThresholdOptions, threshold } from "./threshold.js";

/** Every reducer by name. */
export const reducers: Registry<Reducer, ReducerEntry> = new Registry<Reducer, ReducerEntry>("reducer", [
  classWeightedEntry,
  divisorEntry,
  meanEntry,
  meanNonZeroEntry,
  noneEntry,
  perAnchorEntry,
  sumEntry,
  thresholdEntry,
]);
