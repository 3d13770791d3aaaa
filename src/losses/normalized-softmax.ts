import { z } from "zod";
import { cosine, distanceOption, normalize, similarity } from "../distances/index.js";
import { scaled } from "../registry/index.js";
import { classOptions, classVectors } from "./classes.js";
import { classifierLoss } from "./classifier.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  ...classOptions,
  temperature: z.number().positive().default(0.05).describe("what the similarities are divided by"),
  normOrder: z.number().min(1).default(2).describe("order of the norm that class vectors are divided by"),
  distance: distanceOption(cosine, "distance between embeddings and normalised class vectors"),
});

/** Options of {@link normalizedSoftmax}. */
export type NormalizedSoftmaxOptions = z.input<typeof options>;

/**
 * Normalised softmax (Zhai and Wu, Classification is a Strong Baseline for Deep Metric Learning, BMVC 2019; NormFace,
 * Wang et al., 2017).
 *
 *   cross entropy of  s(x, w_c / |w_c|) / temperature
 *
 * query [B, D], class vectors [C, D] -> one value a query [B], mean. Distances are negated.
 */
export function normalizedSoftmax(settings: NormalizedSoftmaxOptions): Loss {
  const { classes, dimension, temperature, normOrder, distance, ...rest } = options.parse(settings);
  const weight = classVectors(classes, dimension, rest);
  return classifierLoss({
    name: "normalized-softmax",
    distance,
    classes,
    parameters: { weight },
    classVectors: weight,
    scores: (query) => similarity(distance, query, normalize(weight, normOrder)),
    scale: () => 1 / temperature,
  });
}

export const normalizedSoftmaxEntry: LossEntry<typeof options> = {
  name: "normalized-softmax",
  summary: "softmax over cosines to class vectors, with a temperature",
  paper: "Zhai and Wu, Classification is a Strong Baseline for Deep Metric Learning, BMVC 2019",
  options,
  search: { temperature: scaled(0.01, 0.3) },
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: normalizedSoftmax,
};
