import { z } from "zod";
import { cosine } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { arange, full, gather, oneHot } from "../ops/index.js";
import { addAngularMargin } from "./arcface.js";
import { classOptions, classVectors } from "./classes.js";
import { classifierLoss } from "./classifier.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  ...classOptions,
  centersPerClass: z.number().int().positive().default(3).describe("class vectors of each class"),
  marginRadians: z.number().min(0).max(Math.PI).default(0.5).describe("angle added to that of the own class"),
  scale: z.number().positive().default(64).describe("factor on the cosines"),
});

/** Options of {@link subcenterArcFace}. */
export type SubcenterArcFaceOptions = z.input<typeof options>;

/** Scores of rows of centres, `centersPerClass` consecutive ones a class: [B, C K] as [B, C, K]. */
export function byClass(scores: Tensor, centersPerClass: number): Tensor {
  const [rows, centers] = scores.shape as [Tensor["shape"][number], number];
  return scores.reshape([rows, centers / centersPerClass, centersPerClass]);
}

/**
 * Sub-centre ArcFace (Deng et al., ECCV 2020, eq. 4): ArcFace with several centres a class, of which the nearest counts,
 * so that noisy samples gather around a centre of their own.
 *
 *   cross entropy of  scale * cos(theta_c + margin [c = label]),  cos theta_c = max_k x . w_ck
 *
 * query [B, D], centres [C K, D], those of a class consecutive -> one value a query [B], mean. After a while
 * {@link subcenterOutliers} tells which samples to leave out.
 */
export function subcenterArcFace(settings: SubcenterArcFaceOptions): Loss {
  const { classes, dimension, centersPerClass, marginRadians, scale, ...rest } = options.parse(settings);
  const weight = classVectors(classes * centersPerClass, dimension, rest);
  return classifierLoss({
    name: "subcenter-arcface",
    classes,
    parameters: { weight },
    classVectors: weight,
    scores: (query) => byClass(cosine().matrix(query, weight), centersPerClass).max(2),
    scale: () => scale,
    own: (cosines) => addAngularMargin(cosines, marginRadians),
  });
}

/** Samples that belong to none of the clean data of their class. */
export interface SubcenterOutliers {
  /** bool [N] */
  readonly outlier: Tensor;
  /** [C, D]: of each class the centre that is nearest to most of its samples. */
  readonly dominant: Tensor;
}

/**
 * Samples farther than an angle (default 75 degrees, as published) from the dominant centre of their class: train
 * again without them. embeddings [N, D], labels int64 [N], centres [C K, D] as in {@link subcenterArcFace}.
 */
export function subcenterOutliers(
  embeddings: Tensor,
  labels: Tensor,
  centers: Tensor,
  {
    centersPerClass = 3,
    angleRadians = (75 * Math.PI) / 180,
  }: { readonly centersPerClass?: number; readonly angleRadians?: number } = {},
): SubcenterOutliers {
  const classes = (centers.shape[0] as number) / centersPerClass;
  const own = arange(centersPerClass).unsqueeze(0).add(labels.mul(centersPerClass).unsqueeze(1));
  const cosines = cosine().matrix(embeddings, centers).gatherElements(own, 1);
  const votes = oneHot(cosines.argMax(1), centersPerClass, centers.dtype);
  const counts = full([classes, centersPerClass], 0, centers.dtype).scatterRows(labels, votes);
  const dominant = gather(centers, counts.argMax(1).add(arange(classes).mul(centersPerClass)));
  return {
    outlier: cosine().paired(embeddings, gather(dominant, labels)).less(Math.cos(angleRadians)),
    dominant,
  };
}

export const subcenterArcFaceEntry: LossEntry<typeof options> = {
  name: "subcenter-arcface",
  summary: "ArcFace with several centres a class, of which the nearest counts",
  paper: "Deng et al., Sub-center ArcFace: Boosting Face Recognition by Large-scale Noisy Web Faces, ECCV 2020",
  options,
  accepts: ["classes", "multi-label"],
  ownsClasses: true,
  create: subcenterArcFace,
};
