import { addDims, type Dim, type DType, divideDims, multiplyDims } from "../../../graph/index.js";
import type { Call } from "../call.js";
import { toDType } from "../tensors.js";
import { type Known, LARGEST_KNOWN } from "../value.js";
import { placed, positions } from "./positions.js";

/** Computes a node's numbers while the graph is built, or gives up: then the graph computes them. */
export type Fold = (call: Call) => Known | undefined;

type Combine = (a: Dim, b: Dim, dtype: DType) => Dim | undefined;

/** The inputs' numbers, where none can change. */
function fixedInputs(call: Call): Known[] | undefined {
  const found = call.inputs.map((input) => input?.fixed);
  return found.every((known) => known !== undefined) ? found : undefined;
}

function broadcast(a: readonly number[], b: readonly number[]): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, i) => [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1]);
  if (sizes.some(([x, y]) => x !== y && x !== 1 && y !== 1)) return undefined;
  return sizes.map(([x, y]) => (x === 1 ? y! : x!));
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

const MAX_LETTERS = 200;

/** Results as what is known, or nothing when one of them could not be told or is out of bounds. */
function knownOf(dtype: DType, shape: readonly number[], data: readonly (Dim | undefined)[]): Known | undefined {
  const told = data.every((entry) => (typeof entry === "string" ? entry.length <= MAX_LETTERS : entry !== undefined));
  return told ? { dtype, shape, data: data as readonly Dim[] } : undefined;
}

/** Elements of `known` as if it were broadcast to `shape`. */
function spread(known: Known, shape: readonly number[]): readonly Dim[] {
  if (known.shape.join() === shape.join()) return known.data;
  const lead = shape.length - known.shape.length;
  return positions(shape).map((at) => known.data[placed(at.slice(lead), known.shape)]!);
}

function combined(a: Known, b: Known, dtype: DType, combine: Combine): Known | undefined {
  const shape = broadcast(a.shape, b.shape);
  if (shape === undefined || count(shape) > LARGEST_KNOWN) return undefined;
  const [left, right] = [spread(a, shape), spread(b, shape)];
  return knownOf(
    dtype,
    shape,
    left.map((entry, i) => combine(entry, right[i]!, a.dtype)),
  );
}

function elementwise(combine: Combine, result?: DType): Fold {
  return (call) => {
    const inputs = fixedInputs(call);
    if (inputs === undefined || inputs.length === 0) return undefined;
    const [first, ...rest] = inputs as [Known, ...Known[]];
    return rest.reduce<Known | undefined>(
      (total, next) => total && combined(total, next, result ?? first.dtype, combine),
      first,
    );
  };
}

/** For numbers alone: named sizes give up. */
function onNumbers(compute: (a: number, b: number, dtype: DType) => number): Combine {
  return (a, b, dtype) => (typeof a === "number" && typeof b === "number" ? compute(a, b, dtype) : undefined);
}

function divide(a: Dim, b: Dim, dtype: DType): Dim | undefined {
  if (typeof a === "number" && typeof b === "number") {
    if (dtype !== "int64") return a / b;
    return b === 0 ? undefined : Math.trunc(a / b);
  }
  return b === 0 ? undefined : divideDims(a, b);
}

const isWhole = (dim: Dim): boolean => typeof dim === "string" || Number.isInteger(dim);

/** Sums and products of sizes are sizes; of fractions, only numbers count. */
function ofSizes(onDims: (a: Dim, b: Dim) => Dim, plain: (a: number, b: number) => number): Combine {
  return (a, b) => {
    if (typeof a === "number" && typeof b === "number") return plain(a, b);
    if (`${a}${b}`.length > MAX_LETTERS) return undefined;
    return isWhole(a) && isWhole(b) ? onDims(a, b) : undefined;
  };
}

/** Comparisons of a size with itself, or with a number that no size can be. */
function equals(a: Dim, b: Dim): number | undefined {
  if (a === b) return 1;
  if (typeof a === "number" && typeof b === "number") return 0;
  const number = typeof a === "number" ? a : typeof b === "number" ? b : 0;
  return number < 0 ? 0 : undefined;
}

function each(compute: (x: number, dtype: DType) => number, keepsSizes = false): Fold {
  return (call) => {
    const [x] = fixedInputs(call) ?? [];
    if (x === undefined) return undefined;
    const entry = (dim: Dim) => (typeof dim === "number" ? compute(dim, x.dtype) : keepsSizes ? dim : undefined);
    return knownOf(x.dtype, x.shape, x.data.map(entry));
  };
}

function castFold(call: Call, dtype: DType): Known | undefined {
  const x = call.inputs[0]?.fixed;
  if (x === undefined) return undefined;
  const entry = (dim: Dim): Dim | undefined => {
    if (typeof dim !== "number") return dtype === "bool" ? undefined : dim;
    if (dtype === "bool") return Number(dim !== 0);
    return dtype === "int64" ? (Number.isFinite(dim) ? Math.trunc(dim) : undefined) : dim;
  };
  return knownOf(dtype, x.shape, x.data.map(entry));
}

function chooseFold(call: Call): Known | undefined {
  const [condition, a, b] = fixedInputs(call) ?? [];
  if (!condition || !a || !b || condition.data.some((entry) => typeof entry !== "number")) return undefined;
  const shape = [a.shape, b.shape].reduce<number[] | undefined>(
    (total, next) => total && broadcast(total, next),
    [...condition.shape],
  );
  if (shape === undefined || count(shape) > LARGEST_KNOWN) return undefined;
  const [choice, left, right] = [condition, a, b].map((known) => spread(known, shape)) as [Dim[], Dim[], Dim[]];
  return { dtype: a.dtype, shape, data: choice.map((keep, i) => (keep === 0 ? right[i]! : left[i]!)) };
}

function shapeFold(call: Call): Known {
  const { attributes } = call;
  const { shape } = call.tensor(0);
  const data = shape.slice(attributes.int("start", 0), attributes.int("end", shape.length));
  return { dtype: "int64", shape: [data.length], data };
}

/** Arithmetic on shapes, by operator. */
export const arithmeticFolds: Readonly<Record<string, Fold>> = {
  Shape: shapeFold,
  Size: (call) => ({ dtype: "int64", shape: [], data: [multiplyDims(...call.tensor(0).shape)] }),
  Add: elementwise(ofSizes(addDims, (a, b) => a + b)),
  Sub: elementwise(
    ofSizes(
      (a, b) => addDims(a, multiplyDims(-1, b)),
      (a, b) => a - b,
    ),
  ),
  Mul: elementwise(ofSizes(multiplyDims, (a, b) => a * b)),
  Div: elementwise(divide),
  Mod: (call) => {
    const signed = call.attributes.flag("fmod");
    const mod = (a: number, b: number) => (b === 0 ? Number.NaN : signed ? a % b : a - b * Math.floor(a / b));
    return elementwise(onNumbers(mod))(call);
  },
  Pow: elementwise(onNumbers((a, b, dtype) => (dtype === "int64" ? Math.trunc(a ** b) : a ** b))),
  Max: elementwise(onNumbers((a, b) => Math.max(a, b))),
  Min: elementwise(onNumbers((a, b) => Math.min(a, b))),
  Equal: elementwise(equals, "bool"),
  Less: elementwise(
    onNumbers((a, b) => Number(a < b)),
    "bool",
  ),
  LessOrEqual: elementwise(
    onNumbers((a, b) => Number(a <= b)),
    "bool",
  ),
  Greater: elementwise(
    onNumbers((a, b) => Number(a > b)),
    "bool",
  ),
  GreaterOrEqual: elementwise(
    onNumbers((a, b) => Number(a >= b)),
    "bool",
  ),
  And: elementwise(
    onNumbers((a, b) => a * b),
    "bool",
  ),
  Or: elementwise(
    onNumbers((a, b) => Math.max(a, b)),
    "bool",
  ),
  Xor: elementwise(
    onNumbers((a, b) => Number(a !== b)),
    "bool",
  ),
  Not: each((x) => 1 - x),
  Neg: each((x) => -x),
  Abs: each(Math.abs, true),
  Floor: each(Math.floor, true),
  Ceil: each(Math.ceil, true),
  Sqrt: each(Math.sqrt),
  Identity: each((x) => x, true),
  Cast: (call) => castFold(call, toDType(call.attributes.int("to"), call.where)),
  CastLike: (call) => castFold(call, call.tensor(1).dtype),
  Where: chooseFold,
};
