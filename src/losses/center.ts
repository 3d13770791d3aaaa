import { z } from "zod";
import { Parameter, type Tensor } from "../graph/index.js";
import { full, gather, greaterEqual, less, logicalAnd, matmul, where } from "../ops/index.js";
import { term } from "../reducers/index.js";
import { classIndices, classOptions, classTargets, classVectors, crossEntropy } from "./classes.js";
import { weighByQuery } from "./combinators.js";
import type { Loss, LossEntry, LossInput } from "./loss.js";

const options = z.strictObject({
  ...classOptions,
  weight: z.number().min(0).default(0.003).describe("lambda: factor on the squared distances to the centres"),
  centerRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe("alpha: how far a centre moves to the mean of its samples"),
  softmax: z.boolean().default(true).describe("add the softmax loss of a linear classifier, as published"),
});

/** Options of {@link center}. */
export type CenterOptions = z.input<typeof options>;

/**
 * Centre loss (Wen et al., ECCV 2016, eq. 5): a linear softmax classifier, and every embedding near its class's centre.
 *
 *   cross entropy of w_c . x  +  weight / 2 |x - center_y|^2
 *
 * query [B, D] raw, class labels -> terms `softmax` and `center` [B], means. Centres [C, D] are no trained parameters: at
 * each step those of the classes in the batch move by centerRate * sum(x - center) / (1 + n), n their samples. Alone
 * (`softmax: false`) the second term does not keep classes apart: add it to another loss.
 */
export function center(settings: CenterOptions): Loss {
  const { classes, dimension, weight, centerRate, softmax, dtype, learningRateMultiplier } = options.parse(settings);
  const centers = new Parameter([classes, dimension], {
    initializer: (shape) => new Float64Array(shape.reduce((a, b) => a * b, 1)),
    dtype,
    trainable: false,
  });
  const classifier = softmax ? classVectors(classes, dimension, { dtype, learningRateMultiplier }) : undefined;
  const logits = classifier && ((query: Tensor) => matmul(query, classifier.transpose()));
  return {
    name: "center",
    parameters: { ...(classifier && { weight: classifier }), centers },
    classVectors: classifier ?? centers,
    logits,
    reducer: {},
    terms: (input) => {
      const own = ownRows(input, centers);
      const squares = input.query.sub(own.rows).square().sum(1);
      const values = weighByQuery(squares.mul(weight / 2), input);
      return {
        terms: {
          ...(logits && { softmax: term("query", weighByQuery(softmaxValues(logits, input, classes), input)) }),
          center: term("query", where(own.known, values, 0), { weight: own.known.cast(values.dtype) }),
        },
        updates: new Map([[centers, moved(centers, own, input.query, centerRate)]]),
      };
    },
  };
}

function softmaxValues(logits: (query: Tensor) => Tensor, input: LossInput, classes: number): Tensor {
  return crossEntropy(logits(input.query), classTargets(input, classes, "center"));
}

/** The centres of the queries. */
interface OwnCenters {
  /** int64 [B]; 0 for labels that are no class. */
  readonly index: Tensor;
  /** bool [B] */
  readonly known: Tensor;
  /** [B, D] */
  readonly rows: Tensor;
}

function ownRows(input: LossInput, centers: Parameter): OwnCenters {
  const labels = classIndices(input, "center");
  const known = logicalAnd(greaterEqual(labels, 0), less(labels, centers.shape[0]!));
  const index = where(known, labels, 0);
  return { index, known, rows: gather(centers, index) };
}

function moved(centers: Parameter, { index, known, rows }: OwnCenters, query: Tensor, rate: number): Tensor {
  const counted = known.cast(query.dtype).unsqueeze(1);
  const none = full(centers.shape, 0, query.dtype);
  const towards = none.scatterRows(index, query.sub(rows).mul(counted).stopGradient());
  const counts = full([centers.shape[0]!, 1], 0, query.dtype).scatterRows(index, counted);
  return centers.add(towards.mul(rate).div(counts.add(1)));
}

export const centerEntry: LossEntry<typeof options> = {
  name: "center",
  summary: "a softmax classifier, and every embedding near the moving centre of its class",
  paper: "Wen et al., A Discriminative Feature Learning Approach for Deep Face Recognition, ECCV 2016",
  options,
  accepts: ["classes"],
  ownsClasses: true,
  create: center,
};
