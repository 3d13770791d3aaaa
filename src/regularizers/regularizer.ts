import type { z } from "zod";
import type { Tensor } from "../graph/index.js";
import type { Reducer, Term } from "../reducers/index.js";
import type { Entry } from "../registry/index.js";

/** A cost on vectors themselves: embeddings, or the class vectors of a loss. */
export interface Regularizer {
  readonly name: string;
  /** How its term is reduced unless told otherwise. */
  readonly reducer: Reducer;
  /** [N, D] -> a term, by row unless said otherwise. */
  term(vectors: Tensor): Term;
}

/** A regularizer that can be chosen by name. */
export type RegularizerEntry<Schema extends z.ZodObject = z.ZodObject> = Entry<Regularizer, Schema>;

/** The cost as one number. */
export function regularizerValue(
  regularizer: Regularizer,
  vectors: Tensor,
  reducer: Reducer = regularizer.reducer,
): Tensor {
  return reducer.reduce(regularizer.term(vectors), {});
}
