import { z } from "zod";
import { type Distance, dissimilarity, distanceOption, lp } from "../distances/index.js";
import { grad } from "../grad/index.js";
import { type Initializer, Parameter, type Tensor } from "../graph/index.js";
import { exp, matmul, stack, tanh, where } from "../ops/index.js";
import { ratio } from "../reducers/index.js";
import { listTriplets, positivesOf } from "./chosen.js";
import { drawColumns } from "./draw.js";
import { rowMax } from "./extrema.js";
import { defineMiner, type Miner, type MinerEntry, type MinerInput } from "./miner.js";

/** How well a batch's classes are told apart, a scalar: the higher the better. */
export type Score = (input: MinerInput) => Tensor;

const options = z.strictObject({
  hidden: z.number().int().positive().default(8).describe("hidden units of the policy"),
  learningRate: z.number().positive().default(0.05).describe("step of the policy for a reward of usual size"),
  memory: z.number().min(0).lt(1).default(0.9).describe("how slowly the expected reward follows the rewards"),
  score: z
    .custom<Score>((value) => typeof value === "function")
    .optional()
    .describe("what the policy is to raise; default mean distance of the negative minus that of the positive pairs"),
  distance: distanceOption(lp),
});

/** Options of {@link samplingPolicy}. */
export type SamplingPolicyOptions = z.input<typeof options>;

/**
 * A learned sampling policy (Duan et al., Deep Embedding Learning with Discriminative Sampling Policy, CVPR 2019): for
 * each positive pair a negative is drawn from a distribution that a small network gives from the distances, and the
 * network learns, while the embedding does, what to draw so that the classes come apart.
 *
 *   pi(n | a) = softmax_n( w . tanh(W f_an + b) ),  f_an: distance of the negative, beyond the mean positive, beyond the
 *   farthest;  policy += learningRate (R - expected R) grad log pi
 *
 * R is by how much the score of a batch exceeds that of the batch before, that is, what the last draws achieved on data
 * they were not drawn from; it is divided by its usual size. The network starts as uniform sampling. Its weights are
 * state that changes with `updates` of the relation. No code was published: details are ours.
 */
export function samplingPolicy(settings: SamplingPolicyOptions = {}): Miner {
  const { hidden, learningRate, memory, distance, score } = options.parse(settings);
  const policy = new Policy(hidden, learningRate, memory);
  const miner = defineMiner("sampling-policy", (input) => {
    const logits = policy.logits(features(dissimilarity(distance, input.query, input.key), input));
    const isNegative = input.negative.greater(0);
    const logProbability = where(isNegative, logits, FAR).logSoftmax(1);
    const probability = where(isNegative, exp(logProbability), 0).stopGradient();
    const { index, weight } = positivesOf(input);
    const negative = drawColumns(probability, index.shape[1]!);
    const used = where(isNegative.cast(weight.dtype).max({ axes: 1, keepAxes: true }).greater(0), weight, 0);
    const drawn = ratio(logProbability.gatherElements(negative, 1).mul(used).sum(), used.sum());
    return {
      ...listTriplets(input, { positive: index, negative, weight: used }),
      updates: policy.learn(drawn, (score ?? separation(distance))(input)),
    };
  });
  return { ...miner, parameters: { policy: policy.parameters } };
}

/** Logit of what must not be drawn. */
const FAR = -1e30;

/** What the policy knows of query and key, [B, R, 3]; nothing larger than 3 B R. */
function features(d: Tensor, { positive }: MinerInput): Tensor {
  const over = { axes: 1, keepAxes: true };
  const mean = ratio(d.mul(positive).sum(over), positive.sum(over));
  const any = positive.max(over).greater(0);
  const farthest = where(any, rowMax(d, positive), 0);
  return stack([d, d.sub(mean), d.sub(farthest)], 2);
}

/** Mean distance of negative pairs minus that of positive pairs. */
function separation(distance: Distance): Score {
  return ({ query, key, positive, negative }) => {
    const d = dissimilarity(distance, query, key);
    const mean = (weights: Tensor) => ratio(d.mul(weights).sum(), weights.sum());
    return mean(negative).sub(mean(positive));
  };
}

const FEATURES = 3;

/** The network with what its learning must remember. All float32, whatever the embeddings. */
class Policy {
  readonly parameters: Readonly<Record<"first" | "bias" | "last", Parameter>> & {
    readonly trace: Readonly<Record<"first" | "bias" | "last", Parameter>>;
    readonly score: Parameter;
    readonly expected: Parameter;
    readonly spread: Parameter;
    readonly steps: Parameter;
  };

  constructor(
    hidden: number,
    readonly learningRate: number,
    readonly memory: number,
  ) {
    const zeros: Initializer = (shape) => new Float64Array(shape.reduce((a, b) => a * b, 1));
    const normal: Initializer = (shape, random) => Float64Array.from(zeros(shape, random), () => 2 * random.normal());
    const state = (shape: readonly number[], initializer = zeros) =>
      new Parameter(shape, { initializer, trainable: false });
    const shapes = { first: [FEATURES, hidden], bias: [hidden], last: [hidden, 1] };
    this.parameters = {
      first: state(shapes.first, normal),
      bias: state(shapes.bias),
      last: state(shapes.last),
      trace: { first: state(shapes.first), bias: state(shapes.bias), last: state(shapes.last) },
      score: state([]),
      expected: state([]),
      spread: state([]),
      steps: state([]),
    };
  }

  /** [B, R, 3] -> [B, R] */
  logits(known: Tensor): Tensor {
    const { first, bias, last } = this.parameters;
    const of = (x: Tensor) => x.cast(known.dtype);
    return matmul(tanh(matmul(known, of(first)).add(of(bias))), of(last)).squeeze(2);
  }

  /** Credits the draws of the last run with what has changed since, and remembers those of this run. */
  learn(logProbability: Tensor, score: Tensor): Map<Parameter, Tensor> {
    const { trace, expected, spread, steps, ...rest } = this.parameters;
    const now = score.stopGradient().cast("float32");
    const judged = steps.greater(0);
    const reward = now.sub(rest.score);
    const surprise = where(judged, reward.sub(expected), 0);
    const follow = (old: Tensor, by: Tensor) => old.mul(this.memory).add(by.mul(1 - this.memory));
    const usual = follow(spread, surprise.abs());
    const advantage = ratio(surprise, usual).mul(this.learningRate);
    const weights = ["first", "bias", "last"] as const;
    const gradients = grad(
      logProbability,
      weights.map((name) => rest[name]),
    );
    return new Map<Parameter, Tensor>([
      ...weights.map((name) => [rest[name], rest[name].add(trace[name].mul(advantage))] as const),
      ...weights.map((name, i) => [trace[name], gradients[i]!] as const),
      [rest.score, now],
      [expected, where(judged, follow(expected, reward), 0)],
      [spread, usual],
      [steps, steps.add(1)],
    ]);
  }
}

export const samplingPolicyEntry: MinerEntry<typeof options> = {
  name: "sampling-policy",
  summary: "negatives drawn by a small network that learns which draws bring the classes apart",
  paper: "Duan et al., Deep Embedding Learning with Discriminative Sampling Policy, CVPR 2019",
  options,
  create: samplingPolicy,
};
