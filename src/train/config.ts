import { z } from "zod";
import { samplers } from "../data/samplers/index.js";
import { SimileError } from "../errors/index.js";
import { losses } from "../losses/index.js";
import { miners } from "../miners/index.js";
import { optimizerSchema, scheduleSchema } from "../optim/index.js";
import { choiceOf } from "./choice.js";
import { backbones } from "./pretrained/backbone.js";

const fraction = z.number().min(0).max(1);

const splitSchema = z.strictObject({
  by: z
    .enum(["auto", "class", "sample", "given"])
    .default("auto")
    .describe(
      "class: test classes are never trained on; sample: items of every class; given: the data's own; auto: given where there is one, else class",
    ),
  test: fraction.default(0.5).describe("share of classes (or items) kept for the test"),
  validation: fraction.default(0.15).describe("share of the remaining classes (or items) kept for validation"),
});

const imageSchema = z.strictObject({
  size: z.number().int().min(8).max(1024).default(48).describe("side of the square the network sees, in pixels"),
  scale: z.tuple([fraction, fraction]).default([0.5, 1]).describe("random resized crop: range of the area kept"),
  ratio: z
    .tuple([z.number().positive(), z.number().positive()])
    .default([3 / 4, 4 / 3])
    .describe("random resized crop: range of width over height"),
  flip: fraction.default(0.5).describe("chance of a horizontal flip"),
  brightness: fraction.default(0.2).describe("colour jitter: largest relative change of brightness"),
  contrast: fraction.default(0.2).describe("colour jitter: largest relative change of contrast"),
  saturation: fraction.default(0.2).describe("colour jitter: largest relative change of saturation"),
  hue: z.number().min(0).max(0.5).default(0.02).describe("colour jitter: largest turn of hue, in full turns"),
  crop: fraction
    .default(1)
    .describe("evaluation: share of the shorter side that the centre crop keeps (ImageNet models: 0.875)"),
  rotation: z.number().min(0).max(180).default(0).describe("largest random rotation, in degrees"),
  channels: z.enum(["rgb", "bgr"]).default("rgb").describe("order of the channels that the network takes"),
  range: z
    .union([z.literal(1), z.literal(255)])
    .default(1)
    .describe("largest value of a channel before mean and deviation: 1 (most models) or 255 (Caffe's and its heirs)"),
  mean: z
    .array(z.number())
    .length(3)
    .optional()
    .describe(
      "subtracted from each of `channels`, in units of `range` (default: ImageNet's, RGB 0.485,0.456,0.406 of 1)",
    ),
  deviation: z
    .array(z.number().positive())
    .length(3)
    .optional()
    .describe("divides each of `channels` after that (default: ImageNet's, RGB 0.229,0.224,0.225 of 1)"),
});

const imagenet = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] };

/** ImageNet's statistics where none are given, in the units and the order that are. */
const completeImageSchema = imageSchema.transform(({ mean, deviation, ...image }) => {
  const usual = (statistics: readonly number[]) => {
    const scaled = statistics.map((value) => value * image.range);
    return image.channels === "rgb" ? scaled : scaled.reverse();
  };
  return { ...image, mean: mean ?? usual(imagenet.mean), deviation: deviation ?? usual(imagenet.deviation) };
});

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

const headSchema = z.strictObject({
  dimension: z
    .number()
    .int()
    .min(1)
    .max(8192)
    .optional()
    .describe("numbers in an embedding (default 128; of vectors as many as they have, up to 1536)"),
  normalize: z.boolean().default(true).describe("make every embedding of length 1"),
  layerNorm: z
    .boolean()
    .default(false)
    .describe("normalise the features before the last layer (Musgrave et al. 2020; Roth et al. 2020)"),
});

const validationSchema = z.strictObject({
  every: z.number().int().min(1).default(100).describe("steps between validations and checkpoints"),
  metric: z
    .enum(["MAP@R", "R@1", "R-Precision", "AUC"])
    .optional()
    .describe("score that chooses the best checkpoint (default MAP@R; with pairs AUC)"),
  patience: z.number().int().min(0).default(0).describe("stop after this many validations without a gain; 0: never"),
});

/** Everything that decides what a training run does; `config.yaml` of a run is this. */
export const configSchema = z.strictObject({
  data: z
    .string()
    .default("demo")
    .describe("folder of class folders, archive, listing, table of vectors, or a name that `simile datasets` lists"),
  labels: z
    .string()
    .optional()
    .describe(
      "vectors: file of their classes (.csv, .jsonl, .npy, .txt), by name where both have names, else by order",
    ),
  columns: z
    .strictObject({
      label: z.string().optional().describe("column of the class (default: label, class, category, ...)"),
      name: z.string().optional().describe("column of the name (default: name, id, custom_id, ...)"),
      vector: z.string().optional().describe("vectors: column or JSON path of the vector (default: embedding, ...)"),
      split: z.string().optional().describe("column of the part: train, validation, test (default: split)"),
      group: z.string().optional().describe("column of the super-class (default: group)"),
      path: z.string().optional().describe("images: column of the path (default: path, file, ...)"),
      ignore: z.array(z.string()).optional().describe("vectors: columns of numbers to leave out"),
    })
    .prefault({}),
  pairs: z
    .string()
    .optional()
    .describe(
      "learn from pairs instead of classes: a CSV, TSV or JSON lines file of two names and, alike or not, a score",
    ),
  pairColumns: z
    .array(z.string())
    .min(2)
    .max(3)
    .optional()
    .describe("columns of the pairs: both names and the score (default: by usual names, else in this order)"),
  pairThreshold: z
    .number()
    .optional()
    .describe("lowest score of an alike pair (default 1 of 0 and 1, else the middle of the scores)"),
  unlistedPairs: z
    .enum(["auto", "ignore", "negatives"])
    .default("auto")
    .describe("items that no pair connects: of unknown likeness, or negatives; auto: negatives if no pair is unlike"),
  seed: z.number().int().min(0).default(1).describe("decides every random choice"),
  steps: z.number().int().min(0).default(600).describe("training steps (batches)"),
  batchSize: z.number().int().min(2).default(96).describe("items in a batch"),
  pieceSize: z
    .number()
    .int()
    .min(1)
    .optional()
    .describe(
      "gradient caching: embed a batch in pieces of this many, for batches larger than memory; divides batchSize",
    ),
  recompute: z
    .boolean()
    .default(false)
    .describe(
      "compute most activations again in the backward pass rather than keep them: less memory for about one more forward pass",
    ),
  groupWeight: fraction
    .default(0)
    .describe(
      "how much another class of the same group counts as a positive (data with a column group); 0: all other classes are negatives",
    ),
  views: z
    .number()
    .int()
    .min(1)
    .max(2)
    .optional()
    .describe(
      "differently augmented pictures of each item in a batch; default 2 for losses that compare views, else 1",
    ),
  split: splitSchema.prefault({}),
  image: completeImageSchema.prefault({}),
  backbone: choiceOf(
    backbones,
    "conv4",
    "network before the embedding (images: default conv4; vectors: default mlp), or the path of an ONNX file",
  ).optional(),
  head: headSchema.prefault({}),
  freeze: z
    .string()
    .refine(isPattern, "expected none, all, stages:N or a regular expression over names of parameters")
    .default("none")
    .describe(
      "parameters kept as they are, with their batch statistics: none, all (of the backbone), stages:N (its first N; stages:-N: all but its last N), or a regular expression over their names",
    ),
  unfreezeEvery: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe("steps after which one more frozen stage learns, the last first (gradual unfreezing); 0: never"),
  backboneMultiplier: z
    .number()
    .positive()
    .default(1)
    .describe("factor on the learning rate of the backbone; pretrained ones like 0.1"),
  loss: choiceOf(losses, "multi-similarity", "what is minimised").prefault("multi-similarity"),
  miner: choiceOf(miners, "multi-similarity", "which pairs or triplets of a batch count").optional(),
  sampler: choiceOf(
    samplers,
    "m-per-class",
    "how batches are drawn (default m-per-class, as many items a class as class sizes and their number allow, up to 4)",
  ).optional(),
  optimizer: optimizerSchema.prefault({}),
  schedule: scheduleSchema.prefault({}),
  average: fraction
    .default(0)
    .describe("decay of an exponential average of the parameters, used for evaluation; 0: none"),
  validation: validationSchema.prefault({}),
  unreadable: fraction.default(0.1).describe("largest share of unreadable files before a run stops"),
  device: z.enum(["cpu", "webgpu", "cuda"]).default("cpu").describe("where the programs run"),
  threads: z.number().int().min(1).optional().describe("threads of one operator; default all cores"),
});

/** A complete configuration. */
export type TrainConfig = z.output<typeof configSchema>;
/** A configuration as users write it: anything may be left out. */
export type TrainOptions = z.input<typeof configSchema>;

/** The score that chooses the best checkpoint. */
export function validationMetric({ validation, pairs }: TrainConfig): string {
  return validation.metric ?? (pairs === undefined ? "MAP@R" : "AUC");
}

/** `options` with every default filled in, or an error naming each wrong key with its path. */
export function parseConfig(options: unknown, where = "configuration"): TrainConfig {
  const parsed = configSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => {
    const path = issue.path.join(".");
    return `${path === "" ? "" : `${path}: `}${issue.message}`;
  });
  throw new SimileError({
    code: "invalid-configuration",
    where,
    expected: "options as `simile train --help` lists them",
    received: problems.join("; "),
    remedy: "correct or remove what is named",
  });
}
