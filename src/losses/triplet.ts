import { z } from "zod";
import { distanceOption, lp } from "../distances/index.js";
import { meanNonZero } from "../reducers/index.js";
import { between } from "../registry/index.js";
import type { TripletWindow } from "../relations/index.js";
import { defineLoss } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";
import { type TripletValue, tripletTerm } from "./triplet-terms.js";

const options = z.strictObject({
  margin: z.number().default(0.2).describe("how much farther negatives should be than positives"),
  triplets: z
    .enum(["all", "hard", "semi-hard", "easy"])
    .default("all")
    .describe("negatives to use: hard are nearer than the positive, semi-hard beyond it but within the margin"),
  smooth: z.boolean().default(false).describe("softplus instead of the hinge (Hermans et al., 2017)"),
  swap: z.boolean().default(false).describe("compare the negative with the nearer of query and positive"),
  distance: distanceOption(() => lp({ power: 2 })),
});

/** Options of {@link triplet}. */
export type TripletOptions = z.input<typeof options>;

/**
 * Triplet loss (Schroff et al., FaceNet, CVPR 2015): [d_ap - d_an + margin]_+ over the triplets of the batch.
 *
 * query [B, D], key [R, D] -> a term `triplet`, averaged over the non-zero triplets. A miner's choice of triplets goes
 * before the option `triplets`. The hinge takes memory of B x R whatever the number of triplets, by sorting; smooth and
 * swapped triplets need the relation's positivesPerQuery. Defaults are FaceNet's (squared distance, margin 0.2);
 * pytorch-metric-learning has the plain distance and 0.05.
 */
export function triplet(settings: TripletOptions = {}): Loss {
  const { margin, triplets, smooth, swap, distance } = options.parse(settings);
  const windows: Record<typeof triplets, TripletWindow | undefined> = {
    all: undefined,
    hard: { kind: "window", distance, low: Number.NEGATIVE_INFINITY, high: 0 },
    "semi-hard": { kind: "window", distance, low: 0, high: margin },
    easy: { kind: "window", distance, low: margin, high: Number.POSITIVE_INFINITY },
  };
  const rule: TripletValue = {
    value: (positive, negative) => {
      const beyond = positive.sub(negative).add(margin);
      return smooth ? beyond.softplus() : beyond.relu();
    },
    hinge: smooth ? undefined : margin,
    swap,
  };
  return defineLoss({ name: "triplet", distance, reducer: meanNonZero() }, (input) => ({
    triplet: tripletTerm(input, distance, rule, windows[triplets]),
  }));
}

export const tripletEntry: LossEntry<typeof options> = {
  name: "triplet",
  summary: "negatives farther than positives by a margin",
  paper: "Schroff et al., FaceNet: A Unified Embedding for Face Recognition and Clustering, CVPR 2015",
  options,
  search: { margin: between(0.05, 1) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  miners: ["triplet-margin", "batch-hard"],
  create: triplet,
};
