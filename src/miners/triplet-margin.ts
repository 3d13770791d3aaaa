import { z } from "zod";
import { distanceOption, lp } from "../distances/index.js";
import { type TripletWindow, windowCounts } from "../relations/index.js";
import { defineMiner, type Miner, type MinerEntry } from "./miner.js";

const options = z.strictObject({
  margin: z.number().default(0.2).describe("how much farther the negative must be to be easy"),
  triplets: z
    .enum(["all", "hard", "semi-hard", "easy"])
    .default("all")
    .describe("all that break the margin; of these the hard or semi-hard; or the easy ones that keep it"),
  distance: distanceOption(lp),
});

/** Options of {@link tripletMargin}. */
export type TripletMarginOptions = z.input<typeof options>;

/**
 * Chooses triplets by how much farther the negative is than the positive, x = d_an - d_ap (Schroff et al., CVPR 2015):
 * hard x <= 0, semi-hard 0 < x <= margin, all x <= margin, easy x > margin. The pair weights of the result count the
 * triplets of each pair.
 */
export function tripletMargin(settings: TripletMarginOptions = {}): Miner {
  const { margin, triplets, distance } = options.parse(settings);
  const bounds: Record<typeof triplets, readonly [number, number]> = {
    all: [Number.NEGATIVE_INFINITY, margin],
    hard: [Number.NEGATIVE_INFINITY, 0],
    "semi-hard": [0, margin],
    easy: [margin, Number.POSITIVE_INFINITY],
  };
  const [low, high] = bounds[triplets];
  const window: TripletWindow = { kind: "window", distance, low, high };
  return defineMiner("triplet-margin", (input) => ({
    ...windowCounts(input, window, input.query, input.key),
    triplets: { ...window, candidates: { positive: input.positive, negative: input.negative } },
  }));
}

export const tripletMarginEntry: MinerEntry<typeof options> = {
  name: "triplet-margin",
  summary: "triplets by how much farther the negative is than the positive: all, hard, semi-hard, easy",
  paper: "Schroff et al., FaceNet: A Unified Embedding for Face Recognition and Clustering, CVPR 2015",
  options,
  create: tripletMargin,
};
