import {
  applySingle,
  checked,
  type Dim,
  failWith,
  mismatch,
  type Op,
  type Shape,
  sameShape,
  type Tensor,
} from "../graph/index.js";
import { cast } from "./cast.js";
import { checkAxis, checkTypes, floats, fromFront, methods, numbers } from "./define.js";
import { add, div, equal, exp, finite, log, mul, sqrt, square, stopGradient, sub } from "./elementwise.js";
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

function checkAxes(rank: number, { axes }: ReduceAttributes): void {
  for (const axis of axes) checkAxis(axis, rank);
  if (new Set(axes).size !== axes.length) throw mismatch("different axes", "name each axis once");
}

/** Attributes from options, axes counted from the front and in order; wrong ones are an error of the op `name`. */
function reduceAttributes(name: string, x: Tensor, options: ReduceOptions | number): ReduceAttributes {
  const { axes = x.shape.map((_, i) => i), keepAxes = false } =
    typeof options === "number" ? { axes: options } : options;
  const list = typeof axes === "number" ? [axes] : axes;
  const attributes = { axes: list.map((axis) => fromFront(axis, x.rank)).sort((a, b) => a - b), keepAxes };
  checked(name, [x], () => checkAxes(x.rank, attributes));
  return attributes;
}

/** y or its gradient with the reduced axes put back as 1. */
function restore(y: Tensor, x: Tensor, attributes: ReduceAttributes): Tensor {
  return reshape(y, reducedShape(x.shape, { ...attributes, keepAxes: true }));
}

interface ReductionRule {
  /** Set when nothing is no answer for no elements. */
  readonly needsElements?: boolean;
  readonly nonlinear?: boolean;
  readonly gradient: (g: Tensor, x: Tensor, y: Tensor, axes: readonly number[]) => Tensor;
}

function reduction(name: string, type: string, rule: ReductionRule) {
  const op: Op<ReduceAttributes> = {
    name,
    infer: ([x], attributes) => {
      const dtype = checkTypes([x!], numbers);
      checkAxes(x!.shape.length, attributes);
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
    nonlinear: rule.nonlinear ?? false,
    lower: (emit, [x], _node, { axes, keepAxes }) => [
      emit.add(type, [x!, emit.ints(axes)], { keepdims: keepAxes ? 1 : 0, noop_with_empty_axes: 1 }),
    ],
  };
  return (x: Tensor, options: ReduceOptions | number = {}): Tensor => {
    const attributes = reduceAttributes(name, x, options);
    // Over no axes there is nothing to do; a node that may share its input's memory would cost updates in place.
    return attributes.axes.length === 0 && numbers.includes(x.dtype) ? x : applySingle(op, [x], attributes);
  };
}

/** The gradient of an extremum is shared evenly by the elements that reach it. */
function shareAmongEqual(g: Tensor, x: Tensor, y: Tensor, axes: readonly number[]): Tensor {
  const reached = cast(equal(x, y), g.dtype);
  return mul(reached, div(g, sum(reached, { axes, keepAxes: true })));
}

/** Sum of elements; 0 for none. */
export const sum = reduction("sum", "ReduceSum", { gradient: (g, x) => expand(g, x.shape) });
/** Largest element. Elements that tie share the gradient. */
export const max = reduction("max", "ReduceMax", { needsElements: true, nonlinear: true, gradient: shareAmongEqual });
/** Smallest element. Elements that tie share the gradient. */
export const min = reduction("min", "ReduceMin", { needsElements: true, nonlinear: true, gradient: shareAmongEqual });

/** Number of elements that a reduction joins, as a scalar of x's type. */
function reducedCount(x: Tensor, axes: readonly number[]): Tensor {
  return dimension(x.shape, axes, x.dtype);
}

function meanOver(x: Tensor, { axes, keepAxes }: ReduceAttributes): Tensor {
  return div(sum(x, { axes, keepAxes }), reducedCount(x, axes));
}

/** Mean of elements of a float tensor; NaN for none. */
export function mean(x: Tensor, options: ReduceOptions | number = {}): Tensor {
  checked("mean", [x], () => checkTypes([x], floats));
  return meanOver(x, reduceAttributes("mean", x, options));
}

/** Variance with divisor n, or n - `correction`. */
export function variance(x: Tensor, options: ReduceOptions & { correction?: number } = {}): Tensor {
  checked("variance", [x], () => checkTypes([x], floats));
  const { axes, keepAxes } = reduceAttributes("variance", x, options);
  const squares = square(sub(x, meanOver(x, { axes, keepAxes: true })));
  return div(sum(squares, { axes, keepAxes }), sub(reducedCount(x, axes), options.correction ?? 0));
}

/** Product of elements; 1 for none. A tree of multiplications, so that derivatives hold at zeros too. */
export function prod(x: Tensor, options: ReduceOptions | number = {}): Tensor {
  const attributes = reduceAttributes("prod", x, options);
  if (attributes.axes.some((axis) => typeof x.shape[axis] === "string")) {
    const remedy = "multiply over an axis whose size is known when the graph is built";
    failWith("prod", [x], mismatch("static sizes along the reduced axes", remedy));
  }
  const product = attributes.axes.reduce(prodOver, x);
  return reshape(product, reducedShape(x.shape, attributes));
}

/** Product along one axis, which stays with size 1. */
function prodOver(x: Tensor, axis: number): Tensor {
  const size = x.shape[axis] as number;
  if (size === 0) return add(sum(x, { axes: axis, keepAxes: true }), 1);
  if (size === 1) return x;
  const half = size >> 1;
  const pairs = mul(slice(x, { axis, end: half }), slice(x, { axis, start: half, end: 2 * half }));
  return prodOver(size % 2 === 0 ? pairs : multiplyFirst(pairs, slice(x, { axis, start: 2 * half }), axis), axis);
}

/** `pairs` with its first entry along `axis` multiplied by the single entry of `rest`. */
function multiplyFirst(pairs: Tensor, rest: Tensor, axis: number): Tensor {
  const first = mul(slice(pairs, { axis, end: 1 }), rest);
  return pairs.shape[axis] === 1 ? first : concat([first, slice(pairs, { axis, start: 1 })], axis);
}

/**
 * log of the sum of exponentials, without overflow. An empty sum (or all -infinity) gives -infinity, a sum with +infinity
 * gives +infinity, both with gradient 0.
 */
export function logSumExp(x: Tensor, options: ReduceOptions | number = {}): Tensor {
  const { axes, keepAxes } = reduceAttributes("logSumExp", x, options);
  if (axes.some((axis) => x.shape[axis] === 0)) return log(sum(exp(x), { axes, keepAxes }));
  // Infinity minus infinity would be NaN; a maximum of -infinity (nothing to sum) becomes log(0).
  const shift = stopGradient(finite(max(x, { axes, keepAxes: true })));
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
    nonlinear: true,
    lower: (emit, [x], _node, { axis }) => [emit.add(type, [x!], { axis })],
  };
  return (x: Tensor, axis = -1): Tensor => applySingle(op, [x], { axis: fromFront(axis, x.rank) });
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
      if (x!.shape[checkAxis(axis, x!.shape.length)] === 0)
        throw mismatch("at least one element along the axis", "skip the call for an empty tensor");
      return [{ dtype: "int64", shape: reducedShape(x!.shape, { axes: [axis], keepAxes }) }];
    },
    lower: (emit, [x], _node, { axis, keepAxes }) => [emit.add(type, [x!], { axis, keepdims: keepAxes ? 1 : 0 })],
  };
  return (x: Tensor, axis = -1, keepAxes = false): Tensor =>
    applySingle(op, [x], { axis: fromFront(axis, x.rank), keepAxes });
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
  return applySingle(cumSumOp, [x], { axis: fromFront(axis, x.rank), reverse, exclusive });
}

/** Euclidean norm; its derivative at the zero vector is 0. */
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
