import { z } from "zod";
import { cosine } from "../distances/index.js";
import { scaled } from "../registry/index.js";
import { classOptions, classVectors } from "./classes.js";
import { classifierLoss } from "./classifier.js";
import type { Loss, LossEntry } from "./loss.js";
import { annealed, multipliedAngleOptions, multiplyAngle } from "./multiplied-angle.js";

const options = z.strictObject({
  ...classOptions,
  ...multipliedAngleOptions,
  scale: z.number().positive().default(1).describe("factor on the logits beside the length of the embedding"),
});

/** Options of {@link sphereFace}. */
export type SphereFaceOptions = z.input<typeof options>;

/**
 * SphereFace, angular softmax (Liu et al., CVPR 2017, eq. 7): the angle to the own class counts `margin` times.
 *
 *   cross entropy of  scale |x| cos theta_c,  and  scale |x| psi(theta)  for the own class,
 *   psi(theta) = (-1)^k cos(m theta) - 2 k  on [k pi / m, (k + 1) pi / m]
 *
 * query [B, D] raw, class vectors [C, D] normalised -> one value a query [B], mean. As in the authors' code psi is mixed
 * with the plain cosine, (lambda cos theta + psi) / (1 + lambda), lambda = max(5, 1000 / (1 + 0.12 steps)); without
 * `annealing` (pytorch-metric-learning) training seldom gets off the ground.
 */
export function sphereFace(settings: SphereFaceOptions): Loss {
  const { classes, dimension, margin, scale, dtype, learningRateMultiplier, ...schedule } = options.parse(settings);
  const weight = classVectors(classes, dimension, { dtype, learningRateMultiplier });
  const { mix, count } = annealed(schedule, dtype);
  return count(
    classifierLoss({
      name: "sphereface",
      classes,
      parameters: { weight },
      classVectors: weight,
      scores: (query) => cosine().matrix(query, weight),
      scale: (query) => query.norm({ axes: 1, keepAxes: true }).mul(scale),
      own: (cosines) => mix(cosines, multiplyAngle(cosines, margin)),
    }),
  );
}

export const sphereFaceEntry: LossEntry<typeof options> = {
  name: "sphereface",
  summary: "softmax whose angle to the own class counts several times",
  paper: "Liu et al., SphereFace: Deep Hypersphere Embedding for Face Recognition, CVPR 2017",
  options,
  search: { scale: scaled(0.5, 16) },
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: sphereFace,
};
