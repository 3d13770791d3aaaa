import { Registry } from "../../registry/index.js";
import { categoryPairsEntry } from "./category-pairs.js";
import { classBalancedEntry } from "./class-balanced.js";
import { distanceDistributionEntry } from "./distance-distribution.js";
import { fixedTripletsEntry } from "./fixed-triplets.js";
import { frechetEntry } from "./frechet.js";
import { greedyCoresetEntry } from "./greedy-coreset.js";
import { hierarchicalEntry } from "./hierarchical.js";
import { mPerClassEntry } from "./m-per-class.js";
import { nearestClassesEntry } from "./nearest-classes.js";
import { randomEntry } from "./random.js";
import { randomPlusPairEntry } from "./random-plus-pair.js";
import type { SamplerEntry, SamplerFactory } from "./sampler.js";

export { type CategoryPairsOptions, categoryPairs } from "./category-pairs.js";
export { classBalanced } from "./class-balanced.js";
export { type DistanceDistributionOptions, distanceDistribution } from "./distance-distribution.js";
export { EmbeddingBank } from "./embedding-bank.js";
export { type FixedTripletsOptions, fixedTriplets } from "./fixed-triplets.js";
export { type FrechetOptions, frechet } from "./frechet.js";
export { type GreedyCoresetOptions, greedyCoreset } from "./greedy-coreset.js";
export { type HierarchicalOptions, hierarchical } from "./hierarchical.js";
export { type MPerClassOptions, mPerClass } from "./m-per-class.js";
export { type NearestClassesOptions, nearestClasses } from "./nearest-classes.js";
export { pairSampler } from "./pairs.js";
export { random } from "./random.js";
export { randomPlusPair } from "./random-plus-pair.js";
export type { Resumable } from "./resumable.js";
export type { Sampler, SamplerEntry, SamplerFactory, SamplerSources } from "./sampler.js";

/** Every batch sampler by name. */
export const samplers = new Registry<SamplerFactory, SamplerEntry>("sampler", [
  categoryPairsEntry,
  classBalancedEntry,
  distanceDistributionEntry,
  fixedTripletsEntry,
  frechetEntry,
  greedyCoresetEntry,
  hierarchicalEntry,
  mPerClassEntry,
  nearestClassesEntry,
  randomEntry,
  randomPlusPairEntry,
]);
