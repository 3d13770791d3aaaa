import { z } from "zod";
import { normalize, squaredEuclidean } from "../distances/index.js";
import { type Dim, multiplyDims, type Tensor } from "../graph/index.js";
import { gather, where } from "../ops/index.js";
import { tripletSlots } from "../relations/index.js";
import { slotTriplets } from "./chosen.js";
import { defineMiner, type Miner, type MinerEntry } from "./miner.js";

const options = z.strictObject({
  angleRadians: z
    .number()
    .positive()
    .lt(Math.PI / 2)
    .default((20 * Math.PI) / 180)
    .describe("triplets whose angle at the negative is larger are kept"),
  normalize: z.boolean().default(false).describe("divide the embeddings by their norm first"),
});

/** Options of {@link angularMiner}. */
export type AngularMinerOptions = z.input<typeof options>;

/**
 * Triplets by the angle at the negative in the sense of the angular loss (Wang et al., ICCV 2017, eq. 3): those where
 *
 *   tan angle = |x_a - x_p| / (2 |x_n - c|),  c = (x_a + x_p) / 2,  exceeds that of `angleRadians` (default 20 degrees).
 *
 * Raw embeddings, as published and in pytorch-metric-learning. Needs the relation's positivesPerQuery.
 */
export function angularMiner(settings: AngularMinerOptions = {}): Miner {
  const { angleRadians, normalize: unit } = options.parse(settings);
  const slope = Math.tan(angleRadians) ** 2;
  return defineMiner("angular", (input) => {
    const [query, key] = unit ? [normalize(input.query), normalize(input.key)] : [input.query, input.key];
    const { positive, weight } = tripletSlots({ ...input, triplets: undefined });
    const negatives = squaredEuclidean(query, key).unsqueeze(1);
    const positives = squaredEuclidean(query, key).gatherElements(positive, 1).unsqueeze(2);
    // |x_n - c|^2 from the three sides of the triangle (length of a median).
    const toCentre = negatives.add(fromPositives(key, positive)).mul(2).sub(positives);
    return slotTriplets(positive, where(positives.greater(toCentre.mul(slope)), weight, 0));
  });
}

/** Squared distances of each slot's positive from all keys: [B, m, R]. */
function fromPositives(key: Tensor, slots: Tensor): Tensor {
  const [rows, count] = slots.shape as readonly [Dim, Dim];
  const positives = gather(key, slots.reshape([multiplyDims(rows, count)]));
  return squaredEuclidean(positives, key).reshape([rows, count, key.shape[0]!]);
}

export const angularMinerEntry: MinerEntry<typeof options> = {
  name: "angular",
  summary: "triplets with a large angle at the negative",
  paper: "Wang et al., Deep Metric Learning with Angular Loss, ICCV 2017",
  options,
  create: angularMiner,
};
