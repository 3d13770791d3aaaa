import { z } from "zod";
import { normalize } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { classOptions, classTargets, classVectors } from "./classes.js";
import { perQuery } from "./combinators.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  ...classOptions,
  overClasses: z
    .enum(["half-sum", "mean"])
    .default("half-sum")
    .describe("half the sum over the classes, whose gradient is the published one, or their mean"),
  tangent: z
    .boolean()
    .default(true)
    .describe("class vectors feel only the part of the gradient that turns them, as published"),
});

/** Options of {@link p2sGrad}. */
export type P2sGradOptions = z.input<typeof options>;

/**
 * P2SGrad (Zhang et al., CVPR 2019, eq. 11): gradients (cos theta_c - [c = label]) of each cosine, without softmax,
 * scale or margin. They are those of
 *
 *   1/2 sum_c (cos theta_c - [c = label])^2
 *
 * query [B, D], class vectors [C, D], both normalised -> one value a query [B], mean. pytorch-metric-learning takes the
 * mean over the classes and, normalising the class vectors outside the gradient, does not project theirs:
 * `overClasses: "mean", tangent: false`.
 */
export function p2sGrad(settings: P2sGradOptions): Loss {
  const { classes, dimension, overClasses, tangent, ...rest } = options.parse(settings);
  const weight = classVectors(classes, dimension, rest);
  const factor = overClasses === "mean" ? 1 / classes : 1 / 2;
  const cosines = (query: Tensor) => normalize(query).matmul(unitVectors(weight, tangent).transpose());
  return perQuery({ name: "p2sgrad", parameters: { weight }, classVectors: weight, logits: cosines }, (input) => {
    const targets = classTargets(input, classes, "p2sgrad");
    return cosines(input.query).sub(targets).square().sum(1).mul(factor);
  });
}

/** Rows of length 1; unless `tangent`, with the gradient as if they themselves were the parameter. */
function unitVectors(weight: Tensor, tangent: boolean): Tensor {
  const unit = normalize(weight);
  return tangent ? unit : weight.add(unit.sub(weight).stopGradient());
}

export const p2sGradEntry: LossEntry<typeof options> = {
  name: "p2sgrad",
  summary: "squared error of the cosines to class vectors, whose gradients need no hyper-parameters",
  paper: "Zhang et al., P2SGrad: Refined Gradients for Optimizing Deep Face Models, CVPR 2019",
  options,
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: p2sGrad,
};
