import { SimileError } from "../errors/index.js";
import type { Tensor } from "../graph/index.js";
import type { Reducer, Term } from "../reducers/index.js";
import { type Regularizer, regularizerValue } from "../regularizers/index.js";
import { scalarTerm } from "./combinators.js";
import type { Loss } from "./loss.js";

/** A regularizer with its factor. */
export interface WeightedRegularizer {
  readonly regularizer: Regularizer;
  /** Default 1. */
  readonly weight?: number;
  /** Default the regularizer's own. */
  readonly reducer?: Reducer;
}

/** What {@link regularized} adds to a loss. */
export interface RegularizedOptions {
  /** On the query embeddings. */
  readonly embeddings?: WeightedRegularizer | undefined;
  /** On the loss's class vectors. */
  readonly classVectors?: WeightedRegularizer | undefined;
  /** On the rows of the map that its distance learns. */
  readonly map?: WeightedRegularizer | undefined;
}

/** A loss plus weighted costs on embeddings, on its class vectors, or on the map of its learned distance. */
export function regularized(loss: Loss, { embeddings, classVectors, map }: RegularizedOptions): Loss {
  if (classVectors !== undefined && loss.classVectors === undefined) {
    throw missing(loss, "no-class-vectors", "a loss that owns class vectors", "choose a loss with class parameters");
  }
  if (map !== undefined && loss.learned === undefined) {
    throw missing(loss, "no-learned-map", "a loss whose distance is learned", "choose the distance mahalanobis");
  }
  return {
    ...loss,
    terms: (input) => {
      const result = loss.terms(input);
      const costs = {
        embeddingRegularization: cost(embeddings, input.query),
        classVectorRegularization: cost(classVectors, loss.classVectors),
        mapRegularization: cost(map, loss.learned?.matrix),
      };
      const added = Object.entries(costs).flatMap(([name, term]) =>
        term === undefined ? [] : [[name, term] as const],
      );
      return { ...result, terms: { ...result.terms, ...Object.fromEntries(added) } };
    },
  };
}

function cost(weighted: WeightedRegularizer | undefined, vectors: Tensor | undefined): Term | undefined {
  if (weighted === undefined || vectors === undefined) return undefined;
  const { regularizer, weight = 1, reducer } = weighted;
  return scalarTerm(regularizerValue(regularizer, vectors, reducer).mul(weight));
}

function missing(loss: Loss, code: string, expected: string, instead: string): SimileError {
  const remedy = `regularize the embeddings instead, or ${instead}`;
  return new SimileError({ code, where: `regularizer of ${loss.name}`, expected, received: loss.name, remedy });
}
