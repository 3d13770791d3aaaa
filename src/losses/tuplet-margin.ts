import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { between, scaled } from "../registry/index.js";
import { perPositive } from "./combinators.js";
import { log1pSumExpAgainst } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  marginRadians: z.number().min(0).max(Math.PI).default(0.1).describe("slack taken off the angle of a positive pair"),
  scale: z.number().positive().default(64).describe("factor on the cosines"),
  distance: distanceOption(cosine, "cosine similarity of embeddings"),
});

/** Options of {@link tupletMargin}. */
export type TupletMarginOptions = z.input<typeof options>;

/** cos(theta - angle) from cos(theta). */
function turnedBack(cosines: Tensor, angle: number): Tensor {
  const inside = cosines.clip(-1, 1);
  const sines = inside.square().neg().add(1).sqrt();
  return inside.mul(Math.cos(angle)).add(sines.mul(Math.sin(angle)));
}

/**
 * Tuplet margin loss (Yu and Tao, ICCV 2019, eq. 5).
 *
 *   log( 1 + sum_n exp( scale ( cos theta_an - cos(theta_ap - margin) ) ) )
 *
 * query [B, D], key [R, D] -> a term `positive` [B, R], mean over all positive pairs. The slack keeps the hardest
 * positives, often mislabelled, from dominating. Its paper adds half the intra-pair variance loss. The derivative grows
 * without bound as a positive's cosine approaches 1, and is taken as that of the cosine alone at 1.
 */
export function tupletMargin(settings: TupletMarginOptions = {}): Loss {
  const { marginRadians, scale, distance } = options.parse(settings);
  return perPositive({ name: "tuplet-margin", distance }, ({ query, key, negative }) => {
    const cosines = similarity(distance, query, key);
    return log1pSumExpAgainst(turnedBack(cosines, marginRadians).mul(scale), cosines.mul(scale), negative);
  });
}

export const tupletMarginEntry: LossEntry<typeof options> = {
  name: "tuplet-margin",
  summary: "each positive pair, with a slack on its angle, against all negatives of its query",
  paper: "Yu and Tao, Deep Metric Learning with Tuplet Margin Loss, ICCV 2019",
  options,
  search: { marginRadians: between(0.01, 0.3), scale: scaled(8, 128) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: tupletMargin,
};
