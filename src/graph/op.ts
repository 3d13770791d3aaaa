import { SimileError } from "../errors/index.js";
import { formatShape, type Shape } from "./dim.js";
import { currentScope, type DType, Node, type Tensor, type TensorType } from "./tensor.js";

/** Numbers, text and lists that parametrise a node; compared and printed as JSON. */
export type AttributeValue = number | string | boolean | null | readonly AttributeValue[];
export type Attributes = { readonly [name: string]: AttributeValue };

/** Plain numbers of a constant, in the storage of its element type. */
export type NumericArray = Float32Array | Float64Array | BigInt64Array | Uint8Array;

/** What an ONNX attribute can be here. Whole numbers are written as INT unless wrapped in `float`. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

/** What an op's lowering may ask of the writer of ONNX nodes. Values are referred to by name. */
export interface Emitter {
  /** Adds a node of the standard ONNX domain and returns the name of its first output. */
  add(type: string, inputs: readonly string[], attributes?: Record<string, OnnxAttribute>): string;
  /** Adds a node with several outputs. */
  addMany(
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Record<string, OnnxAttribute>,
  ): string[];
  /** A one-dimensional int64 constant. */
  ints(values: readonly number[]): string;
  /** A constant of rank 0. */
  scalar(value: number, dtype: DType): string;
  /** An int64 vector with the sizes of `shape`, computed at run time where they have names. */
  shape(shape: Shape): string;
  /** A cast, for operators that ONNX Runtime lacks in this element type. */
  cast(value: string, dtype: DType): string;
}

/** What a gradient rule sees. */
export interface GradientContext<A extends Attributes> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: A;
  /** Gradient of each output; undefined where nothing depends on it. */
  readonly gradients: readonly (Tensor | undefined)[];
}

/** One operation: everything the rest of Simile knows about it. */
export interface Op<A extends Attributes = Attributes> {
  readonly name: string;
  /** Types of the outputs, or a {@link mismatch} thrown. */
  infer(inputs: readonly TensorType[], attributes: A): readonly TensorType[];
  /**
   * Gradients of the inputs, made of ops; undefined for an input that has none. An op without this rule has a zero
   * gradient everywhere (comparisons, roundings, indices).
   */
  gradient?(context: GradientContext<A>): readonly (Tensor | undefined)[];
  /** Writes ONNX nodes for one node and returns the names of its outputs. */
  lower(emit: Emitter, inputs: readonly string[], node: Node, attributes: A): readonly string[];
  /** For elementwise ops: the value of one element, by which constants are folded. */
  readonly scalar?: (...values: number[]) => number;
}

/** Thrown by shape rules; {@link applyOp} adds which op, what it received, and the user's line. */
class Mismatch extends Error {
  constructor(
    readonly code: string,
    readonly expected: string,
    readonly remedy: string,
  ) {
    super(expected);
  }
}

/** To be thrown by a shape rule: what was expected, and the remedy. */
export function mismatch(expected: string, remedy: string, code = "shape-mismatch"): Error {
  return new Mismatch(code, expected, remedy);
}

/** The first line of the stack outside Simile's own sources. */
function callerLine(): string {
  const own = new URL("..", import.meta.url).pathname;
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  const outside = lines.find((line) => !line.includes(own) && !line.includes("node:internal") && line.includes(":"));
  const place = outside?.match(/\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/)?.[1];
  return place === undefined ? "" : ` (at ${place.replace("file://", "")})`;
}

function describe(type: TensorType): string {
  return `${type.dtype} ${formatShape(type.shape)}`;
}

/** Makes a node of `op` and returns its outputs. Errors of shapes and types appear here, when the graph is built. */
export function applyOp<A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  let types: readonly TensorType[];
  try {
    types = op.infer(inputs, attributes);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    const options = Object.keys(attributes).length === 0 ? "" : ` with ${JSON.stringify(attributes)}`;
    throw new SimileError({
      code: error.code,
      where: `${op.name}${callerLine()}`,
      expected: error.expected,
      received: `${inputs.map(describe).join(" and ") || "no tensor"}${options}`,
      remedy: error.remedy,
    });
  }
  return new Node(op as unknown as Op, inputs, attributes, types, currentScope()).outputs;
}

/** {@link applyOp} for ops with one output. */
export function applySingle<A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  return applyOp(op, inputs, attributes)[0] as Tensor;
}
