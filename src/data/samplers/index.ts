import { Registry } from "../../registry/index.js";
import { classBalancedEntry } from "./class-balanced.js";
import { mPerClassEntry } from "./m-per-class.js";
import { randomEntry } from "./random.js";
import { randomPlusPairEntry } from "./random-plus-pair.js";
import type { SamplerEntry, SamplerFactory } from "./sampler.js";

export { classBalanced } from "./class-balanced.js";
export { type MPerClassOptions, mPerClass } from "./m-per-class.js";
export { random } from "./random.js";
export { randomPlusPair } from "./random-plus-pair.js";
export type { Sampler, SamplerEntry, SamplerFactory, SamplerSources } from "./sampler.js";

/** Every batch sampler by name. */
export const samplers = new Registry<SamplerFactory, SamplerEntry>("sampler", [
  classBalancedEntry,
  mPerClassEntry,
  randomEntry,
  randomPlusPairEntry,
]);
