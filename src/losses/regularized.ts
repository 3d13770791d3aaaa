import { SimileError } from "../errors/index.js";
import type { Reducer } from "../reducers/index.js";
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
}

/** A loss plus weighted costs on embeddings or on its class vectors. */
export function regularized(loss: Loss, { embeddings, classVectors }: RegularizedOptions): Loss {
  const vectors = loss.classVectors;
  if (classVectors !== undefined && vectors === undefined) {
    throw new SimileError({
      code: "no-class-vectors",
      where: `regularizer of ${loss.name}`,
      expected: "a loss that owns class vectors",
      received: loss.name,
      remedy: "regularize the embeddings instead, or choose a loss with class parameters",
    });
  }
  const cost = ({ regularizer, weight = 1, reducer }: WeightedRegularizer, x: NonNullable<typeof vectors>) =>
    scalarTerm(regularizerValue(regularizer, x, reducer).mul(weight));
  return {
    ...loss,
    terms: (input) => {
      const result = loss.terms(input);
      return {
        ...result,
        terms: {
          ...result.terms,
          ...(embeddings && { embeddingRegularization: cost(embeddings, input.query) }),
          ...(classVectors && vectors && { classVectorRegularization: cost(classVectors, vectors) }),
        },
      };
    },
  };
}
