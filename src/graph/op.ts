import { SimileError } from "../errors/index.js";
import { formatShape, isSize, type Shape } from "./dim.js";
import { currentScope, type DType, Node, type Tensor, type TensorType } from "./tensor.js";

/** Numbers, text and lists that parametrise a node; compared and printed as JSON. */
export type AttributeValue = number | string | boolean | null | readonly AttributeValue[];
/** Settings of a node by name. */
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
  /** Whether `value` is numbers that the file holds, rather than computed or fed. */
  isStored(value: string): boolean;
  /** A one-dimensional int64 constant. */
  ints(values: readonly number[]): string;
  /** A constant of rank 0. */
  scalar(value: number, dtype: DType): string;
  /** An int64 vector with the sizes of `shape`, computed at run time where they have names. */
  shape(shape: Shape): string;
  /** The same elements in another shape. */
  reshape(value: string, shape: Shape): string;
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
   * Gradients of the inputs, made of ops; undefined for an input that has none. Where an input was broadcast its
   * gradient may keep the broadcast shape: whoever asks sums it. An op without this rule has a zero gradient everywhere
   * (comparisons, roundings, indices).
   */
  gradient?(context: GradientContext<A>): readonly (Tensor | undefined)[];
  /** Writes ONNX nodes for one node and returns the names of its outputs. */
  lower(emit: Emitter, inputs: readonly string[], node: Node, attributes: A): readonly string[];
  /** For elementwise ops: the value of one element, by which constants are folded. */
  readonly scalar?: (...values: number[]) => number;
  /**
   * Set when the gradient multiplies by the op's values element by element (or row by row), so that a zero gradient may
   * meet an infinity: under an unselected branch of `where`, {@link grad} keeps such elements 0.
   */
  readonly nonlinear?: boolean;
  /** Set for sums of products over whole axes: one infinite element spoils them all, so no branch above can be kept apart. */
  readonly contracts?: boolean;
}

/** Thrown by shape rules; {@link failWith} adds which op, what it received, and the user's line. */
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

/** Simile's own sources, as stack traces write them. */
const own = new URL("..", import.meta.url).pathname;
const ownFolders = [own, decodeURI(own)];

/** The first line of the stack outside Simile's own sources. */
function callerLine(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = Number.POSITIVE_INFINITY;
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = stackTraceLimit;
  const outside = lines.find(
    (line) =>
      /:\d+:\d+\)?$/.test(line) && !line.includes("node:") && !ownFolders.some((folder) => line.includes(folder)),
  );
  const place = outside?.match(/(?:\(|at (?:async )?)([^()]+:\d+:\d+)\)?$/)?.[1];
  return place === undefined ? "" : ` (at ${place.replace("file://", "")})`;
}

function describe(type: TensorType): string {
  return `${type.dtype} ${formatShape(type.shape)}`;
}

/**
 * Throws what went wrong in `name` as the error users see, with the line of theirs that called it.
 *
 * @param received tensors, or what came in their place in words
 * @param problem a {@link mismatch}; anything else is thrown as it is
 */
export function failWith(
  name: string,
  received: readonly TensorType[] | string,
  problem: unknown,
  attributes: Attributes = {},
): never {
  if (!(problem instanceof Mismatch)) throw problem;
  const types = typeof received === "string" ? received : received.map(describe).join(" and ") || "no tensor";
  throw new SimileError({
    code: problem.code,
    where: `${name}${callerLine()}`,
    expected: problem.expected,
    received: Object.keys(attributes).length === 0 ? types : `${types} with ${JSON.stringify(attributes)}`,
    remedy: problem.remedy,
  });
}

/** What `check` returns; a {@link mismatch} it throws becomes the error of `name`. For checks outside shape rules. */
export function checked<T>(name: string, received: readonly TensorType[] | string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    return failWith(name, received, error);
  }
}

/** Types of the outputs of `op`, or the error that says why there are none. */
export function inferTypes<A extends Attributes>(
  op: Op<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly TensorType[] {
  try {
    const types = op.infer(inputs, attributes);
    if (!types.every(({ shape }) => shape.every(isSize))) {
      throw mismatch("sizes that are names or whole numbers from 0", "correct the shape");
    }
    return types;
  } catch (error) {
    return failWith(op.name, inputs, error, attributes);
  }
}

/** Makes a node of `op` and returns its outputs. Errors of shapes and types appear here, when the graph is built. */
export function applyOp<A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attributes: A): readonly Tensor[] {
  const types = inferTypes(op, inputs, attributes);
  return new Node(op as unknown as Op, inputs, attributes, types, currentScope()).outputs;
}

/** {@link applyOp} for ops with one output. */
export function applySingle<A extends Attributes>(op: Op<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  return applyOp(op, inputs, attributes)[0] as Tensor;
}
