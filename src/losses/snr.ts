import { z } from "zod";
import { snr } from "../distances/index.js";
import { zeroMean } from "../regularizers/index.js";
import { contrastive } from "./contrastive.js";
import { liftedStructure } from "./lifted-structure.js";
import type { Loss, LossEntry } from "./loss.js";
import { nPair } from "./n-pair.js";
import { regularized } from "./regularized.js";
import { triplet } from "./triplet.js";

/**
 * Option: weight of the zero-mean cost that the signal-to-noise ratio distance assumes. Roth et al. have 0.005, the paper
 * 0.1 for its contrastive loss.
 */
export function zeroMeanOption(preset: number) {
  return z.number().min(0).default(preset).describe("weight of pulling each embedding's entries to mean zero");
}

/** A loss plus the zero-mean cost of its query embeddings. */
export function withZeroMean(loss: Loss, name: string, weight: number): Loss {
  return { ...regularized(loss, { embeddings: { regularizer: zeroMean(), weight } }), name };
}

const paper = "Yuan et al., Signal-to-Noise Ratio: A Robust Distance Metric for Deep Metric Learning, CVPR 2019";

const contrastiveOptions = z.strictObject({
  positiveMargin: z.number().default(0.01).describe("positives nearer than this cost nothing"),
  negativeMargin: z.number().default(0.2).describe("negatives farther than this cost nothing"),
  zeroMeanWeight: zeroMeanOption(0.1),
});

/**
 * Contrastive loss, hinges not squared, with the signal-to-noise ratio distance of raw embeddings (Yuan et al., CVPR 2019,
 * eq. 12), and the zero-mean cost. Shapes and terms as {@link contrastive}.
 */
export function snrContrastive(settings: z.input<typeof contrastiveOptions> = {}): Loss {
  const { zeroMeanWeight, ...margins } = contrastiveOptions.parse(settings);
  return withZeroMean(contrastive({ ...margins, squared: false, distance: snr() }), "snr-contrastive", zeroMeanWeight);
}

export const snrContrastiveEntry: LossEntry<typeof contrastiveOptions> = {
  name: "snr-contrastive",
  summary: "contrastive loss with the signal-to-noise ratio distance",
  paper,
  options: contrastiveOptions,
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: snrContrastive,
};

const tripletOptions = z.strictObject({
  margin: z.number().default(0.2).describe("how much farther negatives should be than positives"),
  zeroMeanWeight: zeroMeanOption(0.005),
});

/**
 * Triplet loss with the signal-to-noise ratio distance of raw embeddings, the query as signal (Yuan et al., CVPR 2019,
 * eq. 13), and the zero-mean cost. Shapes and terms as {@link triplet}.
 */
export function snrTriplet(settings: z.input<typeof tripletOptions> = {}): Loss {
  const { zeroMeanWeight, margin } = tripletOptions.parse(settings);
  return withZeroMean(triplet({ margin, distance: snr() }), "snr-triplet", zeroMeanWeight);
}

export const snrTripletEntry: LossEntry<typeof tripletOptions> = {
  name: "snr-triplet",
  summary: "triplet loss with the signal-to-noise ratio distance",
  paper,
  options: tripletOptions,
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  miners: ["triplet-margin", "batch-hard"],
  create: snrTriplet,
};

const liftedOptions = z.strictObject({
  negativeMargin: z.number().default(1).describe("distance that negatives should keep"),
  zeroMeanWeight: zeroMeanOption(0.005),
});

/**
 * Lifted structured loss with the signal-to-noise ratio distance of raw embeddings (Yuan et al., CVPR 2019), each end of a
 * positive pair the signal of its own negatives, and the zero-mean cost. Shapes and terms as {@link liftedStructure}.
 */
export function snrLiftedStructure(settings: z.input<typeof liftedOptions> = {}): Loss {
  const { zeroMeanWeight, negativeMargin } = liftedOptions.parse(settings);
  return withZeroMean(liftedStructure({ negativeMargin, distance: snr() }), "snr-lifted-structure", zeroMeanWeight);
}

export const snrLiftedStructureEntry: LossEntry<typeof liftedOptions> = {
  name: "snr-lifted-structure",
  summary: "lifted structured loss with the signal-to-noise ratio distance",
  paper,
  options: liftedOptions,
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: snrLiftedStructure,
};

const nPairOptions = z.strictObject({ zeroMeanWeight: zeroMeanOption(0.005) });

/**
 * N-pair loss with the signal-to-noise ratio distance, log(1 + sum_n exp(d_ap - d_an)) (Yuan et al., CVPR 2019), and the
 * zero-mean cost. Shapes and terms as {@link nPair}, without its cost of lengths, which the distance does not see.
 */
export function snrNPair(settings: z.input<typeof nPairOptions> = {}): Loss {
  const { zeroMeanWeight } = nPairOptions.parse(settings);
  return withZeroMean(nPair({ lengthWeight: 0, distance: snr() }), "snr-n-pair", zeroMeanWeight);
}

export const snrNPairEntry: LossEntry<typeof nPairOptions> = {
  name: "snr-n-pair",
  summary: "N-pair loss with the signal-to-noise ratio distance",
  paper,
  options: nPairOptions,
  accepts: ["classes", "pairs", "triplets", "views", "memory"],
  create: snrNPair,
};
