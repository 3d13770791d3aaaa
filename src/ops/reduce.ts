import { applySingle, type Dim, mismatch, type Op, type Shape, sameShape, type Tensor } from "../graph/index.js";
import { cast } from "./cast.js";
import { checkAxis, checkTypes, floats, methods, numbers } from "./define.js";
import { abs, add, div, equal, exp, less, log, mul, sqrt, square, stopGradient, sub, where } from "./elementwise.js";
import { concat, dimension, expand, reshape, slice } from "./movement.js";

/** Which axes to reduce (default all), and whether they stay with size 1 (default false). */
export interface ReduceOptions {
  readonly axes?: number | readonly number[];
  readonly keepAxes?: boolean;
}

type ReduceAttributes = { axes: readonly number[]; keepAxes: boolean };

function reducedShape(shape: Shape, { axes, keepAxes }: ReduceAttributes): Dim[] {
  return shape.flatMap((dim, axis) => (axes.includes(axis) ? (keepAxes ? [1] : []) : [dim]));
}

function normalise(rank: number, options: ReduceOptions | number): ReduceAttributes {
  const { axes = Array.from({ length: rank }, (_, i) => i), keepAxes = false } =
    typeof options === "number" ? { axes: options } : options;
  const list = typeof axes === "number" ? [axes] : axes;
  return { axes: list.map((axis) => (axis < 0 ? axis + rank : axis)).sort((a, b) => a - b), keepAxes };
}

/** y or its gradient with the reduced axes put back as 1. */
function restore(y: Tensor, x: Tensor, attributes: ReduceAttributes): Tensor {
  return reshape(y, reducedShape(x.shape, { ...attributes, keepAxes: true }));
}

function reduction(
  name: string,
  type: string,
  rule: { needsElements?: boolean; gradient: (g: Tensor, x: Tensor, y: Tensor, axes: readonly number[]) => Tensor },
) {
  const op: Op<ReduceAttributes> = {
    name,
    infer: ([x], attributes) => {
      const dtype = checkTypes([x!], rule.needsElements ? numbers : [...numbers]);
      for (const axis of attributes.axes) checkAxis(axis, x!.shape.length);
      if (rule.needsElements && attributes.axes.some((axis) => x!.shape[axis] === 0)) {
        throw mismatch(
          "at least one element to reduce",
          "skip the call for an empty tensor; an empty set has no extremum",
        );
      }
      return [{ dtype, shape: reducedShape(x!.shape, attributes) }];
    },
    gradient: ({ inputs: [x], outputs: [y], gradients: [g], attributes }) => [
      g && rule.gradient(restore(g, x!, attributes), x!, restore(y!, x!, attributes), attributes.axes),
    ],
    lower: (emit, [x], _node, { axes, keepAxes }) => [
      axes.length === 0
        ? emit.add("Identity", [x!])
        : emit.add(type, [x!, emit.ints(axes)], { keepdims: keepAxes ? 1 : 0, noop_with_empty_axes: 1 }),
    ],
  };
  return (x: Tensor, options: ReduceOptions | number = {}): Tensor => applySingle(op, [x], normalise(x.rank, options));
}

/** The gradient of an extremum is shared evenly by the elements that reach it. */
function shareAmongEqual(g: Tensor, x: Tensor, y: Tensor, axes: readonly number[]): Tensor {
  const reached = cast(equal(x, y), g.dtype);
  return mul(reached, div(g, sum(reached, { axes, keepAxes: true })));
}

/** Sum of elements; 0 for none. */
export const sum = reduction("sum", "ReduceSum", { gradient: (g, x) => expand(g, x.shape) });
/** Largest element. Elements that tie share the gradient. */
export const max = reduction("max", "ReduceMax", { needsElements: true, gradient: shareAmongEqual });
/** Smallest element. Elements that tie share the gradient. */
export const min = reduction("min", "ReduceMin", { needsElements: true, gradient: shareAmongEqual });

/** Number of elements that a reduction joins, as a scalar of x's type. */
function reducedCount(x: Tensor, axes: readonly number[]): Tensor {
  return dimension(x.shape, axes, x.dtype);
}

/** Mean of elements. */
export function mean(x: Tensor, options: ReduceOptions | number = {}): Tensor {
  const { axes, keepAxes } = normalise(x.rank, options);
  return div(sum(x, { axes, keepAxes }), reducedCount(x, axes));
}

/** Variance with divisor n, or n - `correction`. */
export function variance(x: Tensor, options: ReduceOptions & { correction?: number } = {}): Tensor {
  const { axes, keepAxes } = normalise(x.rank, options);
  const squares = square(sub(x, mean(x, { axes, keepAxes: true })));
  return div(sum(squares, { axes, keepAxes }), sub(reducedCount(x, axes), options.correction ?? 0));
}

/** Product of elements; 1 for none. A tree of multiplications, so that derivatives hold at zeros too. */
export function prod(x: Tensor, options: ReduceOptions | number = {}): Tensor {
  const attributes = normalise(x.rank, options);
  let product = x;
  for (const axis of attributes.axes) {
    for (let size = product.shape[axis] as Dim; size !== 1; size = product.shape[axis] as Dim) {
      if (typeof size === "string") {
        throw mismatch(
          "static sizes along the reduced axes",
          "multiply over an axis whose size is known when the graph is built",
        );
      }
      if (size === 0) {
        product = add(sum(product, { axes: axis, keepAxes: true }), 1);
        continue;
      }
      const half = size >> 1;
      const pairs = mul(slice(product, { axis, end: half }), slice(product, { axis, start: half, end: 2 * half }));
      const rest = slice(product, { axis, start: 2 * half });
      product = size % 2 === 0 ? pairs : half === 0 ? rest : multiplyFirst(pairs, rest, axis);
    }
  }
  return reshape(product, reducedShape(x.shape, attributes));
}

/** `pairs` with its first entry along `axis` multiplied by the single entry of `rest`. */
function multiplyFirst(pairs: Tensor, rest: Tensor, axis: number): Tensor {
  const first = mul(slice(pairs, { axis, end: 1 }), rest);
  return pairs.shape[axis] === 1 ? first : concat([first, slice(pairs, { axis, start: 1 })], axis);
}

/** log of the sum of exponentials, without overflow. An empty sum (or all -infinity) gives -infinity, with gradient 0. */
export function logSumExp(x: Tensor, options: ReduceOptions | number = {}): Tensor {
  const { axes, keepAxes } = normalise(x.rank, options);
  if (axes.some((axis) => x.shape[axis] === 0)) return log(sum(exp(x), { axes, keepAxes }));
  const highest = stopGradient(max(x, { axes, keepAxes: true }));
  // Infinity - infinity would be NaN; a maximum of -infinity (nothing to sum) becomes log(0).
  const shift = where(less(abs(highest), Number.POSITIVE_INFINITY), highest, 0);
  const total = sum(exp(sub(x, shift)), { axes, keepAxes });
  return add(log(total), reshape(shift, total.shape));
}

type AxisAttributes = { axis: number };

function softmaxLike(name: string, type: string, gradient: (g: Tensor, y: Tensor, axis: number) => Tensor) {
  const op: Op<AxisAttributes> = {
    name,
    infer: ([x], { axis }) => {
      checkTypes([x!], floats);
      checkAxis(axis, x!.shape.length);
      return [x!];
    },
    gradient: ({ outputs: [y], gradients: [g], attributes: { axis } }) => [g && gradient(g, y!, axis)],
    lower: (emit, [x], _node, { axis }) => [emit.add(type, [x!], { axis })],
  };
  return (x: Tensor, axis = -1): Tensor => applySingle(op, [x], { axis: axis < 0 ? axis + x.rank : axis });
}

/** Exponentials divided by their sum along `axis` (default the last). */
export const softmax = softmaxLike("softmax", "Softmax", (g, y, axis) =>
  mul(y, sub(g, sum(mul(g, y), { axes: axis, keepAxes: true }))),
);
/** Logarithm of softmax, computed without overflow. */
export const logSoftmax = softmaxLike("logSoftmax", "LogSoftmax", (g, y, axis) =>
  sub(g, mul(exp(y), sum(g, { axes: axis, keepAxes: true }))),
);

function indexOfExtremum(name: string, type: string) {
  const op: Op<{ axis: number; keepAxes: boolean }> = {
    name,
    infer: ([x], { axis, keepAxes }) => {
      checkTypes([x!], numbers);
      checkAxis(axis, x!.shape.length);
      return [{ dtype: "int64", shape: reducedShape(x!.shape, { axes: [axis], keepAxes }) }];
    },
    lower: (emit, [x], _node, { axis, keepAxes }) => [emit.add(type, [x!], { axis, keepdims: keepAxes ? 1 : 0 })],
  };
  return (x: Tensor, axis = -1, keepAxes = false): Tensor =>
    applySingle(op, [x], { axis: axis < 0 ? axis + x.rank : axis, keepAxes });
}

/** Index (int64) of the largest element along `axis`, the first of equals. */
export const argMax = indexOfExtremum("argMax", "ArgMax");
/** Index (int64) of the smallest element along `axis`, the first of equals. */
export const argMin = indexOfExtremum("argMin", "ArgMin");

/** How cumSum runs: from the end, and whether each element leaves itself out. */
export interface CumSumOptions {
  readonly reverse?: boolean;
  readonly exclusive?: boolean;
}

const cumSumOp: Op<{ axis: number; reverse: boolean; exclusive: boolean }> = {
  name: "cumSum",
  infer: ([x], { axis }) => {
    checkTypes([x!], numbers);
    checkAxis(axis, x!.shape.length);
    return [x!];
  },
  gradient: ({ gradients: [g], attributes: { axis, reverse, exclusive } }) => [
    g && cumSum(g, axis, { reverse: !reverse, exclusive }),
  ],
  lower: (emit, [x], _node, { axis, reverse, exclusive }) => [
    emit.add("CumSum", [x!, emit.scalar(axis, "int64")], { reverse: Number(reverse), exclusive: Number(exclusive) }),
  ],
};

/** Running sum along `axis` (default the last). */
export function cumSum(x: Tensor, axis = -1, { reverse = false, exclusive = false }: CumSumOptions = {}): Tensor {
  return applySingle(cumSumOp, [x], { axis: axis < 0 ? axis + x.rank : axis, reverse, exclusive });
}

/** Euclidean (or p-) norm; its derivative at the zero vector is 0. */
export function norm(x: Tensor, options: ReduceOptions | number = {}): Tensor {
  return sqrt(sum(square(x), options));
}

/** x summed to `shape`, the reverse of broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.rank - shape.length;
  const axes = x.shape.flatMap((dim, axis) => (axis < lead || (shape[axis - lead] === 1 && dim !== 1) ? [axis] : []));
  return reshape(sum(x, { axes, keepAxes: false }), shape);
}

methods({ sum, max, min, mean, variance, prod, logSumExp, softmax, logSoftmax, argMax, argMin, cumSum, norm, sumTo });

type ReduceMethod = (options?: ReduceOptions | number) => Tensor;

declare module "../graph/tensor.js" {
  interface Tensor {
    sum: ReduceMethod;
    max: ReduceMethod;
    min: ReduceMethod;
    mean: ReduceMethod;
    prod: ReduceMethod;
    norm: ReduceMethod;
    logSumExp: ReduceMethod;
    variance(options?: ReduceOptions & { correction?: number }): Tensor;
    softmax(axis?: number): Tensor;
    logSoftmax(axis?: number): Tensor;
    argMax(axis?: number, keepAxes?: boolean): Tensor;
    argMin(axis?: number, keepAxes?: boolean): Tensor;
    cumSum(axis?: number, options?: CumSumOptions): Tensor;
    sumTo(shape: Shape): Tensor;
  }
}
