import type { Distance } from "../distances/index.js";
import type { ParameterTree, Tensor } from "../graph/index.js";
import { type Operand, where } from "../ops/index.js";
import { classTargets, crossEntropy } from "./classes.js";
import { perQuery } from "./combinators.js";
import type { Loss } from "./loss.js";

/** A softmax classifier whose own class may be made harder to win. */
export interface Classifier {
  readonly name: string;
  /** What measures the scores, where they are distances. */
  readonly distance?: Distance;
  readonly classes: number;
  readonly parameters: ParameterTree;
  /** Class vectors as rows, for regularizers. */
  readonly classVectors: Tensor;
  /** Score of each class [B, C], such as its cosine. */
  scores(query: Tensor): Tensor;
  /** Factor on the scores: a number, [B, 1] or [B, C]. Default 1. */
  scale?(query: Tensor): Operand;
  /** What the score of the own class becomes, element by element. Default: it stays. */
  own?(scores: Tensor): Tensor;
}

/** Cross entropy of a classifier: one value a query [B], mean. */
export function classifierLoss({ classes, scores, own, scale: factor, ...definition }: Classifier): Loss {
  const scale = (x: Tensor, query: Tensor) => (factor ? x.mul(factor(query)) : x);
  const logits = (query: Tensor) => scale(scores(query), query);
  return perQuery({ ...definition, logits }, (input) => {
    const targets = classTargets(input, classes, definition.name);
    const plain = scores(input.query);
    const hardened = own ? harden(plain, own, targets, input.labels!) : plain;
    return crossEntropy(scale(hardened, input.query), targets);
  });
}

/** Scores [B, C] with `own` of those of the own classes. */
function harden(scores: Tensor, own: (scores: Tensor) => Tensor, targets: Tensor, labels: Tensor): Tensor {
  if (labels.dtype !== "int64") return where(targets.greater(0), own(scores), scores);
  // One class a query: the margin need be worked out for one score a query only.
  const before = scores.mul(targets).sum({ axes: 1, keepAxes: true });
  return scores.add(targets.mul(own(before).sub(before)));
}
