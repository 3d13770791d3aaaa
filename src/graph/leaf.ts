import { canonicalShape, formatShape, isSize, type Shape, staticSize } from "./dim.js";
import { type Attributes, failWith, inferTypes, mismatch, type NumericArray, type Op } from "./op.js";
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

function leaf(op: Op<Attributes>, attributes: Attributes, { dtype, shape }: TensorType): Node {
  const canonical = canonicalShape(shape);
  if (!canonical.every(isSize)) {
    const expected = "sizes that are whole numbers from 0 or names such as batch";
    failWith(op.name, formatShape(shape), mismatch(expected, "correct the shape; names are letters, digits and _"));
  }
  return new Node(op, [], attributes, [{ dtype, shape: canonical }], currentScope());
}

/** A value given at each run under `name`. */
export function input(name: string, dtype: DType, shape: Shape): Tensor {
  if (name === "") failWith("input", "an empty name", mismatch("a name", "name the input, so that runs can feed it"));
  return leaf(inputOp, { name }, { dtype, shape }).outputs[0] as Tensor;
}

/** Name of an input, or undefined for any other tensor. */
export function inputName(tensor: Tensor): string | undefined {
  return tensor.node.op === inputOp ? (tensor.node.attributes.name as string) : undefined;
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

function wholeNumber(value: number): bigint {
  if (Number.isInteger(value)) return BigInt(value);
  const remedy = 'cast the int64 tensor it meets to a float first: x.cast("float32")';
  return failWith("constant", `${value}`, mismatch("whole numbers for int64", remedy, "dtype-mismatch"));
}

/** Numbers in the storage of `dtype`: whole numbers for int64, 0 or 1 for bool. */
export function toStorage(values: ArrayLike<number>, dtype: DType): NumericArray {
  if (dtype === "int64") return BigInt64Array.from(values, wholeNumber);
  if (dtype === "bool") return Uint8Array.from(values, (value) => Number(value !== 0));
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

/** Sizes of nested arrays, or undefined when rows of one axis differ in length or depth. */
function nestedShape(values: NestedNumbers): number[] | undefined {
  if (typeof values === "number") return [];
  const shapes = values.map(nestedShape);
  const [first = []] = shapes;
  return shapes.every((shape) => shape?.join() === first.join()) ? [values.length, ...first] : undefined;
}

function shapeOf(value: NestedNumbers | NumericArray): readonly number[] {
  if (ArrayBuffer.isView(value)) return [value.length];
  const shape = nestedShape(value as NestedNumbers);
  if (shape !== undefined) return shape;
  const expected = "nested arrays of equal length at each depth";
  return failWith("constant", "rows of different lengths", mismatch(expected, "give each row the same length"));
}

/** `values` themselves where they are stored as `dtype` already. */
function stored(values: NumericArray, dtype: DType): NumericArray {
  if (storageType(values) === dtype) return values;
  return toStorage(values instanceof BigInt64Array ? Float64Array.from(values, Number) : values, dtype);
}

/**
 * A value fixed in the graph: a number, nested arrays, or a typed array with its shape. Numbers and arrays become
 * `dtype` (float32 by default).
 */
export function constant(
  value: NestedNumbers | NumericArray,
  options: { shape?: readonly number[]; dtype?: DType } = {},
): Tensor {
  const typed = ArrayBuffer.isView(value);
  const dtype = options.dtype ?? (typed ? storageType(value) : "float32");
  const shape = options.shape ?? shapeOf(value);
  const storage = typed ? stored(value, dtype) : toStorage(flatten(value as NestedNumbers), dtype);
  if (storage.length !== staticSize(shape)) {
    const expected = `${staticSize(shape)} numbers for shape ${formatShape(shape)}`;
    failWith("constant", `${storage.length}`, mismatch(expected, "correct the shape, or the numbers"));
  }
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

/** Outputs of the same op on other inputs or with other attributes, by default in the same scope; the node's own when all are the same. */
export function rebuild(
  node: Node,
  inputs: readonly Tensor[],
  attributes = node.attributes,
  path = node.scope,
): readonly Tensor[] {
  const isSame = attributes === node.attributes && inputs.every((tensor, i) => tensor === node.inputs[i]);
  if (isSame) return node.outputs;
  return new Node(node.op, inputs, attributes, inferTypes(node.op, inputs, attributes), path).outputs;
}
