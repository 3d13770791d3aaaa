import { z } from "zod";
import { cosine, distanceOption, normalize, similarity } from "../distances/index.js";
import { Parameter, type Tensor } from "../graph/index.js";
import { concat, eye, logicalAnd, logicalNot, matmul, oneHot } from "../ops/index.js";
import { classIndices, classOptions } from "./classes.js";
import { perQuery } from "./combinators.js";
import { diffusion, normalizeAffinities } from "./diffusion.js";
import { log1pSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";

const options = z.strictObject({
  dimension: classOptions.dimension,
  proxies: z.number().int().min(2).default(50).describe("number of proxies, each for a group of classes"),
  alpha: z.number().positive().lt(1).default(0.8).describe("probability that the random walk goes on"),
  margin: z.number().default(5e-4).describe("how much nearer its own proxy should be than others"),
  intrinsicWeight: z.number().min(0).default(1).describe("weight of the nearness of sample and proxy"),
  contextWeight: z.number().min(0).default(1).describe("weight of the likeness of their neighbourhoods"),
  learningRateMultiplier: classOptions.learningRateMultiplier,
  dtype: classOptions.dtype,
  distance: distanceOption(cosine, "similarity of embeddings and proxies"),
});

/** Options of {@link manifold}. */
export type ManifoldOptions = z.input<typeof options>;

/**
 * Deep manifold similarity with proxies (Aziere and Todorovic, CVPR 2019). The batch and the proxies are nodes of a graph
 * with affinities exp(2 [cos]_+); F holds where random walks between them end. Per sample i with own proxy o:
 *
 *   log( 1 + sum_{k != o} exp(F_ik - F_io + margin) )  over proxies k that break the margin, and contextWeight times the
 *   same with the cosine of the rows F_i and F_k
 *
 * query [B, D], proxies [K, D] -> one value a query [B]; mean. A query's proxy is its label modulo K, so classes are dealt
 * to proxies in turn; give labels of groups of classes for a grouping of your own. Its ensemble is several of these with
 * different groupings. Formulas after pytorch-metric-learning, whose random groups are drawn anew for each batch, and whose
 * "context loss only" (lambdaC infinite) is infinite: here set intrinsicWeight 0.
 */
export function manifold(settings: ManifoldOptions): Loss {
  const {
    dimension,
    proxies: count,
    alpha,
    margin,
    intrinsicWeight,
    contextWeight,
    distance,
    ...rest
  } = options.parse(settings);
  const proxies = new Parameter([count, dimension], {
    initializer: ([rows, columns], random) => Float64Array.from({ length: rows! * columns! }, () => random.normal()),
    weightDecay: false,
    ...rest,
  });
  return perQuery({ name: "manifold", distance, parameters: { proxies }, classVectors: proxies }, (input) => {
    const own = oneHot(remainder(classIndices(input, "manifold"), count), count, input.query.dtype);
    const walks = diffusion(affinities(concat([input.query, proxies], 0)), alpha);
    const [samples, anchors] = walks.split([input.query.shape[0]!, count], 0) as [Tensor, Tensor];
    const near = samples.split([input.query.shape[0]!, count], 1)[1]!;
    const alike = matmul(normalize(samples), normalize(anchors).transpose());
    const violation = (scores: Tensor) => {
      const excess = scores.sub(scores.mul(own).sum({ axes: 1, keepAxes: true })).add(margin);
      const broken = logicalAnd(logicalNot(own.greater(0)), excess.greaterEqual(0));
      return log1pSumExp(excess, broken.cast(excess.dtype));
    };
    return violation(near).mul(intrinsicWeight).add(violation(alike).mul(contextWeight));
  });

  function affinities(nodes: Tensor): Tensor {
    const weights = similarity(distance, nodes, nodes).relu().mul(2).exp();
    return normalizeAffinities(weights.mul(eye(nodes.shape[0]!, undefined, nodes.dtype).neg().add(1)));
  }
}

/** The remainder of labels [B] divided by `count`, never negative. */
function remainder(labels: Tensor, count: number): Tensor {
  const exact = labels.cast("float64");
  return exact.sub(exact.div(count).floor().mul(count)).cast("int64");
}

export const manifoldEntry: LossEntry<typeof options> = {
  name: "manifold",
  summary: "nearness by random walks over batch and proxies, each proxy for a group of classes",
  paper: "Aziere and Todorovic, Ensemble Deep Manifold Similarity Learning Using Hard Proxies, CVPR 2019",
  options,
  accepts: ["classes"],
  create: manifold,
};
