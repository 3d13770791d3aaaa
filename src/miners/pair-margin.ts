import { z } from "zod";
import { distanceOption, gap, lp } from "../distances/index.js";
import { where } from "../ops/index.js";
import { defineMiner, type Miner, type MinerEntry } from "./miner.js";

const options = z.strictObject({
  positiveMargin: z.number().default(0.2).describe("positives farther than this are kept"),
  negativeMargin: z.number().default(0.8).describe("negatives nearer than this are kept"),
  distance: distanceOption(lp),
});

/** Options of {@link pairMargin}. */
export type PairMarginOptions = z.input<typeof options>;

/** Keeps the pairs that break a margin: positives too far apart, negatives too near. */
export function pairMargin(settings: PairMarginOptions = {}): Miner {
  const { positiveMargin, negativeMargin, distance } = options.parse(settings);
  return defineMiner("pair-margin", ({ query, key, positive, negative }) => {
    const d = distance.matrix(query, key);
    return {
      positive: where(gap(distance, d, positiveMargin).greater(0), positive, 0),
      negative: where(gap(distance, d, negativeMargin).less(0), negative, 0),
      triplets: undefined,
    };
  });
}

export const pairMarginEntry: MinerEntry<typeof options> = {
  name: "pair-margin",
  summary: "positives beyond one distance, negatives within another",
  options,
  create: pairMargin,
};
