import { z } from "zod";
import { SimileError } from "../errors/index.js";
import { type DType, type Initializer, Parameter, type Tensor } from "../graph/index.js";
import { oneHot } from "../ops/index.js";
import type { LossInput } from "./loss.js";

/** Options of every loss that owns class parameters. The command line fills in both numbers. */
export const classOptions = {
  classes: z.number().int().positive().describe("number of classes in the training set"),
  dimension: z.number().int().positive().describe("dimension of the embedding"),
  dtype: z.enum(["float32", "float64"]).default("float32").describe("element type of the embedding"),
  learningRateMultiplier: z.number().min(0).default(1).describe("factor on the learning rate of the class vectors"),
};

/** Standard normal rows of about unit length. */
const unitRows: Initializer = (shape, random) => {
  const scale = 1 / Math.sqrt(shape[shape.length - 1]!);
  return Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() * scale);
};

/** A parameter of class vectors as rows, [classes (times centres), dimension], normally distributed around unit length. */
export function classVectors(
  rows: number,
  dimension: number,
  settings: { readonly dtype?: DType; readonly learningRateMultiplier?: number } = {},
): Parameter {
  return new Parameter([rows, dimension], { initializer: unitRows, weightDecay: false, ...settings });
}

/**
 * Classes of the queries as weights [B, classes] in the element type of the queries: one-hot, or the rows given for
 * several labels at a time. A label outside 0 .. classes - 1 gives a row of zeros: the query has no class.
 */
export function classTargets({ labels, query }: LossInput, classes: number, where: string): Tensor {
  if (labels === undefined) {
    throw new SimileError({
      code: "labels-missing",
      where,
      expected: "class labels of the queries",
      received: "a relation without labels",
      remedy: "use a relation made from class labels, or a loss without class parameters",
    });
  }
  return labels.dtype === "int64" ? oneHot(labels, classes, query.dtype) : labels.cast(query.dtype);
}

/** The one class of each query, int64 [B]. */
export function classIndices({ labels }: LossInput, where: string): Tensor {
  if (labels?.dtype === "int64" && labels.rank === 1) return labels;
  throw new SimileError({
    code: "labels-missing",
    where,
    expected: "one class label for each query",
    received: labels === undefined ? "a relation without labels" : `labels ${labels}`,
    remedy: "use a relation made from class labels, or a loss of pairs",
  });
}

/** Cross entropy of logits [B, C] against target weights [B, C] (rows need not sum to 1; a zero row gives 0). [B] */
export function crossEntropy(logits: Tensor, targets: Tensor): Tensor {
  const total = targets.sum(1);
  const picked = logits.logSoftmax(1).mul(targets).sum(1);
  return picked.neg().div(total.maximum(1e-12));
}
