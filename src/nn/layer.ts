import { type Parameter, type ParameterTree, scope, type Tensor } from "../graph/index.js";

/** What a layer may know of and tell to whoever runs it. */
export interface Context {
  /** True while learning: batch statistics are those of the batch, and dropout drops. */
  readonly training: boolean;
  /** True for a parameter that is kept as it is: batch statistics that go with it are kept as well. */
  isFrozen(parameter: Parameter): boolean;
  /**
   * Registers the next value of a parameter that gradients do not teach, such as a running mean. Of several values for
   * one parameter, the last counts.
   */
  update(parameter: Parameter, value: Tensor): void;
}

/** A function of tensors with the parameters it owns. */
export interface Layer {
  readonly parameters: ParameterTree;
  apply(x: Tensor, context: Context): Tensor;
}

/**
 * A context; by default for evaluation, where nothing is updated. A trainer collects the updates:
 *
 *     const state = new Map<Parameter, Tensor>();
 *     const training = context({ training: true, update: (parameter, value) => state.set(parameter, value) });
 */
export function context({
  training = false,
  update = () => {},
  isFrozen = () => false,
}: Partial<Context> = {}): Context {
  return { training, update, isFrozen };
}

/** A layer whose nodes carry `name` in their scope. */
export function layer(name: string, parameters: ParameterTree, apply: Layer["apply"]): Layer {
  return { parameters, apply: (x, ctx) => scope(name, () => apply(x, ctx)) };
}

/** A layer of a pure function, without parameters. */
export function pure(name: string, apply: (x: Tensor) => Tensor): Layer {
  return layer(name, {}, apply);
}
