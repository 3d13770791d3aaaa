import { Registry } from "../registry/index.js";
import { angularMinerEntry } from "./angular.js";
import { batchEasyHardEntry } from "./batch-easy-hard.js";
import { batchHardEntry } from "./batch-hard.js";
import { distanceWeightedEntry } from "./distance-weighted.js";
import { hardAwareCascadeEntry } from "./hard-aware-cascade.js";
import { hardClassesEntry } from "./hard-classes.js";
import type { Miner, MinerEntry } from "./miner.js";
import { multiSimilarityMinerEntry } from "./multi-similarity.js";
import { pairMarginEntry } from "./pair-margin.js";
import { positiveSwapEntry } from "./positive-swap.js";
import { samplingPolicyEntry } from "./sampling-policy.js";
import { semiHardEntry } from "./semi-hard.js";
import { spanningTreeEntry } from "./spanning-tree.js";
import { tripletMarginEntry } from "./triplet-margin.js";
import { uniformHistogramEntry } from "./uniform-histogram.js";

export { type AngularMinerOptions, angularMiner } from "./angular.js";
export { type BatchEasyHardOptions, batchEasyHard } from "./batch-easy-hard.js";
export { type BatchHardOptions, batchHard } from "./batch-hard.js";
export { behindMap } from "./behind-map.js";
export { type DistanceWeightedOptions, distanceWeighted, negativeProbabilities } from "./distance-weighted.js";
export { drawColumns } from "./draw.js";
export * from "./extrema.js";
export { type HardAwareCascadeOptions, hardAwareCascade } from "./hard-aware-cascade.js";
export { type HardClassesOptions, hardClasses } from "./hard-classes.js";
export * from "./miner.js";
export { type MultiSimilarityMinerOptions, multiSimilarityMiner } from "./multi-similarity.js";
export { createMiner, type MinerChoice, minerChoice } from "./nested.js";
export { type PairMarginOptions, pairMargin } from "./pair-margin.js";
export { type PositiveSwapOptions, positiveSwap } from "./positive-swap.js";
export { asQueryWeights } from "./query-weights.js";
export { type SamplingPolicyOptions, type Score, samplingPolicy } from "./sampling-policy.js";
export { type SemiHardOptions, semiHard } from "./semi-hard.js";
export { minimumSpanningForest, type SpanningTreeOptions, spanningTree } from "./spanning-tree.js";
export { type TripletMarginOptions, tripletMargin } from "./triplet-margin.js";
export { distanceBins, type UniformHistogramOptions, uniformHistogram } from "./uniform-histogram.js";

/** Every miner by name. */
export const miners: Registry<Miner, MinerEntry> = new Registry<Miner, MinerEntry>("miner", [
  batchHardEntry,
  multiSimilarityMinerEntry,
  pairMarginEntry,
  tripletMarginEntry,
  batchEasyHardEntry,
  hardAwareCascadeEntry,
  angularMinerEntry,
  distanceWeightedEntry,
  uniformHistogramEntry,
  semiHardEntry,
  positiveSwapEntry,
  spanningTreeEntry,
  hardClassesEntry,
  samplingPolicyEntry,
]);
