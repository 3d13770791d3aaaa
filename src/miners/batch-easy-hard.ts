import { z } from "zod";
import { distanceOption, lp } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { logicalAnd, where } from "../ops/index.js";
import { oneTripletEach } from "./chosen.js";
import { largestOf, type RowChoice, smallestOf } from "./extrema.js";
import { defineMiner, type Miner, type MinerEntry } from "./miner.js";

const rule = z.enum(["easy", "semi-hard", "hard", "all"]);
const range = z.tuple([z.number(), z.number()]);

const options = z
  .strictObject({
    positive: rule
      .default("easy")
      .describe("which positive of each query: nearest, hardest nearer than the negative, ..."),
    negative: rule
      .default("semi-hard")
      .describe("which negative: farthest, nearest beyond the positive, nearest, or all"),
    positiveRange: range.optional().describe("distances between which an easy, semi-hard or hard positive must lie"),
    negativeRange: range.optional().describe("distances between which an easy, semi-hard or hard negative must lie"),
    distance: distanceOption(lp),
  })
  .refine(({ positive, negative }) => [positive, negative].join() !== "semi-hard,semi-hard", {
    message: "one of positive and negative must not be semi-hard: each would wait for the other",
    path: ["negative"],
  })
  .refine(
    ({ positive, negative }) => !([positive, negative].includes("semi-hard") && [positive, negative].includes("all")),
    {
      message: "semi-hard needs one choice on the other side, not all",
      path: ["positive"],
    },
  );

/** Options of {@link batchEasyHard}. */
export type BatchEasyHardOptions = z.input<typeof options>;

/**
 * One positive and one negative of each query by a rule each (easy positives: Xuan et al., Improved Embeddings with Easy
 * Positive Triplet Mining, WACV 2020). Easy positives are near, easy negatives far; a semi-hard negative is the nearest
 * beyond the chosen positive, a semi-hard positive the farthest nearer than the chosen negative. Queries that lack one
 * of the two give none. With `all` on one side each side is chosen by itself, and the result is pairs.
 */
export function batchEasyHard(settings: BatchEasyHardOptions = {}): Miner {
  const { positive: rules, negative: negativeRule, positiveRange, negativeRange, distance } = options.parse(settings);
  return defineMiner("batch-easy-hard", (input) => {
    const values = distance.matrix(input.query, input.key);
    const d = distance.inverted ? values.neg() : values;
    const positives = within(input.positive, values, positiveRange);
    const negatives = within(input.negative, values, negativeRange);
    const positive = (limit?: RowChoice) => choosePositive(rules, d, positives, limit);
    const negative = (limit?: RowChoice) => chooseNegative(negativeRule, d, negatives, limit);
    if (rules === "all" || negativeRule === "all") {
      return {
        positive: rules === "all" ? input.positive : positive().selected,
        negative: negativeRule === "all" ? input.negative : negative().selected,
        triplets: undefined,
      };
    }
    if (rules === "semi-hard") {
      const chosen = negative();
      return oneTripletEach(positive(chosen), chosen);
    }
    const chosen = positive();
    return oneTripletEach(chosen, negative(chosen));
  });
}

function within(candidates: Tensor, values: Tensor, limits: readonly [number, number] | undefined): Tensor {
  if (limits === undefined) return candidates;
  return where(logicalAnd(values.greaterEqual(limits[0]), values.lessEqual(limits[1])), candidates, 0);
}

function choosePositive(which: string, d: Tensor, candidates: Tensor, negative: RowChoice | undefined): RowChoice {
  if (which === "easy") return smallestOf(d, candidates);
  if (which === "hard" || negative === undefined) return largestOf(d, candidates);
  return largestOf(d, where(d.less(negative.value.unsqueeze(1)), candidates, 0));
}

function chooseNegative(which: string, d: Tensor, candidates: Tensor, positive: RowChoice | undefined): RowChoice {
  if (which === "easy") return largestOf(d, candidates);
  if (which === "hard" || positive === undefined) return smallestOf(d, candidates);
  return smallestOf(d, where(d.greater(positive.value.unsqueeze(1)), candidates, 0));
}

export const batchEasyHardEntry: MinerEntry<typeof options> = {
  name: "batch-easy-hard",
  summary: "each query's easy, semi-hard or hard positive and negative, or all of them",
  paper: "Xuan et al., Improved Embeddings with Easy Positive Triplet Mining, WACV 2020",
  options,
  create: batchEasyHard,
};
