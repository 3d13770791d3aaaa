import type { Distance } from "../distances/index.js";
import type { Tensor } from "../graph/index.js";
import { where } from "../ops/index.js";
import { mean, type Term, term } from "../reducers/index.js";
import type { Loss, LossInput, LossTerms, Reducers } from "./loss.js";

/** What the helpers take beside the formula. */
export interface LossDefinition {
  readonly name: string;
  /** The distance that the formula measures, so that what it learns is declared. */
  readonly distance?: Distance;
  /** Default the mean. */
  readonly reducer?: Reducers;
  readonly parameters?: Loss["parameters"];
  readonly classVectors?: Loss["classVectors"];
  readonly logits?: Loss["logits"];
}

/** A loss from its terms. */
export function defineLoss(
  { distance, parameters, ...definition }: LossDefinition,
  terms: (input: LossInput) => LossTerms["terms"],
): Loss {
  return {
    reducer: mean(),
    ...definition,
    ...withLearned(distance, parameters),
    terms: (input) => ({ terms: terms(input) }),
  };
}

/** Parameters of a loss and of its distance, and the map of the latter. */
export function withLearned(
  distance: Distance | undefined,
  parameters: Loss["parameters"] = {},
): Pick<Loss, "parameters" | "learned"> {
  const learned = distance?.learned;
  return learned === undefined
    ? { parameters }
    : { parameters: { ...parameters, distance: learned.parameters }, learned };
}

/**
 * A loss with one value a query [B], or `{ values, weight }` where queries with weight 0 are left out of averages.
 * `queryWeight` of the relation multiplies the values.
 */
export function perQuery(
  definition: LossDefinition,
  formula: (input: LossInput) => Tensor | { readonly values: Tensor; readonly weight: Tensor },
): Loss {
  return defineLoss(definition, (input) => {
    const result = formula(input);
    const { values, weight } = "values" in result ? result : { values: result, weight: undefined };
    const weighted = input.queryWeight ? values.mul(input.queryWeight) : values;
    return { loss: term("query", weighted, { weight }) };
  });
}

/**
 * A loss that adds one value for each positive and each negative pair: both formulas give [B, R], finite also where no
 * pair is. Its terms are called `positive` and `negative`.
 */
export function perPair(
  definition: LossDefinition,
  formula: (input: LossInput) => { readonly positive: Tensor; readonly negative: Tensor },
): Loss {
  return defineLoss(definition, (input) => {
    const values = formula(input);
    return {
      positive: term("positive", weighByQuery(values.positive, input), { weight: input.positive }),
      negative: term("negative", weighByQuery(values.negative, input), { weight: input.negative }),
    };
  });
}

/** A loss with one value for each positive pair: the formula gives [B, R], finite also where no pair is. */
export function perPositive(definition: LossDefinition, formula: (input: LossInput) => Tensor): Loss {
  return defineLoss(definition, (input) => ({
    positive: term("positive", weighByQuery(formula(input), input), { weight: input.positive }),
  }));
}

/** `values`, or 0 throughout where no pair has any of `weights`: a loss of contrasts is 0 without negatives. */
export function whenAny(weights: Tensor, values: Tensor): Tensor {
  return where(weights.max().greater(0), values, 0);
}

/** Values whose first axis is the queries, times the relation's query weights. */
export function weighByQuery(values: Tensor, { queryWeight }: LossInput): Tensor {
  return queryWeight === undefined
    ? values
    : values.mul(queryWeight.reshape([queryWeight.shape[0]!, ...values.shape.slice(1).map(() => 1)]));
}

/** A term that is one number already and that reducers leave alone. */
export function scalarTerm(value: Tensor): Term {
  return term("scalar", value);
}
