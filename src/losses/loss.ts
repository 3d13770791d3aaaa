import type { z } from "zod";
import type { LearnedMap } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import { formatShape, type Parameter, type ParameterTree, scope, type Tensor } from "../graph/index.js";
import type { Reducer, ReducerContext, Term } from "../reducers/index.js";
import { mean } from "../reducers/index.js";
import type { Entry } from "../registry/index.js";
import type { Relation } from "../relations/index.js";

/** What a loss sees: queries [B, D], keys [R, D], and how they are related. */
export interface LossInput extends Relation {
  readonly query: Tensor;
  readonly key: Tensor;
}

/** A loss before it is reduced: its terms, and new values of its state. */
export interface LossTerms {
  readonly terms: Readonly<Record<string, Term>>;
  readonly updates?: ReadonlyMap<Parameter, Tensor>;
}

/** One reducer for all terms, or one for each by name. */
export type Reducers = Reducer | Readonly<Record<string, Reducer | undefined>>;

/** A loss function, with the parameters it owns. */
export interface Loss {
  readonly name: string;
  /** Proxies, class weights, boundaries, memories; `{}` for most. */
  readonly parameters: ParameterTree;
  /** Set when the distance learns a map: embeddings are compared, and therefore scored and exported, behind it. */
  readonly learned?: LearnedMap | undefined;
  /** The loss's own class vectors as rows, for regularizers. */
  readonly classVectors?: Tensor | undefined;
  /** The published reduction. */
  readonly reducer: Reducers;
  terms(input: LossInput): LossTerms;
  /** Scores of queries [B, D] for each class [B, C], where the loss makes a classifier. */
  readonly logits?: ((query: Tensor) => Tensor) | undefined;
}

/** A loss reduced to one number. */
export interface LossValue extends LossTerms {
  readonly value: Tensor;
}

/**
 * The loss as a scalar: each term reduced (by the loss's own reducer unless another is given) and added. Its updates
 * include those of the relation.
 */
export function lossValue(loss: Loss, input: LossInput, reducer: Reducers = loss.reducer): LossValue {
  checkInput(loss.name, input);
  return scope(loss.name, () => {
    const result = loss.terms(input);
    const context = { labels: input.labels, queries: input.query.shape[0] };
    const reduced = Object.values(reduceTerms(result.terms, reducer, context));
    const updates = new Map([...(input.updates ?? []), ...(result.updates ?? [])]);
    return { ...result, ...(updates.size > 0 && { updates }), value: reduced.reduce((a, b) => a.add(b)) };
  });
}

function checkInput(where: string, { query, key, positive }: LossInput): void {
  const problem = (expected: string, received: string, remedy: string) =>
    new SimileError({ code: "shape-mismatch", where, expected, received, remedy });
  if (query.rank !== 2 || key.rank !== 2 || query.shape[1] !== key.shape[1]) {
    const shapes = `query ${formatShape(query.shape)} and key ${formatShape(key.shape)}`;
    throw problem("query [B, D] and key [R, D] that agree on D", shapes, "project one of them first");
  }
  if (positive.rank !== 2 || positive.shape[0] !== query.shape[0] || positive.shape[1] !== key.shape[0]) {
    const expected = formatShape([query.shape[0]!, key.shape[0]!]);
    throw problem(`a relation ${expected}`, formatShape(positive.shape), "relate these queries to these keys");
  }
  if (positive.dtype !== query.dtype) {
    throw problem(`a relation in ${query.dtype}`, positive.dtype, `make it with { dtype: "${query.dtype}" }`);
  }
}

/** Each term reduced. Terms that a record of reducers does not name take its `default`, or the mean. */
export function reduceTerms(
  terms: Readonly<Record<string, Term>>,
  reducer: Reducers,
  context: ReducerContext = {},
): Record<string, Tensor> {
  const choose = (name: string): Reducer =>
    isReducer(reducer) ? reducer : (reducer[name] ?? reducer.default ?? mean());
  return Object.fromEntries(Object.entries(terms).map(([name, part]) => [name, choose(name).reduce(part, context)]));
}

/** True for one reducer for all terms. */
export function isReducer(reducer: Reducers): reducer is Reducer {
  return typeof (reducer as Reducer).reduce === "function";
}

/** The same loss with another reduction. */
export function reducedBy(loss: Loss, reducer: Reducers): Loss {
  return { ...loss, reducer };
}

/** Kinds of relation a loss can use, for documentation and the check of configurations. */
export type RelationKind = "classes" | "multi-label" | "pairs" | "triplets" | "continuous" | "views" | "memory";

/** A loss that can be chosen by name. */
export interface LossEntry<Schema extends z.ZodObject = z.ZodObject> extends Entry<Loss, Schema> {
  readonly accepts: readonly RelationKind[];
  /** Set for losses that need the number of classes and the embedding's dimension (options `classes`, `dimension`). */
  readonly ownsClasses?: boolean;
  /** Set for losses made of others, which have reducers of their own. */
  readonly wraps?: boolean;
  /** Miners that it was published or is commonly used with. */
  readonly miners?: readonly string[];
}
