import { occurrenceWeights } from "../relations/index.js";
import { defineMiner, type Miner } from "./miner.js";

/**
 * A miner's choice as weights of samples, for losses with class vectors, which have no pairs to choose: each query
 * counts by how often it occurs in the chosen pairs or triplets, relative to the most frequent one.
 */
export function asQueryWeights(miner: Miner): Miner {
  const weighing = defineMiner(`${miner.name} as weights`, (input) => {
    const mined = miner.mine(input);
    return { queryWeight: occurrenceWeights(mined), updates: mined.updates };
  });
  return { ...weighing, parameters: miner.parameters };
}
