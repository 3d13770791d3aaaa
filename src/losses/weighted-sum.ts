import { z } from "zod";
import { SimileError } from "../errors/index.js";
import type { Parameter, ParameterTree, Tensor } from "../graph/index.js";
import { behindMap, createMiner, type Miner, minerChoice } from "../miners/index.js";
import { scalarTerm } from "./combinators.js";
import { type Loss, type LossEntry, type LossInput, lossValue } from "./loss.js";
import { createLoss, lossChoice, nestedOptions } from "./nested.js";

const options = z.strictObject({
  losses: z
    .array(
      z.strictObject({
        loss: lossChoice.describe("a loss, by name or with options"),
        weight: z.number().default(1).describe("its factor"),
        miner: minerChoice.optional().describe("chooses the pairs or triplets of this loss alone"),
      }),
    )
    .min(1)
    .describe("the losses to add, each with its weight and miner"),
  ...nestedOptions,
});

/** Options of {@link weightedSum}. */
export type WeightedSumOptions = z.input<typeof options>;

/** One loss of a sum. */
interface Part {
  readonly name: string;
  readonly loss: Loss;
  readonly weight: number;
  readonly miner?: Miner | undefined;
}

/**
 * Several losses on the same embeddings, each reduced by its own reducer, times its weight, added: for instance the N-pair
 * loss and twice the angular loss. One term for each, by its name. Parameters are nested by the same names.
 */
export function weightedSum(settings: WeightedSumOptions): Loss {
  const { losses: given, ...known } = options.parse(settings);
  const names = new Map<string, number>();
  const parts = given.map(({ loss: choice, weight, miner }): Part => {
    const loss = createLoss(choice, known);
    const count = (names.get(loss.name) ?? 0) + 1;
    names.set(loss.name, count);
    const name = count === 1 ? loss.name : `${loss.name} ${count}`;
    return {
      name,
      loss,
      weight,
      miner: miner === undefined ? undefined : behindMap(createMiner(miner, known), loss.learned),
    };
  });
  const classifier = parts.find(({ loss }) => loss.logits !== undefined)?.loss;
  const learned = new Set(parts.flatMap(({ loss }) => loss.learned ?? []));
  if (learned.size > 1) throw severalMaps();
  return {
    name: "weighted-sum",
    parameters: parametersOf(parts),
    learned: [...learned][0],
    classVectors: parts.find(({ loss }) => loss.classVectors !== undefined)?.loss.classVectors,
    logits: classifier?.logits,
    reducer: {},
    terms: (input) => sumTerms(parts, input),
  };
}

function severalMaps(): SimileError {
  return new SimileError({
    code: "invalid-option",
    where: "weighted-sum",
    expected: "one learned distance",
    received: "several, each with a map of its own",
    remedy: "let one of the losses learn its distance; embeddings are used behind its map",
  });
}

function parametersOf(parts: readonly Part[]): ParameterTree {
  const own = ({ loss, miner }: Part) => ({ ...loss.parameters, ...(miner && { miner: miner.parameters }) });
  return Object.fromEntries(parts.map((part) => [part.name, own(part)]));
}

function sumTerms(parts: readonly Part[], input: LossInput) {
  const updates = new Map<Parameter, Tensor>();
  const terms = parts.map(({ name, loss, weight, miner }) => {
    const result = lossValue(loss, miner ? { ...input, ...miner.mine(input) } : input);
    for (const [parameter, next] of result.updates ?? []) updates.set(parameter, next);
    return [name, scalarTerm(result.value.mul(weight))] as const;
  });
  return { terms: Object.fromEntries(terms), updates };
}

export const weightedSumEntry: LossEntry<typeof options> = {
  name: "weighted-sum",
  summary: "several losses, each with its weight, reducer and miner",
  options,
  wraps: true,
  accepts: ["classes", "multi-label", "pairs", "triplets", "continuous", "views", "memory"],
  create: weightedSum,
};
