import { z } from "zod";
import { cosine, dissimilarity, distanceOption } from "../distances/index.js";
import { where } from "../ops/index.js";
import { rowMax, rowMin } from "./extrema.js";
import { defineMiner, type Miner, type MinerEntry } from "./miner.js";

const options = z.strictObject({
  epsilon: z.number().default(0.1).describe("slack: how much easier than the hardest opponent a pair may be"),
  distance: distanceOption(cosine),
});

/** Options of {@link multiSimilarityMiner}. */
export type MultiSimilarityMinerOptions = z.input<typeof options>;

/**
 * Multi-similarity mining (Wang et al., CVPR 2019, eq. 7 and 8): a query keeps the negatives that are nearer than its
 * farthest positive, and the positives farther than its nearest negative, both with a slack. A query keeps positives
 * exactly when it keeps negatives.
 */
export function multiSimilarityMiner(settings: MultiSimilarityMinerOptions = {}): Miner {
  const { epsilon, distance } = options.parse(settings);
  return defineMiner("multi-similarity", ({ query, key, positive, negative }) => {
    const d = dissimilarity(distance, query, key);
    // Without positives the farthest is -infinity and no negative is nearer; likewise the other way round.
    const near = d.sub(epsilon).less(rowMax(d, positive));
    const far = d.add(epsilon).greater(rowMin(d, negative));
    return { positive: where(far, positive, 0), negative: where(near, negative, 0), triplets: undefined };
  });
}

export const multiSimilarityMinerEntry: MinerEntry<typeof options> = {
  name: "multi-similarity",
  summary: "negatives nearer than the farthest positive, positives farther than the nearest negative",
  paper: "Wang et al., Multi-Similarity Loss with General Pair Weighting, CVPR 2019",
  options,
  create: multiSimilarityMiner,
};
