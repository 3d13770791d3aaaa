import { z } from "zod";
import { cosine } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { where } from "../ops/index.js";
import { between, scaled } from "../registry/index.js";
import { classOptions, classVectors } from "./classes.js";
import { classifierLoss } from "./classifier.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  ...classOptions,
  marginRadians: z.number().min(0).max(Math.PI).default(0.5).describe("angle added to that of the own class"),
  scale: z.number().positive().default(64).describe("factor on the cosines"),
});

/** Options of {@link arcFace}. */
export type ArcFaceOptions = z.input<typeof options>;

/**
 * Cosine of an angle plus a margin, from the cosine: cos(theta + m) = cos theta cos m - sin theta sin m. Beyond
 * pi - m, where the sum would turn round, cos theta - m sin m, which goes on falling.
 */
export function addAngularMargin(cosines: Tensor, marginRadians: number): Tensor {
  const inside = cosines.clip(-1, 1);
  const sines = inside.square().neg().add(1).maximum(0).sqrt();
  const turned = inside.mul(Math.cos(marginRadians)).sub(sines.mul(Math.sin(marginRadians)));
  const beyond = inside.sub(marginRadians * Math.sin(marginRadians));
  return where(inside.greaterEqual(-Math.cos(marginRadians)), turned, beyond);
}

/**
 * ArcFace, additive angular margin softmax (Deng et al., CVPR 2019, eq. 3).
 *
 *   cross entropy of  scale * cos(theta_c + margin [c = label])
 *
 * query [B, D], class vectors [C, D], both normalised -> one value a query [B], mean. Where theta exceeds pi - margin
 * the authors' code uses cos theta - margin sin margin instead; so does this.
 */
export function arcFace(settings: ArcFaceOptions): Loss {
  const { classes, dimension, marginRadians, scale, ...rest } = options.parse(settings);
  const weight = classVectors(classes, dimension, rest);
  return classifierLoss({
    name: "arcface",
    classes,
    parameters: { weight },
    classVectors: weight,
    scores: (query) => cosine().matrix(query, weight),
    scale: () => scale,
    own: (cosines) => addAngularMargin(cosines, marginRadians),
  });
}

export const arcFaceEntry: LossEntry<typeof options> = {
  name: "arcface",
  summary: "softmax over angles to class vectors, with a margin added to the own class's angle",
  paper: "Deng et al., ArcFace: Additive Angular Margin Loss for Deep Face Recognition, CVPR 2019",
  options,
  search: { marginRadians: between(0.05, 0.8), scale: scaled(8, 128) },
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: arcFace,
};
