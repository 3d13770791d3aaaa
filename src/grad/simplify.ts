import {
  constant,
  constantValue,
  type Node,
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

/** The value of an elementwise node whose inputs are small constants. */
function fold(node: Node, output: Tensor): Tensor | undefined {
  const { scalar } = node.op;
  if (scalar === undefined || node.inputs.length === 0 || !isStatic(output)) return undefined;
  if (!node.inputs.every((tensor) => constantValue(tensor) !== undefined)) return undefined;
  const shape = output.shape as readonly number[];
  const size = staticSize(shape);
  if (size > LARGEST_FOLDED) return undefined;
  if (!node.inputs.every(isExact)) return undefined;
  const readers = node.inputs.map((tensor) => broadcastReader(tensor, shape));
  const single = output.dtype === "float32" ? Math.fround : (value: number) => value;
  const values = Array.from({ length: size }, (_, i) => single(scalar(...readers.map((read) => read(i)))));
  if (output.dtype === "int64" && values.some((value) => !Number.isSafeInteger(value))) return undefined;
  return constant(toStorage(values, output.dtype), { shape, dtype: output.dtype });
}

/** A tensor that `output` equals, for the neutral elements of arithmetic and for movements that cancel. */
function shortcut(node: Node, output: Tensor): Tensor | undefined {
  const [a, b] = node.inputs;
  if (a === undefined) return undefined;
  const same = (tensor: Tensor | undefined) => (tensor && sameShape(tensor.shape, output.shape) ? tensor : undefined);
  const right = b && uniformValue(b);
  const left = uniformValue(a);
  switch (node.op.name) {
    case "add":
      return right === 0 ? same(a) : left === 0 ? same(b) : undefined;
    case "sub":
      return right === 0 ? same(a) : undefined;
    case "mul":
      return right === 1 ? same(a) : left === 1 ? same(b) : undefined;
    case "div":
    case "pow":
      return right === 1 ? same(a) : undefined;
    case "where":
      return left === undefined ? undefined : same(left ? b : node.inputs[2]);
    case "reshape":
    case "expand":
    case "cast":
      return a.dtype === output.dtype ? same(a) : undefined;
    case "neg":
      return a.node.op.name === "neg" ? a.node.inputs[0] : undefined;
    case "transpose":
      return cancelledTranspose(a, node);
    default:
      return undefined;
  }
}

function cancelledTranspose(a: Tensor, node: Node): Tensor | undefined {
  if (a.node.op !== node.op) return undefined;
  const inner = a.node.attributes["permutation"] as readonly number[];
  const outer = node.attributes["permutation"] as readonly number[];
  return outer.every((axis, i) => inner[axis] === i) ? a.node.inputs[0] : undefined;
}

/** `reshape` of a reshape needs only the last shape. */
function joinReshapes(node: Node): Node {
  const [a] = node.inputs;
  if (node.op.name !== "reshape" || a?.node.op !== node.op) return node;
  return rebuild(node, [a.node.inputs[0]!])[0]!.node;
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
    node = joinReshapes(node);
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
