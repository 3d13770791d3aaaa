import { z } from "zod";
import { dissimilarity, distanceOption, lp } from "../distances/index.js";
import { oneTripletEach } from "./chosen.js";
import { largestOf, smallestOf } from "./extrema.js";
import { defineMiner, type Miner, type MinerEntry } from "./miner.js";

const options = z.strictObject({
  distance: distanceOption(lp),
});

/** Options of {@link batchHard}. */
export type BatchHardOptions = z.input<typeof options>;

/**
 * Batch-hard (Hermans et al., 2017): for each query one triplet of its farthest positive and its nearest negative.
 * Queries that lack either give none.
 */
export function batchHard(settings: BatchHardOptions = {}): Miner {
  const { distance } = options.parse(settings);
  return defineMiner("batch-hard", ({ query, key, positive, negative }) => {
    const d = dissimilarity(distance, query, key);
    return oneTripletEach(largestOf(d, positive), smallestOf(d, negative));
  });
}

export const batchHardEntry: MinerEntry<typeof options> = {
  name: "batch-hard",
  summary: "each query's farthest positive and nearest negative",
  paper: "Hermans et al., In Defense of the Triplet Loss for Person Re-Identification, 2017",
  options,
  create: batchHard,
};
