import { Registry } from "../registry/index.js";
import { batchHardEntry } from "./batch-hard.js";
import type { Miner, MinerEntry } from "./miner.js";
import { multiSimilarityMinerEntry } from "./multi-similarity.js";
import { pairMarginEntry } from "./pair-margin.js";
import { tripletMarginEntry } from "./triplet-margin.js";

export { type BatchHardOptions, batchHard } from "./batch-hard.js";
export * from "./extrema.js";
export * from "./miner.js";
export { type MultiSimilarityMinerOptions, multiSimilarityMiner } from "./multi-similarity.js";
export { type PairMarginOptions, pairMargin } from "./pair-margin.js";
export { asQueryWeights } from "./query-weights.js";
export { type TripletMarginOptions, tripletMargin } from "./triplet-margin.js";

/** Every miner by name. */
export const miners = new Registry<Miner, MinerEntry>("miner", [
  batchHardEntry,
  multiSimilarityMinerEntry,
  pairMarginEntry,
  tripletMarginEntry,
]);
