import { z } from "zod";
import { lpNorm } from "../distances/normalize.js";
import { mean, term } from "../reducers/index.js";
import type { Regularizer, RegularizerEntry } from "./regularizer.js";

const options = z.strictObject({
  p: z.number().min(1).default(2).describe("order of the norm"),
  power: z.number().positive().default(1).describe("exponent of the norm"),
});

/** Options of {@link lpRegularizer}. */
export type LpRegularizerOptions = z.input<typeof options>;

/** The p-norm of each vector, to a power: keeps raw vectors short. */
export function lpRegularizer(settings: LpRegularizerOptions = {}): Regularizer {
  const { p, power } = options.parse(settings);
  return {
    name: "lp",
    reducer: mean(),
    term: (vectors) => {
      const norms = p === 2 && power === 2 ? vectors.square().sum(1) : lpNorm(vectors, p).squeeze(1);
      return term("query", power === 1 || (p === 2 && power === 2) ? norms : norms.pow(power));
    },
  };
}

export const lpRegularizerEntry: RegularizerEntry<typeof options> = {
  name: "lp",
  summary: "p-norm of each vector",
  options,
  create: lpRegularizer,
};
