import { z } from "zod";
import { snr } from "../distances/index.js";
import { term } from "../reducers/index.js";
import type { Loss, LossEntry } from "./loss.js";
import { withZeroMean, zeroMeanOption } from "./snr.js";
import { triplet } from "./triplet.js";

const options = z.strictObject({
  margin: z.number().default(0.2).describe("how much farther negatives should be than positives"),
  zeroMeanWeight: zeroMeanOption(0.005),
  quantizationWeight: z.number().min(0).default(0.1).describe("weight of pulling the bits to -1 and 1"),
});

/** Options of {@link snrHashing}. */
export type SnrHashingOptions = z.input<typeof options>;

/**
 * Deep hashing with the signal-to-noise ratio distance (Yuan et al., CVPR 2019, section 3.4): the triplet loss on codes
 * b = tanh(x) in (-1, 1), with the zero-mean cost, which balances the bits, and a cost of bits that are undecided.
 *
 *   [d(b_a, b_p) - d(b_a, b_n) + margin]_+  +  zeroMeanWeight |sum_k b_k|  +  quantizationWeight mean_k (1 - |b_k|)
 *
 * query [B, D], key [R, D], one bit a dimension; terms as triplet's, and `quantization` [B]. The code of an embedding is the
 * sign of its entries, to be ranked by Hamming distance. The weights are ours: the paper's were not to be had.
 */
export function snrHashing(settings: SnrHashingOptions = {}): Loss {
  const { margin, zeroMeanWeight, quantizationWeight } = options.parse(settings);
  const inner = withZeroMean(triplet({ margin, distance: snr() }), "snr-hashing", zeroMeanWeight);
  return {
    ...inner,
    terms: (input) => {
      const [query, key] = [input.query.tanh(), input.key.tanh()];
      const result = inner.terms({ ...input, query, key });
      const undecided = query.abs().neg().add(1).mean(1).mul(quantizationWeight);
      return { ...result, terms: { ...result.terms, quantization: term("query", undecided) } };
    },
  };
}

export const snrHashingEntry: LossEntry<typeof options> = {
  name: "snr-hashing",
  summary: "triplets of soft binary codes by the signal-to-noise ratio distance",
  paper: "Yuan et al., Signal-to-Noise Ratio: A Robust Distance Metric for Deep Metric Learning, CVPR 2019",
  options,
  accepts: ["classes", "multi-label", "pairs", "triplets", "views"],
  miners: ["triplet-margin", "batch-hard"],
  create: snrHashing,
};
