import { z } from "zod";
import { SimileError } from "../errors/index.js";
import { constant, type Dim } from "../graph/index.js";
import { type Reducer, type ReducerEntry, ratio, reducer } from "./reducer.js";

const options = z.strictObject({
  weights: z.array(z.number().min(0)).min(1).describe("weight of each class, in the order of the labels"),
});

/** Options of {@link classWeighted}. */
export type ClassWeightedOptions = z.input<typeof options>;

/** Average of all elements, each times the weight of its query's class (not divided by the weights). */
export function classWeighted(settings: ClassWeightedOptions): Reducer {
  const { weights } = options.parse(settings);
  return reducer("class-weighted", (term, { labels }) => {
    if (labels === undefined || labels.rank !== 1 || term.kind === "class") {
      throw new SimileError({
        code: "labels-missing",
        where: "class-weighted",
        expected: "a term by query and one class label for each query",
        received: labels === undefined ? "no labels" : `a ${term.kind} term with labels ${labels}`,
        remedy: "use another reducer, or give class labels",
      });
    }
    const { sum, count } = term.elements();
    const own = constant(weights, { dtype: sum.dtype }).gather(term.query ? labels.gather(term.query) : labels);
    const column: Dim[] = [sum.shape[0] as Dim, ...sum.shape.slice(1).map(() => 1)];
    return ratio(sum.mul(own.reshape(column)).sum(), count.sum());
  });
}

export const classWeightedEntry: ReducerEntry<typeof options> = {
  name: "class-weighted",
  summary: "average of all elements, each times the weight of its query's class",
  options,
  create: classWeighted,
};
