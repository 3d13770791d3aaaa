import { z } from "zod";
import { SimileError } from "../errors/index.js";
import type { Dim, Tensor } from "../graph/index.js";
import { arange, concat } from "../ops/index.js";
import { classRelation } from "../relations/index.js";
import { scalarTerm } from "./combinators.js";
import { type Loss, type LossEntry, type LossInput, lossValue } from "./loss.js";
import { createLoss, lossChoice, nestedOptions } from "./nested.js";

const options = z.strictObject({
  loss: lossChoice.default("nt-xent").describe("loss of pairs or triplets, by name or with options; default nt-xent"),
  symmetric: z
    .boolean()
    .default(true)
    .describe("all rows of both views against each other; else the first view's rows against the second's"),
  ...nestedOptions,
});

/** Options of {@link selfSupervised}. */
export type SelfSupervisedOptions = z.input<typeof options>;

/**
 * A loss of pairs or triplets on two views of each sample: row i of the queries [B, D] and row i of the keys [B, D] are
 * positives, all else negatives, whatever the relation says. Symmetric, the inner loss sees 2 B rows that are queries and
 * keys; otherwise B queries and B separate keys. The term `views` is the inner loss, reduced by its own reducer.
 */
export function selfSupervised(settings: SelfSupervisedOptions = {}): Loss {
  const { loss: choice, symmetric, ...known } = options.parse(settings);
  const loss = createLoss(choice, known);
  return {
    name: `self-supervised ${loss.name}`,
    parameters: loss.parameters,
    learned: loss.learned,
    classVectors: loss.classVectors,
    reducer: loss.reducer,
    terms: (input) => {
      const { value, updates } = lossValue(loss, symmetric ? bothWays(input) : oneWay(input));
      return { terms: { views: scalarTerm(value) }, ...(updates && { updates }) };
    },
  };
}

function bothWays(input: LossInput): LossInput {
  const rows = concat([input.query, input.key], 0);
  const samples = instances(input);
  const relation = classRelation(concat([samples, samples], 0), { dtype: floatType(input), positivesPerQuery: 1 });
  return { query: rows, key: rows, ...relation };
}

function oneWay(input: LossInput): LossInput {
  const keyLabels = instances(input);
  const relation = classRelation(keyLabels, { keyLabels, dtype: floatType(input), positivesPerQuery: 1 });
  return { query: input.query, key: input.key, ...relation };
}

function floatType({ query }: LossInput): "float32" | "float64" {
  return query.dtype === "float64" ? "float64" : "float32";
}

/** Numbers of the samples, int64 [B]. */
function instances({ query, key, keysAreQueries }: LossInput): Tensor {
  if (keysAreQueries || query.shape[0] !== key.shape[0]) {
    throw new SimileError({
      code: "views-missing",
      where: "self-supervised",
      expected: "a second view of each query as the keys",
      received: keysAreQueries ? "queries alone" : `${query.shape[0]} queries and ${key.shape[0]} keys`,
      remedy: "embed two augmentations of each sample: queries and, in the same order, keys",
    });
  }
  return arange(query.shape[0] as Dim);
}

export const selfSupervisedEntry: LossEntry<typeof options> = {
  name: "self-supervised",
  summary: "two views of each sample as positives of any loss of pairs or triplets",
  paper: "Chen et al., A Simple Framework for Contrastive Learning of Visual Representations, ICML 2020",
  options,
  wraps: true,
  accepts: ["views"],
  create: selfSupervised,
};
