import { z } from "zod";
import { cosine, dissimilarity, distanceOption, normalize } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import { randomTensor, Tensor } from "../graph/index.js";
import {
  arange,
  equal,
  full,
  gather,
  log,
  logicalAnd,
  logicalNot,
  lowerTriangle,
  matmul,
  where,
} from "../ops/index.js";
import { smallestOf } from "./extrema.js";
import { defineMiner, type Miner, type MinerEntry, type MinerInput } from "./miner.js";

const options = z.strictObject({
  hardClasses: z.number().int().positive().default(3).describe("classes that each query takes a negative of"),
  temperature: z
    .number()
    .min(0)
    .default(0.1)
    .describe("how much chance has a say: classes are drawn by softmax of similarity / temperature; 0: the nearest"),
  signatures: z
    .instanceof(Tensor)
    .optional()
    .describe("a vector of each class [C, D], such as those of a loss; default the class means of the batch"),
  distance: distanceOption(cosine, "distance between embeddings, and between embeddings and class vectors"),
});

/** Options of {@link hardClasses}. */
export type HardClassesOptions = z.input<typeof options>;

/**
 * Stochastic class-based hard example mining (Suh et al., CVPR 2019): each query draws a few classes near it by their
 * signature vectors, without replacement, and takes of each the nearest sample as a negative. Positives stay. Published
 * with the class vectors of a softmax loss as signatures, trained beside the triplet loss: build both losses and pass
 * `signatures: softmax.classVectors`. Needs class labels.
 */
export function hardClasses(settings: HardClassesOptions = {}): Miner {
  const { hardClasses: count, temperature, signatures, distance } = options.parse(settings);
  return defineMiner("hard-classes", (input) => {
    const { labels, keyLabels } = checkedLabels(input);
    const known = signatures ? givenSignatures(signatures, labels, keyLabels) : batchMeans(input, labels);
    const nearness = dissimilarity(distance, input.query, known.vectors).neg();
    const drawn = temperature === 0 ? nearness : nearness.div(temperature).add(gumbel(nearness));
    const width = known.usable.shape[1];
    const most = typeof width === "number" ? Math.min(count, width) : count;
    const { values, indices } = where(known.usable, drawn, Number.NEGATIVE_INFINITY).topK(most);
    const classes = gather(known.classes, indices);
    const d = dissimilarity(distance, input.query, input.key);
    let selected = input.negative.mul(0);
    for (let k = 0; k < most; k++) {
      const column = (x: Tensor) => x.slice({ axis: 1, start: k, end: k + 1 });
      const found = column(values).greater(Number.NEGATIVE_INFINITY);
      const inClass = logicalAnd(found, equal(column(classes), keyLabels));
      selected = selected.add(smallestOf(d, where(inClass, input.negative, 0)).selected);
    }
    return { negative: selected.mul(input.negative), triplets: undefined };
  });
}

function checkedLabels({ labels, keyLabels }: MinerInput): { labels: Tensor; keyLabels: Tensor } {
  if (labels?.dtype === "int64" && labels.rank === 1 && keyLabels?.dtype === "int64") return { labels, keyLabels };
  throw new SimileError({
    code: "labels-missing",
    where: "hard-classes",
    expected: "one class label for each query and key",
    received: labels === undefined ? "a relation without labels" : `labels ${labels}`,
    remedy: "use a relation made from class labels",
  });
}

/** Vectors of classes. */
interface Signatures {
  /** [S, D] */
  readonly vectors: Tensor;
  /** int64 [S]: whose they are. */
  readonly classes: Tensor;
  /** bool [B, S]: whether the query may draw that class. */
  readonly usable: Tensor;
}

function givenSignatures(vectors: Tensor, labels: Tensor, keyLabels: Tensor): Signatures {
  const classes = arange(vectors.shape[0]!);
  const inRange = logicalAnd(keyLabels.greaterEqual(0), keyLabels.less(vectors.shape[0] as number));
  const present = full([vectors.shape[0]!], 0, "int64").scatterAdd(
    where(inRange, keyLabels, 0),
    inRange.cast("int64"),
    0,
  );
  const others = logicalNot(equal(labels.unsqueeze(1), classes));
  return { vectors: vectors.stopGradient(), classes, usable: logicalAnd(others, present.greater(0)) };
}

/** Class means of the normalised batch, at the first sample of each class. */
function batchMeans({ query, keysAreQueries }: MinerInput, labels: Tensor): Signatures {
  if (!keysAreQueries) {
    throw new SimileError({
      code: "separate-keys",
      where: "hard-classes",
      expected: "signatures of the classes, for keys that are not the queries",
      received: "none",
      remedy: "pass the class vectors of a loss as signatures, or mine within the batch",
    });
  }
  const same = equal(labels.unsqueeze(1), labels);
  const members = same.cast(query.dtype);
  const sums = matmul(members, normalize(query));
  const earlier = logicalAnd(same, logicalNot(lowerTriangle(labels.shape[0]!)).transpose());
  const isFirst = earlier.cast(query.dtype).max(1).equal(0);
  return {
    vectors: sums.div(members.sum({ axes: 1, keepAxes: true })),
    classes: labels,
    usable: logicalAnd(logicalNot(same), isFirst.unsqueeze(0)),
  };
}

/** Noise that makes the largest of noisy logits a draw by softmax. */
function gumbel(like: Tensor): Tensor {
  const share = randomTensor({ kind: "uniform" }, like.shape).cast(like.dtype);
  return log(log(share.maximum(1e-12)).neg().maximum(1e-12)).neg();
}

export const hardClassesEntry: MinerEntry<typeof options> = {
  name: "hard-classes",
  summary: "nearest negatives of a few classes drawn near each query (stochastic class-based mining)",
  paper: "Suh et al., Stochastic Class-based Hard Example Mining for Deep Metric Learning, CVPR 2019",
  options,
  create: hardClasses,
};
