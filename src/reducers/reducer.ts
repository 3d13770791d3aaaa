import type { z } from "zod";
import type { Dim, Tensor } from "../graph/index.js";
import { where } from "../ops/index.js";
import type { Entry } from "../registry/index.js";
import type { Term } from "./term.js";

/** What a reducer may need beside the term. */
export interface ReducerContext {
  /** int64 [B]: class of each query. */
  readonly labels?: Tensor | undefined;
  /** Number of queries, for terms that list their elements in another order. */
  readonly queries?: Dim | undefined;
}

/** Makes one number of a term. Terms that are already a scalar pass unchanged. */
export interface Reducer {
  /** Such as `threshold low=0`; for messages. */
  readonly name: string;
  reduce(term: Term, context: ReducerContext): Tensor;
}

/** A reducer that can be chosen by name. */
export type ReducerEntry<Schema extends z.ZodObject = z.ZodObject> = Entry<Reducer, Schema>;

/** A reducer by its rule for terms that are not a scalar. */
export function reducer(name: string, reduce: Reducer["reduce"]): Reducer {
  return {
    name,
    reduce: (term, context) => (term.kind === "scalar" ? term.elements().sum : reduce(term, context)),
  };
}

/** a / b, 0 where b is 0. */
export function ratio(a: Tensor, b: Tensor): Tensor {
  const empty = b.equal(0);
  return where(empty, 0, a.div(where(empty, 1, b)));
}
