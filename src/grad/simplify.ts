import {
  constant,
  constantValue,
  type DType,
  type Node,
  type NumericArray,
  reachableNodes,
  rebuild,
  sameShape,
  staticSize,
  type Tensor,
  toStorage,
  uniformValue,
} from "../graph/index.js";

/** Constants larger than this are left to be computed when the graph runs, to keep files small. */
const LARGEST_FOLDED = 1024;

const identities = new WeakMap<object, number>();
let identified = 0;

/** Identity of an object in a key. */
function identity(value: object): number {
  const known = identities.get(value) ?? identified++;
  identities.set(value, known);
  return known;
}

function isStatic(tensor: Tensor): boolean {
  return tensor.shape.every((dim) => typeof dim === "number");
}

/** Elements of `tensor`, read as if it were broadcast to `shape`. */
function broadcastReader(tensor: Tensor, shape: readonly number[]): (flat: number) => number {
  const values = constantValue(tensor)!;
  if (values.length === 1) return () => Number(values[0]);
  const own = tensor.shape as readonly number[];
  return (flat) => {
    let offset = 0;
    let stride = 1;
    for (let axis = shape.length - 1, rest = flat; axis >= 0; axis--) {
      const size = shape[axis]!;
      const ownSize = own[axis - shape.length + own.length] ?? 1;
      offset += (ownSize === 1 ? 0 : rest % size) * stride;
      stride *= ownSize;
      rest = Math.floor(rest / size);
    }
    return Number(values[offset]);
  };
}

/** False for an int64 constant with numbers that a float64 cannot hold. */
function isExact(tensor: Tensor): boolean {
  const values = constantValue(tensor)!;
  return !(values instanceof BigInt64Array) || values.every((value) => Number.isSafeInteger(Number(value)));
}

/** The value of a node whose inputs are small constants: elementwise ones, and those that only change shape or type. */
function fold(node: Node, output: Tensor): Tensor | undefined {
  if (node.inputs.length === 0 || !node.inputs.every((tensor) => constantValue(tensor) !== undefined)) return undefined;
  if (!isStatic(output) || staticSize(output.shape) > LARGEST_FOLDED || !node.inputs.every(isExact)) return undefined;
  if (node.op.name === "reshape") return asConstant(output, constantValue(node.inputs[0]!)!);
  const scalar = node.op.name === "cast" ? castScalar(output.dtype) : node.op.scalar;
  if (scalar === undefined) return undefined;
  const readers = node.inputs.map((tensor) => broadcastReader(tensor, output.shape as readonly number[]));
  const single = output.dtype === "float32" ? Math.fround : (value: number) => value;
  const values = Array.from({ length: staticSize(output.shape) }, (_, i) =>
    single(scalar(...readers.map((read) => read(i)))),
  );
  if (output.dtype === "int64" && !values.every(Number.isSafeInteger)) return undefined;
  return asConstant(output, toStorage(values, output.dtype));
}

function asConstant({ dtype, shape }: Tensor, values: NumericArray): Tensor {
  return constant(values, { shape: shape as readonly number[], dtype });
}

function castScalar(dtype: DType): ((value: number) => number) | undefined {
  if (dtype === "uint8") return undefined;
  return dtype === "int64" ? Math.trunc : (value) => value;
}

/** Which tensor arithmetic gives back when an operand is neutral, by the value that every element of an operand has. */
const neutral: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor | undefined>> = {
  add: (a, b) => (uniformValue(b) === 0 ? a : uniformValue(a) === 0 ? b : undefined),
  sub: (a, b) => (uniformValue(b) === 0 ? a : undefined),
  mul: (a, b) => (uniformValue(b) === 1 ? a : uniformValue(a) === 1 ? b : undefined),
  div: (a, b) => (uniformValue(b) === 1 ? a : undefined),
  pow: (a, b) => (uniformValue(b) === 1 ? a : undefined),
};

/** A tensor that `output` equals, for the neutral elements of arithmetic and for movements that cancel. */
function shortcut({ op, inputs }: Node, output: Tensor): Tensor | undefined {
  const [a, b, c] = inputs as [Tensor, Tensor, Tensor];
  const same = (tensor: Tensor | undefined) =>
    tensor && tensor.dtype === output.dtype && sameShape(tensor.shape, output.shape) ? tensor : undefined;
  switch (op.name) {
    case "where": {
      const condition = uniformValue(a);
      return condition === undefined ? undefined : same(condition ? b : c);
    }
    case "reshape":
    case "expand":
    case "cast":
      return same(a);
    case "transpose":
      return isIdentity(output.node) ? a : undefined;
    case "neg":
      return a.node.op === op ? a.node.inputs[0] : undefined;
    default:
      return same(neutral[op.name]?.(a, b));
  }
}

function isIdentity({ attributes }: Node): boolean {
  return (attributes.permutation as readonly number[]).every((axis, i) => axis === i);
}

/** A reshape of a reshape needs only the last shape, a transpose of a transpose only one permutation. */
function joinMovements(node: Node): Node {
  const inner = node.inputs[0]?.node;
  if (inner?.op !== node.op) return node;
  if (node.op.name === "reshape") return rebuild(node, inner.inputs)[0]!.node;
  if (node.op.name !== "transpose") return node;
  const first = inner.attributes.permutation as readonly number[];
  const second = node.attributes.permutation as readonly number[];
  return rebuild(node, inner.inputs, { permutation: second.map((axis) => first[axis]!) })[0]!.node;
}

/** Arithmetic broadcasts by itself: an operand need not be expanded where another gives the shape. */
function dropExpansions(node: Node): Node {
  if (node.op.scalar === undefined || node.inputs.length < 2) return node;
  return node.inputs.reduce((current, tensor, i) => {
    if (tensor.node.op.name !== "expand") return current;
    const [result] = rebuild(current, current.inputs.with(i, tensor.node.inputs[0]!)) as [Tensor];
    return sameShape(result.shape, node.outputs[0]!.shape) ? result.node : current;
  }, node);
}

/** JSON has no infinities, no NaN and no -0. */
function writeNumber(_name: string, value: unknown): unknown {
  return typeof value === "number" && (Object.is(value, -0) || !Number.isFinite(value))
    ? `#${1 / value} ${value}`
    : value;
}

function key(node: Node): string | undefined {
  const { name } = node.op;
  if (name === "input" || name === "parameter" || name === "random") return undefined;
  if (name === "constant") {
    const values = constantValue(node.outputs[0]!)!;
    const content =
      values.length > 16
        ? `#${identity(values)}`
        : [...(values as Iterable<number | bigint>)].map((v) => (Object.is(v, -0) ? "-0" : v)).join();
    return `constant|${node.outputs[0]}|${content}`;
  }
  const inputs = node.inputs.map((tensor) => `${tensor.node.id}.${tensor.index}`).join();
  return `${identity(node.op)}|${JSON.stringify(node.attributes, writeNumber)}|${inputs}`;
}

/**
 * An equal graph with constants folded, neutral operations dropped and equal nodes shared; what no output needs is left
 * behind. Leaves keep their identity.
 */
export function simplify(outputs: readonly Tensor[]): Tensor[] {
  const replaced = new Map<Tensor, Tensor>();
  const shared = new Map<string, readonly Tensor[]>();
  const current = (tensor: Tensor) => replaced.get(tensor) ?? tensor;
  for (const original of reachableNodes(outputs)) {
    let node = original;
    if (original.inputs.some((tensor) => replaced.has(tensor)))
      node = rebuild(original, original.inputs.map(current))[0]!.node;
    node = dropExpansions(joinMovements(node));
    const only = node.outputs.length === 1 ? node.outputs[0]! : undefined;
    const direct =
      only && (node.op.name === "stopGradient" ? node.inputs[0] : (fold(node, only) ?? shortcut(node, only)));
    let results = direct ? [direct] : node.outputs;
    const name = key(results[0]!.node);
    if (name !== undefined && results.length === results[0]!.node.outputs.length) {
      const twin = shared.get(name);
      if (twin === undefined) shared.set(name, results[0]!.node.outputs);
      else results = direct ? [twin[direct.index]!] : [...twin];
    }
    original.outputs.forEach((output, i) => {
      if (results[i] !== output) replaced.set(output, results[i]!);
    });
  }
  return outputs.map(current);
}
