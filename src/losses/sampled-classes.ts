import { z } from "zod";
import { type Distance, similarity } from "../distances/index.js";
import { constant, type DType, type Parameter, randomTensor, type Tensor } from "../graph/index.js";
import {
  arange,
  equal,
  exp,
  full,
  gather,
  greaterEqual,
  less,
  log,
  logicalAnd,
  logicalNot,
  where,
} from "../ops/index.js";
import { classIndices } from "./classes.js";
import type { LossInput } from "./loss.js";

/** Options of the losses that compare with a sample of the classes. */
export const sampledClassOptions = {
  sampled: z.number().int().positive().default(1024).describe("classes drawn at each step, for the whole batch"),
  sampler: z
    .enum(["uniform", "log-uniform", "batch-first"])
    .default("uniform")
    .describe(
      "all classes alike; rare ones less (labels sorted by falling frequency); or those of the batch, then others",
    ),
};

/** Classes drawn for one step. */
export interface SampledClasses {
  /** int64 [S] */
  readonly index: Tensor;
  /** [S]: how many classes each stands for, so that weighted sums are in expectation those over all classes. */
  readonly weight: Tensor;
}

/** What {@link sampleClasses} needs to know. */
export interface SamplingOptions {
  readonly classes: number;
  readonly sampled: number;
  readonly sampler: "uniform" | "log-uniform" | "batch-first";
  readonly dtype: DType;
}

/**
 * Draws classes anew at each run; all of them when `sampled` is at least `classes`. Log-uniform draws (Zipf's law) are
 * with replacement, the others without. labels int64 [B].
 */
export function sampleClasses({ classes, sampled, sampler, dtype }: SamplingOptions, labels: Tensor): SampledClasses {
  if (sampled >= classes) return { index: arange(classes), weight: full([classes], 1, dtype) };
  if (sampler === "log-uniform") {
    const span = Math.log(classes + 1);
    const share = randomTensor({ kind: "uniform" }, [sampled]);
    const index = exp(share.mul(span))
      .floor()
      .sub(1)
      .clip(0, classes - 1)
      .cast("int64");
    const rank = index.cast(dtype);
    const expected = log(rank.add(2).div(rank.add(1))).mul(sampled / span);
    return { index, weight: expected.reciprocal() };
  }
  const keys = randomTensor({ kind: "uniform" }, [classes]).cast(dtype);
  if (sampler === "uniform") {
    return { index: keys.topK(sampled).indices, weight: full([sampled], classes / sampled, dtype) };
  }
  const known = isClass(labels, classes);
  const seen = full([classes], 0, dtype)
    .scatterAdd(where(known, labels, 0), known.cast(dtype), 0)
    .greater(0)
    .cast(dtype);
  const index = keys.add(seen).topK(sampled).indices;
  const present = seen.sum();
  const ofBatch = present.div(sampled).maximum(1);
  const ofOthers = constant(classes, { dtype }).sub(present).div(constant(sampled, { dtype }).sub(present).maximum(1));
  return { index, weight: where(gather(seen, index).greater(0), ofBatch, ofOthers) };
}

function isClass(labels: Tensor, classes: number): Tensor {
  return logicalAnd(greaterEqual(labels, 0), less(labels, classes));
}

/** Similarities of queries to their own class and to sampled ones. */
export interface SampledScores {
  /** [B]; 0 for labels that are no class. */
  readonly own: Tensor;
  /** [B, S] */
  readonly others: Tensor;
  /** [B, S]: how many classes each entry stands for; 0 for the query's own class, and for queries without a class. */
  readonly weight: Tensor;
  /** [B]: 1 for queries that have a class. */
  readonly known: Tensor;
}

/** Gathers only the rows of class vectors [C, D] that are needed: the queries' own and the sampled ones. */
export function sampledScores(
  input: LossInput,
  weights: Parameter,
  distance: Distance,
  options: SamplingOptions,
  name: string,
): SampledScores {
  const labels = classIndices(input, name);
  const known = isClass(labels, options.classes);
  const ownRows = gather(weights, where(known, labels, 0));
  const paired = distance.paired(input.query, ownRows);
  const { index, weight } = sampleClasses(options, labels);
  const usable = logicalAnd(logicalNot(equal(labels.unsqueeze(1), index)), known.unsqueeze(1));
  return {
    own: where(known, distance.inverted ? paired : paired.neg(), 0),
    others: similarity(distance, input.query, gather(weights, index)),
    weight: where(usable, weight, 0),
    known: known.cast(options.dtype),
  };
}
