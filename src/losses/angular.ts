import { z } from "zod";
import { normalize } from "../distances/index.js";
import type { Dim, Tensor } from "../graph/index.js";
import { exp, gather, log, matmul, where, zerosLike } from "../ops/index.js";
import { between } from "../registry/index.js";
import { positiveSlots } from "../relations/index.js";
import { perPositive, whenAny } from "./combinators.js";
import { log1pSumExp } from "./exponentials.js";
import type { Loss, LossEntry, LossInput } from "./loss.js";

const options = z.strictObject({
  angleRadians: z
    .number()
    .positive()
    .lt(Math.PI / 2)
    .default(Math.PI / 4)
    .describe("largest angle at the negative (alpha)"),
  normalize: z
    .enum(["all", "pairs", "none"])
    .default("all")
    .describe("which vectors are normalised; pairs: queries and positives only, as in pytorch-metric-learning"),
});

/** Options of {@link angular}. */
export type AngularOptions = z.input<typeof options>;

/** Beyond this factor on the cosines the product of two exponentials could leave the range of float32. */
const LARGEST_FACTOR = 20;

/**
 * Angular loss (Wang et al., ICCV 2017, eq. 8).
 *
 *   log( 1 + sum_n exp( 4 t (x_a + x_p) . x_n  -  2 (1 + t) x_a . x_p ) ),  t = tan^2(angle)
 *
 * query [B, D], key [R, D] -> a term `positive` [B, R], mean over all positive pairs. The paper drops terms that are
 * constant for vectors of unit length, so all are normalised; it adds twice this loss to the N-pair loss. Keys apart from
 * the queries, angles above 65 degrees and vectors that are not normalised need the relation's positivesPerQuery.
 */
export function angular(settings: AngularOptions = {}): Loss {
  const { angleRadians, normalize: which } = options.parse(settings);
  const t = Math.tan(angleRadians) ** 2;
  return perPositive({ name: "angular" }, (input) => {
    const pairs = (x: Tensor) => (which === "none" ? x : normalize(x));
    const negatives = which === "all" ? normalize(input.key) : input.key;
    const given: Operands = { ...input, query: pairs(input.query), key: pairs(input.key), negatives, t };
    const separable = which === "all" && input.keysAreQueries && 4 * t <= LARGEST_FACTOR;
    return whenAny(input.negative, separable ? byProduct(given) : bySlots(given));
  });
}

/** Prepared vectors: queries and keys as anchors and positives, keys as negatives. */
interface Operands extends LossInput {
  readonly negatives: Tensor;
  readonly t: number;
}

/** All pairs at once: exp((x_a + x_p) . x_n) is a product, so the sum over n is a matrix product. */
function byProduct({ query, key, negatives, negative, t }: Operands): Tensor {
  const scaled = (x: Tensor) =>
    exp(
      matmul(x, negatives.transpose())
        .sub(1)
        .mul(4 * t),
    );
  const sums = matmul(scaled(query).mul(negative), scaled(key).transpose());
  const some = sums.greater(0);
  const opposed = matmul(query, key.transpose()).mul(-2 * (1 + t));
  return where(
    some,
    log(where(some, sums, 1))
      .add(8 * t)
      .add(opposed)
      .softplus(),
    0,
  );
}

/** Positive by positive of each query. */
function bySlots(operands: Operands): Tensor {
  const { query, key, negatives, negative, t } = operands;
  const { indices } = positiveSlots(operands);
  const [rows, slots] = indices.shape as [Dim, Dim];
  const positives = gather(key, indices);
  const anchors = query.unsqueeze(1);
  const sums = matmul(anchors.add(positives), negatives.transpose()).mul(4 * t);
  const opposed = anchors
    .mul(positives)
    .sum({ axes: 2, keepAxes: true })
    .mul(2 * (1 + t));
  const values = log1pSumExp(sums.sub(opposed), negative.unsqueeze(1).expand([rows, slots, key.shape[0] as Dim]));
  return zerosLike(operands.positive).scatterAdd(indices, values, 1);
}

export const angularEntry: LossEntry<typeof options> = {
  name: "angular",
  summary: "bounds the angle at the negative of each triplet",
  paper: "Wang et al., Deep Metric Learning with Angular Loss, ICCV 2017",
  options,
  search: { angleRadians: between(0.5, 0.95) },
  accepts: ["classes", "multi-label", "pairs", "triplets", "views", "memory"],
  create: angular,
};
