import { z } from "zod";
import { lp } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { exp, less, log, logicalAnd, where } from "../ops/index.js";
import { ratio } from "../reducers/index.js";
import { listTriplets, positivesOf } from "./chosen.js";
import { drawColumns } from "./draw.js";
import { rowMax } from "./extrema.js";
import { defineMiner, type Miner, type MinerEntry, type MinerInput } from "./miner.js";

const options = z.strictObject({
  nearest: z.number().positive().default(0.5).describe("smaller distances count as this one, against noise"),
  farthest: z.number().positive().default(1.4).describe("negatives from this distance on are not drawn"),
  fallback: z
    .enum(["uniform", "none"])
    .default("uniform")
    .describe("queries all of whose negatives are too far draw one uniformly, or are left out"),
});

/** Options of {@link distanceWeighted}. */
export type DistanceWeightedOptions = z.input<typeof options>;

/**
 * Distance-weighted sampling (Wu et al., Sampling Matters, ICCV 2017, section 4.1): for each positive pair one negative,
 * drawn in inverse proportion to how often its distance occurs among random points of the unit sphere,
 *
 *   p(n) ~ 1 / q(d),  log q(d) = (D - 2) log d + (D - 3) / 2 log(1 - d^2 / 4),  d = max(|x_a - x_n|, nearest)
 *
 * so that all distances up to `farthest` are equally likely. Embeddings are normalised. The draws are new at each run;
 * {@link negativeProbabilities} has the distribution.
 */
export function distanceWeighted(settings: DistanceWeightedOptions = {}): Miner {
  const parsed = options.parse(settings);
  return defineMiner("distance-weighted", (input) => {
    const probabilities = negativeProbabilities(input, parsed);
    const { index, weight } = positivesOf(input);
    const negative = drawColumns(probabilities, index.shape[1]!);
    const found = probabilities.gatherElements(negative, 1).greater(0);
    return listTriplets(input, { positive: index, negative, weight: where(found, weight, 0) });
  });
}

/** With which probability each key is drawn as a negative of each query [B, R]; rows without candidates are 0. */
export function negativeProbabilities(input: MinerInput, settings: DistanceWeightedOptions = {}): Tensor {
  const { nearest, farthest, fallback } = options.parse(settings);
  const { query, key, negative } = input;
  const dimension = query.shape[1] as number;
  const d = lp().matrix(query, key).maximum(nearest);
  const candidates = where(logicalAnd(less(d, farthest), less(d, 2)), negative, 0);
  const inside = where(candidates.greater(0), d, 1);
  const rarity = log(inside)
    .mul(2 - dimension)
    .sub(log(inside.square().div(-4).add(1)).mul((dimension - 3) / 2));
  // By row: a single pair that is very near would otherwise make all other rows underflow.
  const shifted = rarity.sub(rowMax(rarity, candidates));
  const weights = exp(where(candidates.greater(0), shifted, 0)).mul(candidates);
  const total = weights.sum({ axes: 1, keepAxes: true });
  const drawn = ratio(weights, total);
  if (fallback === "none") return drawn;
  return where(total.greater(0), drawn, ratio(negative, negative.sum({ axes: 1, keepAxes: true })));
}

export const distanceWeightedEntry: MinerEntry<typeof options> = {
  name: "distance-weighted",
  summary: "negatives drawn so that all distances are equally likely",
  paper: "Wu et al., Sampling Matters in Deep Embedding Learning, ICCV 2017",
  options,
  create: distanceWeighted,
};
