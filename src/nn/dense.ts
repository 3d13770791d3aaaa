import { type Initializer, Parameter } from "../graph/index.js";
import { add, matmul } from "../ops/index.js";
import { xavier, zeros } from "./initializers.js";
import { type Layer, layer } from "./layer.js";

/** Settings of {@link dense}. */
export interface DenseOptions {
  /** Whether to add a learned vector. Default true. */
  readonly bias?: boolean;
  /** Default {@link xavier}. */
  readonly initializer?: Initializer;
}

/** Affine map of the last axis: [..., inputs] -> [..., outputs]. Parameters `weight` [inputs, outputs] and `bias` [outputs]. */
export function dense(
  inputs: number,
  outputs: number,
  { bias = true, initializer = xavier() }: DenseOptions = {},
): Layer {
  const weight = new Parameter([inputs, outputs], { initializer });
  if (!bias) return layer("dense", { weight }, (x) => matmul(x, weight));
  const shift = new Parameter([outputs], { initializer: zeros });
  return layer("dense", { weight, bias: shift }, (x) => add(matmul(x, weight), shift));
}
