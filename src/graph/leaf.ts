import { SimileError } from "../errors/index.js";
import { formatShape, type Shape, staticSize } from "./dim.js";
import type { Attributes, NumericArray, Op } from "./op.js";
import { currentScope, type DType, Node, Tensor, type TensorType } from "./tensor.js";

/** Leaves have no inputs; whoever writes or runs the graph supplies their values. */
function leafOp(name: string): Op<Attributes> {
  return {
    name,
    infer: () => [],
    lower: () => {
      throw new Error(`${name} is written by the graph's writer`);
    },
  };
}

const inputOp = leafOp("input");
const constantOp = leafOp("constant");
const parameterOp = leafOp("parameter");
const randomOp = leafOp("random");

function leaf(op: Op<Attributes>, attributes: Attributes, type: TensorType): Node {
  return new Node(op, [], attributes, [type], currentScope());
}

/** A value given at each run under `name`. */
export function input(name: string, dtype: DType, shape: Shape): Tensor {
  return leaf(inputOp, { name }, { dtype, shape }).outputs[0] as Tensor;
}

/** Name of an input, or undefined for any other tensor. */
export function inputName(tensor: Tensor): string | undefined {
  return tensor.node.op === inputOp ? (tensor.node.attributes["name"] as string) : undefined;
}

const constantValues = new WeakMap<Node, NumericArray>();

/** Storage for `size` elements of `dtype`, zero. */
export function allocate(dtype: DType, size: number): NumericArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(size);
    case "float64":
      return new Float64Array(size);
    case "int64":
      return new BigInt64Array(size);
    default:
      return new Uint8Array(size);
  }
}

/** Numbers in the storage of `dtype`. */
export function toStorage(values: ArrayLike<number>, dtype: DType): NumericArray {
  if (dtype === "int64") return BigInt64Array.from(values, (value) => BigInt(Math.trunc(value)));
  const storage = allocate(dtype, values.length) as Float32Array;
  for (let i = 0; i < values.length; i++) storage[i] = values[i] as number;
  return storage;
}

function storageType(values: NumericArray): DType {
  if (values instanceof Float32Array) return "float32";
  if (values instanceof Float64Array) return "float64";
  return values instanceof BigInt64Array ? "int64" : "uint8";
}

/** Numbers, nested to any regular depth. */
export type NestedNumbers = number | readonly NestedNumbers[];

function flatten(values: NestedNumbers, into: number[] = []): number[] {
  if (typeof values === "number") into.push(values);
  else for (const entry of values) flatten(entry, into);
  return into;
}

function nestedShape(values: NestedNumbers): number[] {
  return typeof values === "number"
    ? []
    : [values.length, ...(values.length > 0 ? nestedShape(values[0] as NestedNumbers) : [])];
}

/**
 * A value fixed in the graph: a number, nested arrays, or a typed array with its shape. Numbers and arrays become
 * `dtype` (float32 by default).
 */
export function constant(
  value: NestedNumbers | NumericArray,
  options: { shape?: readonly number[]; dtype?: DType } = {},
): Tensor {
  const typed = typeof value !== "number" && !Array.isArray(value) ? (value as NumericArray) : undefined;
  const dtype = options.dtype ?? (typed ? storageType(typed) : "float32");
  const shape = options.shape ?? (typed ? [typed.length] : nestedShape(value as NestedNumbers));
  const flat = typed ?? flatten(value as NestedNumbers);
  if (flat.length !== staticSize(shape)) {
    throw new SimileError({
      code: "shape-mismatch",
      where: "constant",
      expected: `${staticSize(shape)} numbers for shape ${formatShape(shape)}`,
      received: `${flat.length}`,
      remedy: "give each row the same length, or correct the shape",
    });
  }
  const storage =
    typed && storageType(typed) === dtype
      ? typed
      : typed && dtype === "bool" && typed instanceof Uint8Array
        ? typed
        : toStorage(
            typed instanceof BigInt64Array ? Float64Array.from(typed, Number) : (flat as ArrayLike<number>),
            dtype,
          );
  const node = leaf(constantOp, {}, { dtype, shape });
  constantValues.set(node, storage);
  return node.outputs[0] as Tensor;
}

/** Values of a constant, or undefined for any other tensor. */
export function constantValue(tensor: Tensor): NumericArray | undefined {
  return constantValues.get(tensor.node);
}

/** The number that every element of a constant equals, or undefined. */
export function uniformValue(tensor: Tensor): number | undefined {
  const values = constantValue(tensor);
  if (values === undefined || values.length === 0) return undefined;
  const first = values[0] as number | bigint;
  for (const value of values) if (value !== first) return undefined;
  return Number(first);
}

/** The random numbers that initialisers draw from; `Random` of `simile/rng` is one. */
export interface RandomSource {
  uniform(): number;
  normal(): number;
}

/** Fills a new parameter: numbers in row-major order for `shape`. */
export type Initializer = (shape: readonly number[], random: RandomSource) => ArrayLike<number>;

/** What the owner of a parameter declares about it. */
export interface ParameterOptions {
  readonly initializer: Initializer;
  readonly dtype?: DType;
  /** False for state that is not learned by gradients (batch statistics, queues, moments). Default true. */
  readonly trainable?: boolean;
  /** Factor on the learning rate. Default 1. */
  readonly learningRateMultiplier?: number;
  /** Whether weight decay applies. Default: true for trainable parameters with two or more axes. */
  readonly weightDecay?: boolean;
}

/**
 * A value that persists from run to run: a weight, a proxy, a running mean, an optimiser's moment. It is a leaf of every
 * graph that uses it, so no graph can use one without the program knowing.
 */
export class Parameter extends Tensor {
  readonly initializer: Initializer;
  readonly trainable: boolean;
  readonly learningRateMultiplier: number;
  readonly weightDecay: boolean;
  declare readonly shape: readonly number[];

  constructor(shape: readonly number[], options: ParameterOptions) {
    const type: TensorType = { dtype: options.dtype ?? "float32", shape };
    super(leaf(parameterOp, {}, type), 0, type);
    (this.node.outputs as Tensor[])[0] = this;
    this.initializer = options.initializer;
    this.trainable = options.trainable ?? true;
    this.learningRateMultiplier = options.learningRateMultiplier ?? 1;
    this.weightDecay = options.weightDecay ?? (this.trainable && shape.length > 1);
  }
}

/** Named parameters, nested as their owners are. */
export interface ParameterTree {
  readonly [name: string]: Parameter | ParameterTree;
}

/** All parameters of a tree with their dotted paths, in the order of declaration. */
export function namedParameters(tree: ParameterTree, prefix = ""): [string, Parameter][] {
  return Object.entries(tree).flatMap(([name, entry]) =>
    entry instanceof Parameter
      ? [[`${prefix}${name}`, entry] as [string, Parameter]]
      : namedParameters(entry, `${prefix}${name}.`),
  );
}

/** How a random leaf is drawn on the host, anew at each run. */
export type Distribution =
  | { readonly kind: "uniform" }
  | { readonly kind: "normal" }
  | { readonly kind: "bernoulli"; readonly probability: number };

/** Random numbers drawn by the host's seeded generator at each run (float32). Bernoulli gives 1 with `probability`. */
export function randomTensor(distribution: Distribution, shape: Shape): Tensor {
  return leaf(randomOp, { ...distribution }, { dtype: "float32", shape }).outputs[0] as Tensor;
}

/** Distribution of a random leaf, or undefined for any other tensor. */
export function randomDistribution(tensor: Tensor): Distribution | undefined {
  return tensor.node.op === randomOp ? (tensor.node.attributes as unknown as Distribution) : undefined;
}

/** Outputs of the same op on other inputs, in the same scope; the node's own when the inputs are the same. */
export function rebuild(node: Node, inputs: readonly Tensor[]): readonly Tensor[] {
  if (inputs.every((tensor, i) => tensor === node.inputs[i])) return node.outputs;
  return new Node(node.op, inputs, node.attributes, node.op.infer(inputs, node.attributes), node.scope).outputs;
}
