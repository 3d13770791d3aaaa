import type { Dim } from "../../../graph/index.js";
import type { Call } from "../call.js";
import { type Known, LARGEST_KNOWN } from "../value.js";
import type { Fold } from "./fold.js";
import { placed, positions } from "./positions.js";

const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** Numbers of one input, where they cannot change. */
const fixed = (call: Call, index: number): Known | undefined => call.inputs[index]?.fixed;

/** Numbers of an input without named sizes. */
function plain(call: Call, index: number): readonly number[] | undefined {
  const data = fixed(call, index)?.data;
  return data?.every((entry) => typeof entry === "number") ? (data as readonly number[]) : undefined;
}

function listed(call: Call, attribute: string, index: number): readonly number[] | undefined {
  return call.attributes.has(attribute) ? call.attributes.ints(attribute) : plain(call, index);
}

/** A result of another shape whose elements are found by position. */
function rearranged(x: Known, shape: readonly number[], from: (at: number[]) => readonly number[]): Known | undefined {
  if (count(shape) > LARGEST_KNOWN) return undefined;
  return { dtype: x.dtype, shape, data: positions(shape).map((at) => x.data[placed(from(at), x.shape)]!) };
}

function vector(x: Known, data: readonly Dim[]): Known {
  return { dtype: x.dtype, shape: [data.length], data };
}

function gatherFold(call: Call): Known | undefined {
  const [x, at] = [fixed(call, 0), plain(call, 1)];
  if (x === undefined || at === undefined) return undefined;
  const axis = call.axis(call.attributes.int("axis", 0), x.shape.length);
  const size = x.shape[axis]!;
  const indices = at.map((index) => (index < 0 ? index + size : index));
  if (indices.some((index) => index < 0 || index >= size)) call.invalid(`indices below ${size}`, at.join(", "));
  const own = fixed(call, 1)!.shape;
  const shape = [...x.shape.slice(0, axis), ...own, ...x.shape.slice(axis + 1)];
  return rearranged(x, shape, (position) => [
    ...position.slice(0, axis),
    indices[placed(position.slice(axis, axis + own.length), own)]!,
    ...position.slice(axis + own.length),
  ]);
}

function concatFold(call: Call): Known | undefined {
  const parts = call.inputs.map((_, i) => fixed(call, i));
  if (!parts.every((part): part is Known => part !== undefined)) return undefined;
  const [first] = parts;
  if (first === undefined || parts.some(({ shape }) => shape.length !== 1)) return undefined;
  return vector(
    first,
    parts.flatMap(({ data }) => data),
  );
}

/** Positions along an axis of `size` that a slice takes. */
function taken(size: number, start: number, end: number, step: number): number[] {
  const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
  const front = (value: number) => (value < 0 ? value + size : value);
  const [from, to] =
    step > 0
      ? [clamp(front(start), 0, size), clamp(front(end), 0, size)]
      : [clamp(front(start), -1, size - 1), clamp(front(end), -1, size - 1)];
  const length = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length }, (_, i) => from + i * step);
}

function sliceFold(call: Call): Known | undefined {
  const x = fixed(call, 0);
  const [starts, ends] = [listed(call, "starts", 1), listed(call, "ends", 2)];
  if (x === undefined || starts === undefined || ends === undefined) return undefined;
  const axes = call.axes(listed(call, "axes", 3) ?? starts.map((_, i) => i), x.shape.length);
  const steps = plain(call, 4) ?? starts.map(() => 1);
  if (steps.includes(0) || ends.length !== starts.length || axes.length !== starts.length) return undefined;
  return axes.reduce<Known | undefined>((part, axis, i) => {
    if (part === undefined) return undefined;
    const kept = taken(part.shape[axis]!, starts[i]!, ends[i]!, steps[i]!);
    const shape = part.shape.map((size, j) => (j === axis ? kept.length : size));
    return rearranged(part, shape, (at) => at.map((index, j) => (j === axis ? kept[index]! : index)));
  }, x);
}

function squeezeFold(call: Call): Known | undefined {
  const x = fixed(call, 0);
  const given = listed(call, "axes", 1);
  if (x === undefined || (call.has(1) && given === undefined)) return undefined;
  const axes = given === undefined ? x.shape.map((_, i) => i) : call.axes(given, x.shape.length);
  return { ...x, shape: x.shape.filter((size, i) => !(axes.includes(i) && size === 1)) };
}

function unsqueezeFold(call: Call): Known | undefined {
  const [x, given] = [fixed(call, 0), listed(call, "axes", 1)];
  if (x === undefined || given === undefined) return undefined;
  const rank = x.shape.length + given.length;
  const axes = call.axes(given, rank);
  const rest = [...x.shape];
  return { ...x, shape: Array.from({ length: rank }, (_, i) => (axes.includes(i) ? 1 : rest.shift()!)) };
}

function reshapeFold(call: Call): Known | undefined {
  const [x, wanted] = [fixed(call, 0), listed(call, "shape", 1)];
  if (x === undefined || wanted === undefined) return undefined;
  const copied = wanted.map((size, i) => (size === 0 && !call.attributes.flag("allowzero") ? (x.shape[i] ?? 0) : size));
  const known = copied.filter((size) => size !== -1).reduce((a, b) => a * b, 1);
  const shape = copied.map((size) => (size === -1 ? x.data.length / known : size));
  return shape.every((size) => Number.isInteger(size) && size >= 0) && count(shape) === x.data.length
    ? { ...x, shape }
    : undefined;
}

function expandFold(call: Call): Known | undefined {
  const [x, wanted] = [fixed(call, 0), plain(call, 1)];
  if (x === undefined || wanted === undefined) return undefined;
  const rank = Math.max(x.shape.length, wanted.length);
  const own = [...Array.from({ length: rank - x.shape.length }, () => 1), ...x.shape];
  const target = [...Array.from({ length: rank - wanted.length }, () => 1), ...wanted];
  const shape = own.map((size, i) => (size === 1 ? target[i]! : size));
  const lead = rank - x.shape.length;
  return target.every((size, i) => size === 1 || size === shape[i])
    ? rearranged(x, shape, (at) => at.slice(lead))
    : undefined;
}

function fillFold(call: Call): Known | undefined {
  const shape = plain(call, 0);
  if (shape === undefined || !shape.every((size) => size >= 0) || count(shape) > LARGEST_KNOWN) return undefined;
  const proto = call.attributes.tensor("value");
  const stored = proto && call.around.read(proto);
  const value = Number(stored?.numbers[0] ?? 0);
  return { dtype: stored?.dtype ?? "float32", shape, data: Array.from({ length: count(shape) }, () => value) };
}

function rangeFold(call: Call): Known | undefined {
  const [start, limit, delta] = [0, 1, 2].map((i) => plain(call, i)?.[0]);
  if (start === undefined || limit === undefined || delta === undefined || delta === 0) return undefined;
  const length = Math.max(0, Math.ceil((limit - start) / delta));
  if (!(length <= LARGEST_KNOWN)) return undefined;
  return { dtype: fixed(call, 0)!.dtype, shape: [length], data: Array.from({ length }, (_, i) => start + i * delta) };
}

function transposeFold(call: Call): Known | undefined {
  const x = fixed(call, 0);
  if (x === undefined) return undefined;
  const order = call.attributes.ints("perm") ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  const axes = call.axes(order, x.shape.length);
  if (axes.length !== x.shape.length) return undefined;
  const shape = axes.map((axis) => x.shape[axis]!);
  return rearranged(x, shape, (at) => x.shape.map((_, axis) => at[axes.indexOf(axis)]!));
}

function nonZeroFold(call: Call): Known | undefined {
  const x = fixed(call, 0);
  if (x === undefined || plain(call, 0) === undefined) return undefined;
  const found = positions(x.shape).filter((_, i) => x.data[i] !== 0);
  const data = x.shape.flatMap((_, axis) => found.map((at) => at[axis]!));
  return { dtype: "int64", shape: [x.shape.length, found.length], data };
}

/** Sums, products and extrema of all numbers of a short vector. */
function reduceFold(combine: (a: number, b: number) => number, start: number): Fold {
  return (call) => {
    const [x, data] = [fixed(call, 0), plain(call, 0)];
    if (x === undefined || data === undefined || x.shape.length !== 1 || data.length === 0) return undefined;
    const shape = call.attributes.flag("keepdims", true) ? [1] : [];
    return { dtype: x.dtype, shape, data: [data.reduce(combine, start)] };
  };
}

/** Computations of shapes that move numbers, by operator. */
export const movementFolds: Readonly<Record<string, Fold>> = {
  Gather: gatherFold,
  Concat: concatFold,
  Slice: sliceFold,
  Squeeze: squeezeFold,
  Unsqueeze: unsqueezeFold,
  Reshape: reshapeFold,
  Expand: expandFold,
  Transpose: transposeFold,
  ConstantOfShape: fillFold,
  Range: rangeFold,
  NonZero: nonZeroFold,
  ReduceProd: reduceFold((a, b) => a * b, 1),
  ReduceSum: reduceFold((a, b) => a + b, 0),
  ReduceMax: reduceFold(Math.max, Number.NEGATIVE_INFINITY),
  ReduceMin: reduceFold(Math.min, Number.POSITIVE_INFINITY),
};
