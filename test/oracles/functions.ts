import { naiveConv2d, naiveConvTranspose2d } from "./images.js";
import {
  broadcast,
  build,
  flatAt,
  get,
  getBroadcast,
  type Index,
  indexAt,
  line,
  sizeOf,
  type Values,
} from "./interpreter/array.js";
import { erf } from "./interpreter/elementwise.js";
import { matmulRules } from "./interpreter/matmul.js";
import type { Rule } from "./interpreter/rule.js";
import { selectRules } from "./interpreter/select.js";

/** A function as users call it, from its tensors and whatever else it is given. */
export type Meaning = (tensors: readonly Values[], details: never) => Values | readonly Values[];

function fromFront(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

function each(apply: (x: number) => number): Meaning {
  return ([x]) => ({ shape: x!.shape, data: x!.data.map(apply) });
}

function both(apply: (a: number, b: number) => number): Meaning {
  return ([a, b]) =>
    build(broadcast([a!.shape, b!.shape]), (index) => apply(getBroadcast(a!, index), getBroadcast(b!, index)));
}

type Over = number | { readonly axes?: number | readonly number[]; readonly keepAxes?: boolean };

/** Every group of elements that agree on all axes but those reduced, joined. */
function reduced(x: Values, over: Over, join: (elements: readonly number[]) => number): Values {
  const { axes = x.shape.map((_, i) => i), keepAxes = false } = typeof over === "number" ? { axes: over } : over;
  const gone = new Set([axes].flat().map((axis) => fromFront(axis as number, x.shape.length)));
  const kept = x.shape.map((size, axis) => (gone.has(axis) ? 1 : size));
  const result = build(kept, (index) =>
    join(
      x.data.filter((_, flat) => indexAt(flat, x.shape).every((own, axis) => gone.has(axis) || own === index[axis])),
    ),
  );
  return keepAxes ? result : { shape: kept.filter((_, axis) => !gone.has(axis)), data: result.data };
}

function reduces(join: (elements: readonly number[]) => number) {
  return ([x]: readonly Values[], over: Over) => reduced(x!, over, join);
}

const total = (elements: readonly number[]) => elements.reduce((sum, element) => sum + element, 0);
const average = (elements: readonly number[]) => total(elements) / elements.length;
const squares = (elements: readonly number[]) => total(elements.map((element) => element * element));

function logOfSum(elements: readonly number[]): number {
  const top = Math.max(...elements);
  return Number.isFinite(top) ? top + Math.log(total(elements.map((element) => Math.exp(element - top)))) : top;
}

/** Each line along an axis mapped to another one. */
function lines(x: Values, axis: number, map: (elements: readonly number[]) => readonly number[]): Values {
  const at = fromFront(axis, x.shape.length);
  const length = map(Array.from({ length: x.shape[at]! }, () => 0)).length;
  const shape = x.shape.map((size, i) => (i === at ? length : size));
  return build(shape, (index) => map(line(x, index, at))[index[at]!]!);
}

function along(map: (elements: readonly number[]) => readonly number[]) {
  return ([x]: readonly Values[], axis: number) => lines(x!, axis, map);
}

function placeOf(best: (elements: readonly number[]) => number) {
  return ([x]: readonly Values[], [axis, keepAxes]: [number, boolean]) => {
    const found = lines(x!, axis, (elements) => [elements.indexOf(best(elements))]);
    const at = fromFront(axis, found.shape.length);
    return keepAxes ? found : { shape: found.shape.filter((_, i) => i !== at), data: found.data };
  };
}

function running(elements: readonly number[], reverse: boolean, exclusive: boolean): number[] {
  const ordered = reverse ? elements.toReversed() : elements;
  const sums = ordered.map((element, i) => total(ordered.slice(0, i)) + (exclusive ? 0 : element));
  return reverse ? sums.reverse() : sums;
}

function joined(parts: readonly Values[], axis: number): Values {
  const at = fromFront(axis, parts[0]!.shape.length);
  const length = total(parts.map(({ shape }) => shape[at]!));
  const shape = parts[0]!.shape.map((size, i) => (i === at ? length : size));
  return build(shape, (index) => parts.flatMap((part) => line(part, index, at))[index[at]!]!);
}

function inserted(x: Values, axis: number): Values {
  const at = fromFront(axis, x.shape.length + 1);
  return { shape: x.shape.toSpliced(at, 0, 1), data: x.data };
}

/** Sums of products over every choice of a place for each letter, as Einstein's convention says. */
function einsum(tensors: readonly Values[], equation: string): Values {
  const [left, right] = equation.split("->") as [string, string];
  const terms = left.split(",");
  const letters = [...new Set(left.replaceAll(",", ""))];
  const sizes = letters.map((letter) => {
    const owner = terms.findIndex((term) => term.includes(letter));
    return tensors[owner]!.shape[terms[owner]!.indexOf(letter)]!;
  });
  const shape = [...right].map((letter) => sizes[letters.indexOf(letter)]!);
  const data: number[] = Array(sizeOf(shape)).fill(0);
  for (let flat = 0; flat < sizeOf(sizes); flat++) {
    const places = indexAt(flat, sizes);
    const at = (term: string): Index => [...term].map((letter) => places[letters.indexOf(letter)]!);
    const product = terms.reduce((value, term, i) => value * get(tensors[i]!, at(term)), 1);
    data[flatAt(at(right), shape)]! += product;
  }
  return { shape, data };
}

/** A rule of the interpreter with the axis counted from the front. */
function onAxis(rule: Rule) {
  return (tensors: readonly Values[], axis: number) => {
    const context = { dtype: "float64", sizes: () => [] } as const;
    return rule(tensors, { axis: fromFront(axis, tensors[0]!.shape.length) }, context);
  };
}

function ranked(x: Values, axis: number, k: number, largest: boolean): Values[] {
  const order = (elements: readonly number[]) =>
    elements
      .map((_, place) => place)
      .sort((a, b) => (largest ? elements[b]! - elements[a]! : elements[a]! - elements[b]!) || a - b)
      .slice(0, k);
  return [lines(x, axis, (elements) => order(elements).map((place) => elements[place]!)), lines(x, axis, order)];
}

function sampledPart(elements: readonly number[], start = 0, end = elements.length, step = 1): number[] {
  return elements.slice(start, end).filter((_, i) => i % step === 0);
}

interface Geometry {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [readonly [number, number], readonly [number, number]];
  readonly dilation: readonly [number, number];
}

function windowOf({ stride, padding: [vertical, horizontal], dilation }: Geometry, weight: Values) {
  const kernel = weight.shape.slice(2) as unknown as readonly [number, number];
  return { kernel, stride, dilation, padding: [vertical[0], horizontal[0], vertical[1], horizontal[1]] } as const;
}

function withBias(y: Values, bias: Values | undefined): Values {
  return bias === undefined ? y : build(y.shape, (index) => get(y, index) + bias.data[index[1]!]!);
}

const matrix = (rows: number, columns: number, element: (row: number, column: number) => boolean): Values =>
  build([rows, columns], ([row, column]) => Number(element(row!, column!)));
const filled = (shape: readonly number[], value: number): Values => build(shape, () => value);
const numbered = (size: number): Values => build([size], ([place]) => place!);

/** What functions mean that are made of several ops or take more than tensors, in numbers and their own arguments. */
export const meanings: Readonly<Record<string, Meaning>> = {
  square: each((x) => x * x),
  notEqual: both((a, b) => Number(a !== b)),
  isNotANumber: each((x) => Number(Number.isNaN(x))),
  finite: each((x) => (Number.isFinite(x) ? x : 0)),
  maskedFill: both((x, mask) => (mask ? -1.5 : x)),
  clip: ([x], [low, high]: [number, number]) => each((v) => Math.min(high, Math.max(low, v)))([x!], undefined as never),
  leakyRelu: ([x], slope = 0.01) => each((v) => (v > 0 ? v : slope * v))([x!], undefined as never),
  gelu: each((x) => (x / 2) * (1 + erf(x / Math.SQRT2))),
  silu: each((x) => x / (1 + Math.exp(-x))),
  cast: ([x], to: string) =>
    each(to === "bool" ? (v) => Number(v !== 0) : to === "int64" ? Math.trunc : (v) => v)([x!], undefined as never),
  sum: reduces(total),
  max: reduces((elements) => Math.max(...elements)),
  min: reduces((elements) => Math.min(...elements)),
  mean: reduces(average),
  prod: reduces((elements) => elements.reduce((product, element) => product * element, 1)),
  norm: reduces((elements) => Math.sqrt(squares(elements))),
  logSumExp: reduces(logOfSum),
  variance: ([x], [keepAxes, correction]: [boolean, number]) =>
    reduced(x!, { axes: 0, keepAxes }, (elements) => {
      const centre = average(elements);
      return squares(elements.map((element) => element - centre)) / (elements.length - correction);
    }),
  sumTo: ([x], shape: readonly number[]) => {
    const lead = x!.shape.length - shape.length;
    const axes = x!.shape.flatMap((_, axis) => (axis < lead || shape[axis - lead] === 1 ? [axis] : []));
    return { shape, data: reduced(x!, { axes }, total).data };
  },
  softmax: along((elements) => elements.map((element) => Math.exp(element - logOfSum(elements)))),
  logSoftmax: along((elements) => elements.map((element) => element - logOfSum(elements))),
  argMax: placeOf((elements) => Math.max(...elements)),
  argMin: placeOf((elements) => Math.min(...elements)),
  cumSum: ([x], [axis, { reverse, exclusive }]: [number, { reverse: boolean; exclusive: boolean }]) =>
    lines(x!, axis, (elements) => running(elements, reverse, exclusive)),
  reshape: ([x], shape: readonly number[]) => {
    const known = sizeOf(shape.filter((size) => size !== -1));
    return { shape: shape.map((size) => (size === -1 ? x!.data.length / known : size)), data: x!.data };
  },
  flatten: ([x], axis: number) => {
    const at = fromFront(axis, x!.shape.length);
    return { shape: [...x!.shape.slice(0, at), sizeOf(x!.shape.slice(at))], data: x!.data };
  },
  unsqueeze: ([x], axis: number) => inserted(x!, axis),
  squeeze: ([x], axis: number) => ({ shape: x!.shape.toSpliced(axis, 1), data: x!.data }),
  transpose: ([x], permutation?: readonly number[]) => {
    const axes = x!.shape.map((_, axis) => axis);
    const order = permutation ?? [...axes.slice(0, -2), ...axes.slice(-2).reverse()];
    const shape = order.map((axis) => x!.shape[axis]!);
    return build(shape, (index) => {
      const source: number[] = [];
      order.forEach((axis, i) => {
        source[axis] = index[i]!;
      });
      return get(x!, source);
    });
  },
  concat: (tensors, axis: number) => joined(tensors, axis),
  stack: (tensors, axis: number) =>
    joined(
      tensors.map((tensor) => inserted(tensor, axis)),
      axis,
    ),
  split: ([x], [axis, parts]: [number, readonly number[]]) =>
    parts.map((length, i) => {
      const start = total(parts.slice(0, i));
      return lines(x!, axis, (elements) => elements.slice(start, start + length));
    }),
  slice: ([x], { axis, start, end, step }: { axis: number; start?: number; end?: number; step?: number }) =>
    lines(x!, axis, (elements) => sampledPart(elements, start, end, step)),
  dilate: ([x], [axis, step]: [number, number]) =>
    lines(x!, axis, (elements) =>
      elements.flatMap((element, i) => (i === 0 ? [element] : [...Array(step - 1).fill(0), element])),
    ),
  flip: along((elements) => elements.toReversed()),
  pad: ([x], [sizes, value = 0]: [readonly (readonly [number, number])[], number | undefined]) =>
    sizes.reduce(
      (padded, [before, after], axis) =>
        lines(padded, axis, (elements) => [...Array(before).fill(value), ...elements, ...Array(after).fill(value)]),
      x!,
    ),
  expand: ([x], shape: readonly number[]) => build(shape, (index) => getBroadcast(x!, index)),
  full: (_, shape: readonly number[]) => filled(shape, 3),
  zerosLike: ([x]) => filled(x!.shape, 0),
  onesLike: ([x]) => filled(x!.shape, 1),
  dimension: (_, [shape, axis]: [readonly number[], number]) => filled([], shape.at(axis)!),
  arange: (_, size: number) => [numbered(size), numbered(size)],
  eye: (_, [rows, columns = rows]: [number, number | undefined]) =>
    matrix(rows, columns, (row, column) => row === column),
  lowerTriangle: (_, size: number) => matrix(size, size, (row, column) => column <= row),
  oneHot: ([x]) => build([...x!.shape, 4], (index) => Number(get(x!, index.slice(0, -1)) === index.at(-1))),
  toTensor: ([x]) => [x!, filled([], 2.5), { shape: [1, 2], data: [1, 2] }],
  matmul: (tensors) => matmulRules.matmul!(tensors, {}, { dtype: "float64", sizes: () => [] }),
  dot: ([a, b]) => reduced({ shape: a!.shape, data: a!.data.map((value, i) => value * b!.data[i]!) }, -1, total),
  outer: ([a, b]) =>
    build([...a!.shape, b!.shape.at(-1)!], (index) => get(a!, index.slice(0, -1)) * get(b!, index.toSpliced(-2, 1))),
  einsum,
  gather: onAxis(selectRules.gather!),
  gatherElements: onAxis(selectRules.gatherElements!),
  scatterAdd: onAxis(selectRules.scatterAdd!),
  topK: ([x], { axis, k, largest }: { axis: number; k: number; largest: boolean }) => ranked(x!, axis, k, largest),
  sort: ([x], { axis, largest }: { axis: number; largest: boolean }) =>
    ranked(x!, axis, Number.POSITIVE_INFINITY, largest),
  diagonal: ([x]) => build([x!.shape[0]!], ([i]) => get(x!, [i!, i!])),
  conv2d: ([x, weight, bias], [geometry, groups]: [Geometry, number]) =>
    withBias(naiveConv2d(x!, weight!, windowOf(geometry, weight!), groups), bias),
  convTranspose2d: ([x, weight, bias], [geometry, groups]: [Geometry, number]) => {
    const window = windowOf(geometry, weight!);
    const size = [0, 1].map((axis) => {
      const [before, after] = geometry.padding[axis]!;
      const span = window.dilation[axis]! * (window.kernel[axis]! - 1) + 1;
      const outputPadding = window.stride[axis]! - 1;
      return (x!.shape[axis + 2]! - 1) * window.stride[axis]! - before - after + span + outputPadding;
    });
    return withBias(naiveConvTranspose2d(x!, weight!, window, groups, [size[0]!, size[1]!]), bias);
  },
  globalAveragePool: ([x]) => reduced(x!, { axes: [2, 3] }, average),
  globalMaxPool: ([x]) => reduced(x!, { axes: [2, 3] }, (cells) => Math.max(...cells)),
  l2Normalize: ([x], axis: number) =>
    lines(x!, axis, (elements) => elements.map((element) => element / Math.max(1e-12, Math.sqrt(squares(elements))))),
};
