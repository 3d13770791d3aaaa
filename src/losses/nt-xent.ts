import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import { scaled } from "../registry/index.js";
import { perPositive } from "./combinators.js";
import { log1pSumExpAgainst } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  temperature: z
    .number()
    .positive()
    .default(0.07)
    .describe("divides the similarities; smaller looks at hard negatives"),
  distance: distanceOption(cosine),
});

/** Options of {@link ntXent}. */
export type NtXentOptions = z.input<typeof options>;

/**
 * Normalised temperature-scaled cross entropy, also called InfoNCE (Sohn, NIPS 2016; van den Oord et al., 2018; Chen et
 * al., SimCLR, ICML 2020).
 *
 *   -log( exp(s_ap / T) / (exp(s_ap / T) + sum_n exp(s_an / T)) )
 *
 * query [B, D], key [R, D] -> a term `positive` [B, R], mean over all positive pairs. Other positives of the query are
 * not in the denominator (supcon has them there). SimCLR has temperature 0.1 to 0.5, MoCo 0.07. Distances are negated.
 */
export function ntXent(settings: NtXentOptions = {}): Loss {
  const { temperature, distance } = options.parse(settings);
  return perPositive({ name: "nt-xent", distance }, ({ query, key, negative }) => {
    const s = similarity(distance, query, key).div(temperature);
    return log1pSumExpAgainst(s, s, negative);
  });
}

export const ntXentEntry: LossEntry<typeof options> = {
  name: "nt-xent",
  summary: "each positive pair against all negatives of its query, softmax with temperature (InfoNCE)",
  paper: "Chen et al., A Simple Framework for Contrastive Learning of Visual Representations, ICML 2020",
  options,
  search: { temperature: scaled(0.02, 0.5) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: ntXent,
};
