import { z } from "zod";
import { squaredEuclidean } from "../distances/index.js";
import type { Dim, Tensor } from "../graph/index.js";
import { dimension, eye, matmul } from "../ops/index.js";
import { ratio, type Term, term } from "../reducers/index.js";
import { defineLoss, scalarTerm, weighByQuery } from "./combinators.js";
import type { Loss, LossEntry, LossInput } from "./loss.js";

const options = z.strictObject({
  invariance: z.number().min(0).default(25).describe("weight of the squared distance of positives"),
  variance: z.number().min(0).default(25).describe("weight of the hinge on each dimension's standard deviation"),
  covariance: z
    .number()
    .min(0)
    .default(1)
    .describe(
      "weight of the squared covariances of different dimensions; published for 8192 dimensions, so for D give 8192 / D",
    ),
  epsilon: z.number().positive().default(1e-4).describe("added to variances before the root"),
});

/** Options of {@link vicReg}. */
export type VicRegOptions = z.input<typeof options>;

/**
 * VICReg (Bardes, Ponce, LeCun, ICLR 2022): two views alike, every dimension spread, dimensions uncorrelated.
 *
 *   invariance |x - y|^2 / D  +  variance 1/2 mean_d [1 - sqrt(var_d + epsilon)]_+  +  covariance sum_{i != j} C_ij^2 / D
 *
 * the last two for either view. query [B, D] and key [R, D] are the views, raw; the relation says which keys are views of a
 * query (the mean over several counts). Terms `invariance` [B], `queryVariance` and `keyVariance` [D] (means) and
 * `covariance`. Queries that are their own keys count as both views. Variances are unbiased.
 */
export function vicReg(settings: VicRegOptions = {}): Loss {
  const { invariance, variance, covariance, epsilon } = options.parse(settings);
  return defineLoss({ name: "vicreg" }, (input) => {
    const [query, key] = [spread(input.query), spread(input.key)];
    const hinge = ({ variances }: Spread) =>
      term(
        "class",
        variances
          .add(epsilon)
          .sqrt()
          .neg()
          .add(1)
          .relu()
          .mul(variance / 2),
      );
    return {
      invariance: invarianceTerm(input, invariance),
      queryVariance: hinge(query),
      keyVariance: hinge(key),
      covariance: scalarTerm(crossTalk(query).add(crossTalk(key)).mul(covariance)),
    };
  });
}

function invarianceTerm(input: LossInput, factor: number): Term {
  const { query, key, positive } = input;
  const count = positive.sum(1);
  const size = dimension(query.shape, [1], query.dtype);
  const apart = ratio(squaredEuclidean(query, key).mul(positive).sum(1), count).div(size);
  return term("query", weighByQuery(apart.mul(factor), input), { weight: count.greater(0).cast(query.dtype) });
}

interface Spread {
  /** Sums of products of two centred dimensions, [D, D]. */
  readonly products: Tensor;
  /** What makes them unbiased covariances; at least 1, so that a single row has none. */
  readonly degrees: Tensor;
  /** [D] */
  readonly variances: Tensor;
}

function spread(x: Tensor): Spread {
  const centred = x.sub(x.mean({ axes: 0, keepAxes: true }));
  const degrees = dimension(x.shape, [0], x.dtype).sub(1).maximum(1);
  return {
    products: matmul(centred.transpose(), centred),
    degrees,
    variances: centred.square().sum(0).div(degrees),
  };
}

/** Sum of the squared covariances of different dimensions over the number of dimensions. */
function crossTalk({ products, degrees }: Spread): Tensor {
  const others = eye(products.shape[0] as Dim, undefined, products.dtype)
    .neg()
    .add(1);
  const size = dimension(products.shape, [0], products.dtype);
  return products.square().mul(others).sum().div(degrees.square().mul(size));
}

export const vicRegEntry: LossEntry<typeof options> = {
  name: "vicreg",
  summary: "two views alike, dimensions spread and uncorrelated; needs no negatives",
  paper: "Bardes et al., VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised Learning, ICLR 2022",
  options,
  accepts: ["classes", "multi-label", "pairs", "views"],
  create: vicReg,
};
