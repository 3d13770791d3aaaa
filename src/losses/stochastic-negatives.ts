import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { where } from "../ops/index.js";
import { classOptions, classVectors } from "./classes.js";
import { perQuery } from "./combinators.js";
import { log1pSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";
import { sampledClassOptions, sampledScores } from "./sampled-classes.js";

const options = z.strictObject({
  ...classOptions,
  ...sampledClassOptions,
  hardest: z.number().int().positive().default(16).describe("how many of the drawn classes count: the most similar"),
  form: z
    .enum(["softmax", "hinge", "logistic"])
    .default("softmax")
    .describe("cross entropy against the chosen classes, or the sum of a pairwise loss over them"),
  scale: z.number().positive().default(20).describe("factor on the similarities of softmax and logistic"),
  margin: z.number().default(0.1).describe("by how much the own class should be more similar"),
  distance: distanceOption(cosine, "distance between embeddings and class vectors"),
});

/** Options of {@link stochasticNegatives}. */
export type StochasticNegativesOptions = z.input<typeof options>;

/**
 * Stochastic negative mining (Reddi et al., AISTATS 2019): for very many classes, a sample of them is drawn, and of it
 * the classes most similar to the query are the negatives H.
 *
 *   softmax   log(1 + sum_H exp(scale (s_n - s_y + margin)))
 *   hinge     sum_H [s_n - s_y + margin]_+
 *   logistic  sum_H log(1 + exp(scale (s_n - s_y + margin)))
 *
 * query [B, D], class vectors [C, D] -> one value a query [B], mean; memory as in sampled softmax. The larger the sample,
 * the nearer to mining among all classes.
 */
export function stochasticNegatives(settings: StochasticNegativesOptions): Loss {
  const { dimension, hardest, form, scale, margin, distance, learningRateMultiplier, ...sampling } =
    options.parse(settings);
  const weight = classVectors(sampling.classes, dimension, { dtype: sampling.dtype, learningRateMultiplier });
  const definition = {
    name: "stochastic-negatives",
    distance,
    parameters: { weight },
    classVectors: weight,
    logits: (query: Tensor) => similarity(distance, query, weight).mul(scale),
  };
  return perQuery(definition, (input) => {
    const scores = sampledScores(input, weight, distance, sampling, "stochastic-negatives");
    const usable = scores.weight.greater(0);
    const drawn = Math.min(sampling.sampled, sampling.classes);
    const { values, indices } = where(usable, scores.others, Number.NEGATIVE_INFINITY).topK(Math.min(hardest, drawn));
    const chosen = usable.cast(values.dtype).gatherElements(indices, 1);
    const beyond = where(chosen.greater(0), values.sub(scores.own.unsqueeze(1)).add(margin), 0);
    return { values: costOf(form, beyond, chosen, scale), weight: scores.known };
  });
}

function costOf(form: "softmax" | "hinge" | "logistic", beyond: Tensor, chosen: Tensor, scale: number): Tensor {
  if (form === "softmax") return log1pSumExp(beyond.mul(scale), chosen);
  return (form === "hinge" ? beyond.relu() : beyond.mul(scale).softplus()).mul(chosen).sum(1);
}

export const stochasticNegativesEntry: LossEntry<typeof options> = {
  name: "stochastic-negatives",
  summary: "the most similar of a sample of very many classes as negatives",
  paper: "Reddi et al., Stochastic Negative Mining for Learning with Large Output Spaces, AISTATS 2019",
  options,
  accepts: ["classes"],
  ownsClasses: true,
  create: stochasticNegatives,
};
