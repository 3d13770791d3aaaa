import type { Tensor } from "../graph/index.js";
import { gelu, leakyRelu, relu, sigmoid, silu, softplus, tanh } from "../ops/index.js";
import { type Layer, pure } from "./layer.js";

const functions = {
  relu,
  leakyRelu: (x: Tensor) => leakyRelu(x),
  gelu,
  silu,
  sigmoid,
  softplus,
  tanh,
  identity: (x: Tensor) => x,
} as const satisfies Record<string, (x: Tensor) => Tensor>;

/** An elementwise function by name. */
export type ActivationName = keyof typeof functions;

/** All names that {@link activation} knows. */
export const activationNames = Object.keys(functions) as [ActivationName, ...ActivationName[]];

/** The elementwise function called `name` as a layer. */
export function activation(name: ActivationName): Layer {
  return pure(name, functions[name]);
}
