import {
  addDims,
  applyOp,
  applySingle,
  broadcastShapes,
  canonicalDim,
  canonicalShape,
  constant,
  type Dim,
  type DType,
  divideDims,
  failWith,
  formatShape,
  isSize,
  mismatch,
  multiplyDims,
  type Op,
  type Shape,
  sameShape,
  shapeSize,
  type Tensor,
} from "../graph/index.js";
import { cast } from "./cast.js";
import { axisOf, checkAxis, checkTypes, fromFront, isFloat, methods } from "./define.js";
import { equal, greaterEqual } from "./elementwise.js";

const reshapeOp: Op<{ shape: Shape }> = {
  name: "reshape",
  infer: ([x], { shape }) => {
    if (shapeSize(x!.shape) !== shapeSize(shape)) {
      throw mismatch(
        `${shapeSize(shape)} elements for ${formatShape(shape)}`,
        `give a shape of ${shapeSize(x!.shape)} elements`,
      );
    }
    return [{ dtype: x!.dtype, shape }];
  },
  gradient: ({ inputs: [x], gradients: [g] }) => [g && reshape(g, x!.shape)],
  lower: (emit, [x], _node, { shape }) => [emit.reshape(x!, shape)],
};

/** The same elements in another shape; one size may be -1 and is worked out. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const open = shape.indexOf(-1);
  const known = canonicalShape(shape.filter((_, axis) => axis !== open));
  const rest = open < 0 ? undefined : divideDims(shapeSize(x.shape), multiplyDims(...known));
  const full = canonicalShape(shape.map((dim, axis) => (axis === open ? (rest ?? dim) : dim)));
  return sameShape(x.shape, full) ? x : applySingle(reshapeOp, [x], { shape: full });
}

/** All axes from `start` on joined into one; a scalar becomes [1]. */
export function flatten(x: Tensor, start = 0): Tensor {
  const at = x.rank === 0 && start === 0 ? 0 : axisOf("flatten", x, start);
  return reshape(x, [...x.shape.slice(0, at), multiplyDims(...x.shape.slice(at))]);
}

/** x with a new axis of size 1 at `axis` (negative: counted from the end of the result). */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = axisOf("unsqueeze", x, axis, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** x without its axis of size 1 at `axis`. */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = axisOf("squeeze", x, axis);
  if (x.shape[at] !== 1)
    failWith("squeeze", [x], mismatch(`axis ${axis} to have size 1`, "reduce or slice it instead"));
  return reshape(
    x,
    x.shape.filter((_, i) => i !== at),
  );
}

const transposeOp: Op<{ permutation: readonly number[] }> = {
  name: "transpose",
  infer: ([x], { permutation }) => {
    const expected = x!.shape.map((_, axis) => axis).join();
    if ([...permutation].sort((a, b) => a - b).join() !== expected) {
      throw mismatch(`a permutation of the axes ${expected}`, "name each axis once");
    }
    return [{ dtype: x!.dtype, shape: permutation.map((axis) => x!.shape[axis] as Dim) }];
  },
  gradient: ({ gradients: [g], attributes: { permutation } }) => [
    g &&
      transpose(
        g,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
  ],
  lower: (emit, [x], _node, { permutation }) => [emit.add("Transpose", [x!], { perm: permutation })],
};

/** Axes in another order; by default the last two change places. */
export function transpose(x: Tensor, permutation?: readonly number[]): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  const order = permutation ?? [...axes.slice(0, -2), ...axes.slice(-2).reverse()];
  return order.every((axis, i) => axis === i) && order.length === x.rank
    ? x
    : applySingle(transposeOp, [x], { permutation: order });
}

const concatOp: Op<{ axis: number }> = {
  name: "concat",
  infer: (inputs, { axis }) => {
    const first = inputs[0];
    if (first === undefined) throw mismatch("at least one tensor", "concatenate something");
    checkTypes(inputs, [first.dtype]);
    checkAxis(axis, first.shape.length);
    for (const { shape } of inputs) {
      if (shape.length !== first.shape.length || shape.some((dim, i) => i !== axis && dim !== first.shape[i])) {
        throw mismatch(`equal sizes on all axes but ${axis}`, "make the other axes equal first");
      }
    }
    const total = addDims(...inputs.map(({ shape }) => shape[axis] as Dim));
    return [{ dtype: first.dtype, shape: first.shape.map((dim, i) => (i === axis ? total : dim)) }];
  },
  gradient: ({ inputs, gradients: [g], attributes: { axis } }) =>
    g === undefined
      ? []
      : splitBySizes(
          g,
          inputs.map(({ shape }) => shape[axis] as Dim),
          axis,
        ),
  lower: (emit, inputs, _node, { axis }) => [emit.add("Concat", inputs, { axis })],
};

/** Tensors joined along `axis`. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors;
  return tensors.length === 1 && first
    ? first
    : applySingle(concatOp, tensors, { axis: fromFront(axis, first?.rank ?? 0) });
}

/** Tensors of equal shape joined along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  return concat(
    tensors.map((tensor) => unsqueeze(tensor, axis)),
    axis,
  );
}

/** Consecutive parts of x along `axis`: a number of equal parts, or their sizes. */
export function split(x: Tensor, parts: number | readonly Dim[], axis = 0): Tensor[] {
  const at = axisOf("split", x, axis);
  if (typeof parts !== "number") return splitBySizes(x, canonicalShape(parts), at);
  const size = divideDims(x.shape[at] as Dim, parts);
  if (size === undefined || !(parts >= 1)) {
    const expected = `an axis ${at} that divides into ${parts} equal parts`;
    return failWith("split", [x], mismatch(expected, "give the parts' sizes instead of their number"));
  }
  return splitBySizes(
    x,
    Array.from({ length: parts }, () => size),
    at,
  );
}

const splitOp: Op<{ sizes: readonly Dim[]; axis: number }> = {
  name: "split",
  infer: ([x], { sizes, axis }) => {
    checkAxis(axis, x!.shape.length);
    if (addDims(...sizes) !== x!.shape[axis])
      throw mismatch(`sizes that add up to ${x!.shape[axis]}`, "correct the sizes");
    return sizes.map((size) => ({ dtype: x!.dtype, shape: x!.shape.map((dim, i) => (i === axis ? size : dim)) }));
  },
  gradient: ({ outputs, gradients, attributes: { axis } }) =>
    gradients.every((g) => g === undefined)
      ? []
      : [
          concat(
            outputs.map((output, i) => gradients[i] ?? zerosLike(output)),
            axis,
          ),
        ],
  lower: (emit, [x], _node, { sizes, axis }) => emit.addMany("Split", [x!, emit.shape(sizes)], sizes.length, { axis }),
};

function splitBySizes(x: Tensor, sizes: readonly Dim[], axis: number): Tensor[] {
  return sizes.length === 1 && sizes[0] === x.shape[axis] ? [x] : [...applyOp(splitOp, [x], { sizes, axis })];
}

/** Part of one axis: from `start` (default 0) up to but not including `end` (default all), every `step`-th (default 1). */
export interface SliceOptions {
  readonly axis: number;
  readonly start?: Dim;
  readonly end?: Dim;
  readonly step?: number;
}

type SliceAttributes = { axis: number; start: Dim; end: Dim; step: number };

function sliceLength(dim: Dim, { start, end, step }: SliceAttributes): Dim {
  if (typeof dim === "number" && !(0 <= Number(start) && Number(start) <= Number(end) && Number(end) <= dim)) {
    throw mismatch(`0 <= start <= end <= ${dim}`, "stay inside the axis");
  }
  if ([start, end].some((bound) => typeof bound === "number" && !(bound >= 0)))
    throw mismatch("a start and end of at least 0", "stay inside the axis");
  const length = addDims(end, multiplyDims(-1, start));
  if (typeof length === "number") return Math.ceil(length / step);
  const steps = divideDims(length, step);
  if (steps === undefined) throw mismatch(`a length that a step of ${step} divides, or one that is known`, "give end");
  return steps;
}

const sliceOp: Op<SliceAttributes> = {
  name: "slice",
  infer: ([x], attributes) => {
    const axis = checkAxis(attributes.axis, x!.shape.length);
    if (!(attributes.step >= 1 && Number.isInteger(attributes.step)))
      throw mismatch("a step of a whole number from 1", "use flip for the reverse order");
    return [{ dtype: x!.dtype, shape: x!.shape.map((dim, i) => (i === axis ? sliceLength(dim, attributes) : dim)) }];
  },
  gradient: ({ inputs: [x], gradients: [g], attributes: { axis, start, step } }) => {
    if (g === undefined) return [];
    const spread = dilate(g, axis, step);
    const after = addDims(x!.shape[axis] as Dim, multiplyDims(-1, addDims(spread.shape[axis] as Dim, start)));
    return [padAxis(spread, axis, start, after)];
  },
  lower: (emit, [x], _node, { axis, start, end, step }) => [
    emit.add("Slice", [x!, emit.shape([start]), emit.shape([end]), emit.ints([axis]), emit.ints([step])]),
  ],
};

/**
 * Part of x along one axis; negative `start` and `end` count from the end. On an axis whose size is a name, bounds may be
 * sizes too, such as `{ axis: 0, start: "batch" }` of `2*batch`.
 */
export function slice(x: Tensor, { axis, start = 0, end, step = 1 }: SliceOptions): Tensor {
  const at = axisOf("slice", x, axis);
  const dim = x.shape[at] as Dim;
  const bound = (index: Dim) =>
    typeof index === "number" && index < 0 ? addDims(dim, index) : (canonicalDim(index) ?? index);
  const attributes = { axis: at, start: bound(start), end: end === undefined ? dim : bound(end), step };
  if (attributes.start === 0 && step === 1 && attributes.end === dim) return x;
  return applySingle(sliceOp, [x], attributes);
}

/** x with step - 1 zeros between neighbours along `axis`. */
export function dilate(x: Tensor, axis: number, step: number): Tensor {
  const size = x.shape[axis] as Dim;
  if (step === 1 || size === 0) return x;
  const before = x.shape.slice(0, axis);
  const after = x.shape.slice(axis + 1);
  const spread = padAxis(unsqueeze(x, axis + 1), axis + 1, 0, step - 1);
  const joined = reshape(spread, [...before, multiplyDims(size, step), ...after]);
  return typeof size === "number" ? slice(joined, { axis, end: (size - 1) * step + 1 }) : joined;
}

const flipOp: Op<{ axis: number }> = {
  name: "flip",
  infer: ([x], { axis }) => {
    checkAxis(axis, x!.shape.length);
    return [x!];
  },
  gradient: ({ gradients: [g], attributes: { axis } }) => [g && flip(g, axis)],
  lower: (emit, [x], _node, { axis }) => [
    emit.add("Slice", [x!, emit.ints([-1]), emit.ints([-Number.MAX_SAFE_INTEGER]), emit.ints([axis]), emit.ints([-1])]),
  ],
};

/** x in reverse order along `axis`. */
export function flip(x: Tensor, axis: number): Tensor {
  return applySingle(flipOp, [x], { axis: fromFront(axis, x.rank) });
}

const padOp: Op<{ axis: number; before: Dim; after: Dim; value: number }> = {
  name: "pad",
  infer: ([x], { axis, before, after, value }) => {
    checkAxis(axis, x!.shape.length);
    if (!isFloat(x!.dtype) && !Number.isInteger(value))
      throw mismatch("a whole number to pad with", "cast the tensor to a float first", "dtype-mismatch");
    if (![before, after].every(isSize)) throw mismatch("sizes that are whole numbers from 0", "use slice to cut");
    return [{ dtype: x!.dtype, shape: x!.shape.map((dim, i) => (i === axis ? addDims(dim, before, after) : dim)) }];
  },
  gradient: ({ inputs: [x], gradients: [g], attributes: { axis, before } }) => {
    if (g === undefined) return [];
    return [slice(g, { axis, start: before, end: addDims(before, x!.shape[axis] as Dim) })];
  },
  lower: (emit, [x], node, { axis, before, after, value }) => {
    // Sizes for all axes, without Pad's input `axes`: where ONNX Runtime moves a Transpose over it, it takes them for that.
    const others = node.outputs[0]!.shape.map((): Dim => 0);
    const pads = emit.shape([...others.with(axis, before), ...others.with(axis, after)]);
    return [emit.add("Pad", [x!, pads, emit.scalar(value, node.outputs[0]!.dtype)])];
  },
};

function padAxis(x: Tensor, axis: number, before: Dim, after: Dim, value = 0): Tensor {
  return before === 0 && after === 0 ? x : applySingle(padOp, [x], { axis, before, after, value });
}

/** x with `value` (default 0) added: for each axis from the first, how many before and after. */
export function pad(x: Tensor, sizes: readonly (readonly [number, number])[], value = 0): Tensor {
  if (sizes.length > x.rank)
    failWith("pad", [x], mismatch(`sizes for at most ${x.rank} axes`, "give one pair for each axis"));
  return sizes.reduce((padded, [before, after], axis) => padAxis(padded, axis, before, after, value), x);
}

const expandOp: Op<{ shape: Shape }> = {
  name: "expand",
  infer: ([x], { shape }) => {
    const result = broadcastShapes(x!.shape, shape);
    if (result === undefined || !sameShape(result, shape)) {
      throw mismatch(`a shape that broadcasts to ${formatShape(shape)}`, "only axes of size 1 can be repeated");
    }
    return [{ dtype: x!.dtype, shape }];
  },
  gradient: ({ gradients: [g] }) => [g],
  lower: (emit, [x], _node, { shape }) => [emit.add("Expand", [x!, emit.shape(shape)])],
};

/** x repeated along its axes of size 1 (and new leading ones) to `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const full = canonicalShape(shape);
  return sameShape(x.shape, full) ? x : applySingle(expandOp, [x], { shape: full });
}

/** `value` everywhere. */
export function full(shape: Shape, value: number, dtype: DType = "float32"): Tensor {
  return expand(constant(value, { dtype }), shape);
}

/** Zeros in the shape and type of x. */
export function zerosLike(x: Tensor): Tensor {
  return full(x.shape, 0, x.dtype);
}

/** Ones in the shape and type of x. */
export function onesLike(x: Tensor): Tensor {
  return full(x.shape, 1, x.dtype);
}

const sizeOp: Op<{ size: string }> = {
  name: "size",
  infer: () => [{ dtype: "int64", shape: [] }],
  lower: (emit, _inputs, _node, { size }) => [emit.add("Squeeze", [emit.shape([size]), emit.ints([0])])],
};

/** Product of the sizes of `axes` of a shape, as a scalar. */
export function dimension(shape: Shape, axes: readonly number[], dtype: DType): Tensor {
  const size = multiplyDims(...axes.map((axis) => shape[axis] as Dim));
  return typeof size === "number" ? constant(size, { dtype }) : cast(applySingle(sizeOp, [], { size }), dtype);
}

const arangeOp: Op<{ size: Dim }> = {
  name: "arange",
  infer: (_, { size }) => [{ dtype: "int64", shape: [size] }],
  lower: (emit, _inputs, _node, { size }) => {
    const end = emit.add("Squeeze", [emit.shape([size]), emit.ints([0])]);
    return [emit.add("Range", [emit.scalar(0, "int64"), end, emit.scalar(1, "int64")])];
  },
};

/** 0, 1, ... size - 1 (int64 unless another type is asked for). */
export function arange(size: Dim, dtype: DType = "int64"): Tensor {
  return cast(applySingle(arangeOp, [], { size: canonicalDim(size) ?? size }), dtype);
}

/** 1 on the diagonal, else 0; `columns` defaults to `rows`. */
export function eye(rows: Dim, columns: Dim = rows, dtype: DType = "float32"): Tensor {
  return cast(equal(unsqueeze(arange(rows), 1), arange(columns)), dtype);
}

/** Bool mask [size, size], true on and below the diagonal. */
export function lowerTriangle(size: Dim): Tensor {
  return greaterEqual(unsqueeze(arange(size), 1), arange(size));
}

/** 1 at each index, else 0: int64 [...] to [..., depth]. */
export function oneHot(indices: Tensor, depth: Dim, dtype: DType = "float32"): Tensor {
  return cast(equal(unsqueeze(indices, -1), arange(depth)), dtype);
}

methods({ reshape, flatten, unsqueeze, squeeze, transpose, split, slice, flip, pad, expand });

declare module "../graph/tensor.js" {
  interface Tensor {
    reshape(shape: Shape): Tensor;
    flatten(start?: number): Tensor;
    unsqueeze(axis: number): Tensor;
    squeeze(axis: number): Tensor;
    transpose(permutation?: readonly number[]): Tensor;
    split(parts: number | readonly Dim[], axis?: number): Tensor[];
    slice(options: SliceOptions): Tensor;
    flip(axis: number): Tensor;
    pad(sizes: readonly (readonly [number, number])[], value?: number): Tensor;
    expand(shape: Shape): Tensor;
  }
}
