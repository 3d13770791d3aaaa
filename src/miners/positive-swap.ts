import { z } from "zod";
import { SimileError } from "../errors/index.js";
import { randomTensor, type Tensor } from "../graph/index.js";
import { arange, gather, logicalAnd, oneHot, where } from "../ops/index.js";
import { type Relation, relationShape, type TripletChoice, tripletSlots } from "../relations/index.js";
import { drawColumns } from "./draw.js";
import type { Miner, MinerEntry, MinerInput } from "./miner.js";
import { defineMiner } from "./miner.js";
import { createMiner, minerChoice } from "./nested.js";

const options = z.strictObject({
  miner: minerChoice
    .default("distance-weighted")
    .describe("the miner whose choice is changed; default distance-weighted"),
  probability: z.number().min(0).max(1).default(0.2).describe("with which each query's choice is changed"),
});

/** Options of {@link positiveSwap}. */
export type PositiveSwapOptions = z.input<typeof options>;

/**
 * Rho regularization (Roth et al., ICML 2020, section 5.3), around any miner: for some of the queries, drawn anew at each
 * run, the query takes the place of its own positives, so that nothing is pulled, and a random sample of its class that
 * of its negatives, so that the class is pushed apart. Counts stay: as many pairs or triplets, with these partners.
 * Keeps embeddings from collapsing onto few directions (the spectral decay rho falls). Probabilities in the paper's runs
 * are 0.15 to 0.4.
 */
export function positiveSwap(settings: PositiveSwapOptions = {}): Miner {
  const { miner: choice, probability } = options.parse(settings);
  const miner = createMiner(choice);
  if (probability === 0) return { ...miner, name: "positive-swap" };
  const swapping = defineMiner("positive-swap", (input) => {
    if (!input.keysAreQueries) throw separateKeys();
    return swap(miner.mine(input), input, probability);
  });
  return { ...swapping, parameters: miner.parameters };
}

function separateKeys(): SimileError {
  return new SimileError({
    code: "separate-keys",
    where: "positive-swap",
    expected: "keys that are the queries, so that a query can be its own positive",
    received: "separate keys",
    remedy: "mine within the batch",
  });
}

/** Which queries are swapped, and for what. */
interface Swap {
  /** bool [B] */
  readonly swapped: Tensor;
  /** int64 [B] */
  readonly self: Tensor;
  /** int64 [B]: a sample of the same class. */
  readonly other: Tensor;
}

function swap(mined: Relation, input: MinerInput, probability: number): Relation {
  const [rows, keys] = relationShape(input);
  const drawn = randomTensor({ kind: "bernoulli", probability }, [rows]).greater(0);
  const change: Swap = {
    swapped: logicalAnd(drawn, input.positive.max(1).greater(0)),
    self: arange(rows),
    other: drawColumns(input.positive, 1).squeeze(1),
  };
  const moved = (weights: Tensor, to: Tensor) => {
    const total = weights.sum({ axes: 1, keepAxes: true });
    return where(change.swapped.unsqueeze(1), oneHot(to, keys, weights.dtype).mul(total), weights);
  };
  return {
    ...mined,
    positive: moved(mined.positive, change.self),
    negative: moved(mined.negative, change.other),
    triplets: mined.triplets && swapTriplets({ ...input, ...mined }, mined.triplets, change),
  };
}

function swapTriplets(input: MinerInput, triplets: TripletChoice, { swapped, self, other }: Swap): TripletChoice {
  if (triplets.kind === "list") {
    const { query } = triplets;
    const isSwapped = gather(swapped.cast("int64"), query).greater(0);
    return {
      ...triplets,
      positive: where(isSwapped, query, triplets.positive),
      negative: where(isSwapped, gather(other, query), triplets.negative),
    };
  }
  const { positive, weight } = triplets.kind === "slots" ? triplets : tripletSlots(input, triplets);
  const total = weight.sum({ axes: 2, keepAxes: true });
  const partner = oneHot(other, weight.shape[2]!, weight.dtype).unsqueeze(1);
  return {
    kind: "slots",
    positive: where(swapped.unsqueeze(1), self.unsqueeze(1), positive),
    weight: where(swapped.unsqueeze(1).unsqueeze(2), partner.mul(total), weight),
  };
}

export const positiveSwapEntry: MinerEntry<typeof options> = {
  name: "positive-swap",
  summary: "around any miner: some queries push a sample of their own class away instead",
  paper:
    "Roth et al., Revisiting Training Strategies and Generalization Performance in Deep Metric Learning, ICML 2020",
  options,
  create: positiveSwap,
};
