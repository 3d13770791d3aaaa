import { z } from "zod";
import type { Tensor } from "../graph/index.js";
import { full } from "../ops/index.js";
import { mean } from "./mean.js";
import { reducerOption } from "./nested.js";
import { type Reducer, type ReducerContext, type ReducerEntry, ratio, reducer } from "./reducer.js";
import { type Term, term } from "./term.js";

const options = z.strictObject({
  inner: reducerOption.optional().describe("how the queries' averages become one number; default the mean"),
});

/**
 * Average over the pairs or triplets of each query first, then `inner` (default the mean) over all queries; a query
 * without any counts as 0. Terms that have one element a query or class go to `inner` as they are.
 */
export function perAnchor(inner: Reducer = mean()): Reducer {
  return reducer(`per-anchor ${inner.name}`, (part, context) => {
    if (part.kind === "class" || part.kind === "query") return inner.reduce(part, context);
    const { sum, count } = part.elements();
    const average = ratio(perQuery(sum, part, context), perQuery(count, part, context));
    return inner.reduce(term("query", average), context);
  });
}

/** Cells summed to one number for each query. */
function perQuery(cells: Tensor, { query }: Term, { queries }: ReducerContext): Tensor {
  const rows = cells.rank === 1 ? cells : cells.sum({ axes: cells.shape.slice(1).map((_, i) => i + 1) });
  if (query === undefined) return rows;
  if (queries === undefined) throw new RangeError("per-anchor: a term in another order needs the number of queries");
  return full([queries], 0, rows.dtype).scatterAdd(query, rows, 0);
}

export const perAnchorEntry: ReducerEntry<typeof options> = {
  name: "per-anchor",
  summary: "average over each query's elements, then over queries",
  options,
  create: (settings) => perAnchor(options.parse(settings).inner),
};
