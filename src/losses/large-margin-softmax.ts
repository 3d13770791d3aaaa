import { z } from "zod";
import { cosine } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { matmul } from "../ops/index.js";
import { classOptions, classVectors } from "./classes.js";
import { classifierLoss } from "./classifier.js";
import type { Loss, LossEntry } from "./loss.js";
import { annealed, multipliedAngleOptions, multiplyAngle } from "./multiplied-angle.js";

const options = z.strictObject({
  ...classOptions,
  ...multipliedAngleOptions,
  scale: z.number().positive().default(1).describe("factor on the logits beside the lengths of the vectors"),
});

/** Options of {@link largeMarginSoftmax}. */
export type LargeMarginSoftmaxOptions = z.input<typeof options>;

/**
 * Large-margin softmax (Liu et al., ICML 2016, eq. 4 to 6): a linear classifier w_c . x whose angle to the own class
 * counts `margin` times.
 *
 *   cross entropy of  scale |w_c| |x| cos theta_c,  and  scale |w_y| |x| psi(theta)  for the own class
 *
 * with psi as in SphereFace. query [B, D] and class vectors [C, D], both raw -> one value a query [B], mean. psi is
 * mixed with the plain cosine as in SphereFace unless `annealing` is false (pytorch-metric-learning).
 */
export function largeMarginSoftmax(settings: LargeMarginSoftmaxOptions): Loss {
  const { classes, dimension, margin, scale, dtype, learningRateMultiplier, ...schedule } = options.parse(settings);
  const weight = classVectors(classes, dimension, { dtype, learningRateMultiplier });
  const { mix, count } = annealed(schedule, dtype);
  const lengths = (x: Tensor) => x.norm({ axes: 1, keepAxes: true });
  return count(
    classifierLoss({
      name: "large-margin-softmax",
      classes,
      parameters: { weight },
      classVectors: weight,
      scores: (query) => cosine().matrix(query, weight),
      scale: (query) => matmul(lengths(query), lengths(weight).transpose()).mul(scale),
      own: (cosines) => mix(cosines, multiplyAngle(cosines, margin)),
    }),
  );
}

export const largeMarginSoftmaxEntry: LossEntry<typeof options> = {
  name: "large-margin-softmax",
  summary: "linear classifier whose angle to the own class counts several times",
  paper: "Liu et al., Large-Margin Softmax Loss for Convolutional Neural Networks, ICML 2016",
  options,
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: largeMarginSoftmax,
};
