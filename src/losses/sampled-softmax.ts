import { z } from "zod";
import { cosine, distanceOption, similarity } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { addAngularMargin } from "./arcface.js";
import { classOptions, classVectors } from "./classes.js";
import { perQuery } from "./combinators.js";
import { log1pSumExp } from "./exponentials.js";
import type { Loss, LossEntry } from "./loss.js";
import { sampledClassOptions, sampledScores } from "./sampled-classes.js";

const options = z.strictObject({
  ...classOptions,
  ...sampledClassOptions,
  scale: z.number().positive().default(20).describe("factor on the similarities"),
  margin: z.number().default(0).describe("subtracted from the similarity to the own class, as in CosFace"),
  marginRadians: z
    .number()
    .min(0)
    .max(Math.PI)
    .default(0)
    .describe("angle added to that of the own class, as in ArcFace; for cosines"),
  correction: z
    .boolean()
    .default(true)
    .describe("each drawn class counts as the classes it stands for, so that the denominator is right on average"),
  distance: distanceOption(cosine, "distance between embeddings and class vectors"),
});

/** Options of {@link sampledSoftmax}. */
export type SampledSoftmaxOptions = z.input<typeof options>;

/**
 * Sampled softmax (Jean et al., ACL 2015; Partial FC, An et al., 2021): a softmax over the own class and a sample of the
 * others, for very many classes.
 *
 *   log( 1 + sum_{n sampled, n != y} w_n exp(scale (s_n - s_y + margin)) ),  w_n = 1 / expected number of draws of n
 *
 * query [B, D], class vectors [C, D] -> one value a query [B], mean. Beside the class vectors and their gradient a step
 * takes (B + S) x D + B x S numbers for S sampled classes. With S >= C it is the full softmax. Partial FC is
 * `sampler: "batch-first", correction: false` with a margin.
 */
export function sampledSoftmax(settings: SampledSoftmaxOptions): Loss {
  const { dimension, scale, margin, marginRadians, correction, distance, learningRateMultiplier, ...sampling } =
    options.parse(settings);
  const weight = classVectors(sampling.classes, dimension, { dtype: sampling.dtype, learningRateMultiplier });
  const definition = {
    name: "sampled-softmax",
    distance,
    parameters: { weight },
    classVectors: weight,
    logits: (query: Tensor) => similarity(distance, query, weight).mul(scale),
  };
  return perQuery(definition, (input) => {
    const { own, others, weight: counts, known } = sampledScores(input, weight, distance, sampling, "sampled-softmax");
    const turned = marginRadians === 0 ? own : addAngularMargin(own, marginRadians);
    const beyond = others.sub(turned.sub(margin).unsqueeze(1)).mul(scale);
    const drawn = correction ? counts : counts.greater(0).cast(counts.dtype);
    return { values: log1pSumExp(beyond, drawn), weight: known };
  });
}

export const sampledSoftmaxEntry: LossEntry<typeof options> = {
  name: "sampled-softmax",
  summary: "softmax over the own class and a sample of very many others",
  paper: "Jean et al., On Using Very Large Target Vocabulary for Neural Machine Translation, ACL 2015",
  options,
  accepts: ["classes"],
  ownsClasses: true,
  create: sampledSoftmax,
};
