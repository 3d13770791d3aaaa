import type { Shape } from "./dim.js";
import type { Attributes, Op } from "./op.js";

/** Element types. `uint8` exists only at the border (decoded images): cast it first. */
export type DType = "float32" | "float64" | "int64" | "bool" | "uint8";

/** Element type and shape of one value. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** One application of an op. Nodes point at what they consume, so a graph is whatever its outputs reach. */
export class Node {
  private static count = 0;
  /** Grows in order of creation, which is a topological order. */
  readonly id = Node.count++;
  readonly outputs: readonly Tensor[];

  constructor(
    readonly op: Op<Attributes>,
    readonly inputs: readonly Tensor[],
    readonly attributes: Attributes,
    types: readonly TensorType[],
    /** Path of the scopes it was made in, such as `backbone/conv1`. */
    readonly scope: string,
  ) {
    this.outputs = types.map((type, index) => new Tensor(this, index, type));
  }
}

/**
 * A value that will exist when the graph runs: an element type, a shape, and how it is computed. Immutable; holds no
 * memory. Its methods are added by the files of `ops/`, beside the functions of the same names.
 */
export class Tensor {
  readonly dtype: DType;
  readonly shape: Shape;

  constructor(
    readonly node: Node,
    /** Which output of the node this is. */
    readonly index: number,
    type: TensorType,
  ) {
    this.dtype = type.dtype;
    this.shape = type.shape;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** `float32 [batch, 128]` */
  toString(): string {
    return `${this.dtype} [${this.shape.join(", ")}]`;
  }
}

const scopes: string[] = [];

/** Runs `build`; nodes made meanwhile carry `name` in their path, and so do their names in the ONNX file. */
export function scope<T>(name: string, build: () => T): T {
  scopes.push(name);
  try {
    return build();
  } finally {
    scopes.pop();
  }
}

/** Last part of a scope's path: what stands before it is the scope of what the nodes are the gradient of. */
export const BACKWARD = "backward";

/** Last part of the scope of what is computed a second time, to be forgotten in between. */
export const RECOMPUTED = "recomputed";

/** Runs `build`, which makes gradients for the inputs of `node`: nodes made meanwhile carry its path and {@link BACKWARD}. */
export function backwardScope<T>(node: Node, build: () => T): T {
  const path = node.scope === "" ? [BACKWARD] : [node.scope, BACKWARD];
  const outer = scopes.splice(0, scopes.length, ...path);
  try {
    return build();
  } finally {
    scopes.splice(0, scopes.length, ...outer);
  }
}

/** Path of the scopes now open. */
export function currentScope(): string {
  return scopes.join("/");
}
