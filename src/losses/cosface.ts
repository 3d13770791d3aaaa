import { z } from "zod";
import { cosine } from "../distances/index.js";
import { between, scaled } from "../registry/index.js";
import { classOptions, classVectors } from "./classes.js";
import { classifierLoss } from "./classifier.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  ...classOptions,
  margin: z.number().default(0.35).describe("subtracted from the cosine to the own class"),
  scale: z.number().positive().default(64).describe("factor on the cosines"),
});

/** Options of {@link cosFace}. */
export type CosFaceOptions = z.input<typeof options>;

/**
 * CosFace, large margin cosine loss (Wang et al., CVPR 2018, eq. 4).
 *
 *   cross entropy of  scale * (cos theta_c - margin [c = label])
 *
 * query [B, D], class vectors [C, D], both normalised -> one value a query [B], mean.
 */
export function cosFace(settings: CosFaceOptions): Loss {
  const { classes, dimension, margin, scale, ...rest } = options.parse(settings);
  const weight = classVectors(classes, dimension, rest);
  return classifierLoss({
    name: "cosface",
    classes,
    parameters: { weight },
    classVectors: weight,
    scores: (query) => cosine().matrix(query, weight),
    scale: () => scale,
    own: (cosines) => cosines.sub(margin),
  });
}

export const cosFaceEntry: LossEntry<typeof options> = {
  name: "cosface",
  summary: "softmax over cosines to class vectors, with a margin subtracted from the own class's cosine",
  paper: "Wang et al., CosFace: Large Margin Cosine Loss for Deep Face Recognition, CVPR 2018",
  options,
  search: { margin: between(0.05, 0.6), scale: scaled(8, 128) },
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: cosFace,
};
