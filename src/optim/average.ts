import { Parameter, type ParameterTree, type Tensor } from "../graph/index.js";
import type { Updates } from "./optimizer.js";

/** A running mean of parameters, often a better model than the last step's. */
export interface Average {
  /** The means, to be kept with the parameters; initialise them with the parameters' own first values. */
  readonly parameters: ParameterTree;
  /** Adds to `updates` those of the means. */
  update(updates: Updates): void;
  /** Stand-ins to evaluate the averaged model by `substitute`. */
  readonly replacements: ReadonlyMap<Tensor, Tensor>;
}

/**
 * Exponential moving average of parameters: mean <- decay * mean + (1 - decay) * parameter after each step (Polyak and
 * Juditsky, 1992; the teacher of Tarvainen and Valpola, NIPS 2017).
 */
export function exponentialAverage(named: readonly (readonly [string, Parameter])[], decay: number): Average {
  const pairs = named.map(([name, parameter]) => {
    const mean = new Parameter(parameter.shape, {
      initializer: parameter.initializer,
      dtype: parameter.dtype,
      trainable: false,
    });
    return { name, parameter, mean };
  });
  return {
    parameters: Object.fromEntries(pairs.map(({ name, mean }) => [name, mean])),
    update(updates) {
      for (const { parameter, mean } of pairs) {
        const latest = updates.get(parameter) ?? parameter;
        updates.set(mean, mean.add(latest.sub(mean).mul(1 - decay)));
      }
    },
    replacements: new Map(pairs.map(({ parameter, mean }) => [parameter, mean])),
  };
}
