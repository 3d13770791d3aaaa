import {
  applySingle,
  checked,
  constant,
  type Dim,
  mismatch,
  type Op,
  type Shape,
  shapeSize,
  type Tensor,
} from "../graph/index.js";
import { cast } from "./cast.js";
import { checkTypes, floats, methods } from "./define.js";
import { div, equal, mul } from "./elementwise.js";
import { matmul } from "./matmul.js";
import { full, pad, reshape } from "./movement.js";
import { max, mean } from "./reduce.js";
import { scatterAdd } from "./select.js";
import {
  type Padding,
  type Pair,
  pair,
  spatialSizes,
  toWindow,
  type Window,
  type WindowOptions,
  windowCounts,
} from "./window.js";

/** Settings of {@link maxPool2d}. */
export interface MaxPool2dOptions extends WindowOptions {
  /** Default: the kernel, so that windows lie side by side. */
  readonly stride?: Pair;
}

/** Settings of {@link averagePool2d}. */
export interface AveragePool2dOptions {
  /** Default: the kernel, so that windows lie side by side. */
  readonly stride?: Pair;
  /** Zeros added around the input. Default 0. */
  readonly padding?: Padding;
  /** Whether padding counts in the mean. Default true, as in PyTorch and Caffe. */
  readonly countIncludePad?: boolean;
}

/** True when every cell is in at most one window and the first window starts at the first cell. */
function sideBySide({ kernel, stride, padding, dilation }: Window): boolean {
  return kernel.join() === stride.join() && [...padding, ...dilation].join() === "0,0,0,0,1,1";
}

function pooled(shape: Shape, window: Window): Shape {
  if (window.padding.some((count, side) => count >= window.kernel[side % 2]!)) {
    throw mismatch("less padding than the kernel is long", "a window must see a cell of the image");
  }
  return [...shape.slice(0, 2), ...windowCounts(shape, window)];
}

function poolAttributes({ kernel, stride, padding }: Window) {
  return { kernel_shape: kernel, strides: stride, pads: padding };
}

const enlargeOp: Op<{ factors: readonly number[] }> = {
  name: "enlarge",
  infer: ([x], { factors }) => {
    const sizes = spatialSizes(x!.shape).map((size, axis) => size * factors[axis]!);
    return [{ dtype: checkTypes([x!], floats), shape: [...x!.shape.slice(0, 2), ...sizes] }];
  },
  gradient: ({ gradients: [g], attributes: { factors } }) => [
    g && mul(averagePool2d(g, factors as [number, number]), factors[0]! * factors[1]!),
  ],
  lower: (emit, [x], node, { factors }) => {
    const { shape, dtype } = node.outputs[0]!;
    if (dtype === "float32") {
      const nearest = { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };
      return [emit.add("Resize", [x!, "", "", emit.shape(shape)], nearest)];
    }
    const [batch, channels, height, width] = node.inputs[0]!.shape as readonly [Dim, Dim, Dim, Dim];
    const apart = emit.reshape(x!, [batch, channels, height, 1, width, 1]);
    const repeated = [batch, channels, height, factors[0]!, width, factors[1]!];
    return [emit.reshape(emit.add("Expand", [apart, emit.shape(repeated)]), shape)];
  },
};

/** Every cell of images [N, C, H, W] repeated `factors` times down and across (nearest-neighbour upsampling). */
export function enlarge(x: Tensor, factors: Pair): Tensor {
  const both = pair(factors);
  return both.every((factor) => factor === 1) ? x : applySingle(enlargeOp, [x], { factors: both });
}

/** Each window's value put back on all of its cells; 0 on cells without a window. */
function unpool(y: Tensor, shape: Shape, { kernel }: Window): Tensor {
  const large = enlarge(y, kernel as unknown as [number, number]);
  const missing = [2, 3].map((axis) => (shape[axis] as number) - (large.shape[axis] as number));
  return pad(large, [
    [0, 0],
    [0, 0],
    [0, missing[0]!],
    [0, missing[1]!],
  ]);
}

const maxPool2dOp: Op<Window> = {
  name: "maxPool2d",
  infer: ([x], window) => [{ dtype: checkTypes([x!], floats), shape: pooled(x!.shape, window) }],
  gradient: ({ inputs: [x], outputs: [y], gradients: [g], attributes }) => [
    g && (sideBySide(attributes) ? shareAmongLargest(g, x!, y!, attributes) : addAtLargest(g, x!, attributes)),
  ],
  lower: (emit, [x], _node, window) => [
    emit.add("MaxPool", [x!], { ...poolAttributes(window), dilations: window.dilation }),
  ],
};

/** Without overlap, comparing cells with their window's maximum is twice as fast as looking up where it was. */
function shareAmongLargest(g: Tensor, x: Tensor, y: Tensor, window: Window): Tensor {
  const reached = cast(equal(x, unpool(y, x.shape, window)), g.dtype);
  const share = applySingle(averagePool2dOp, [reached], { ...window, countIncludePad: true });
  const each = div(g, mul(share, window.kernel[0]! * window.kernel[1]!));
  return mul(reached, unpool(each, x.shape, window));
}

const maxPoolIndexOp: Op<Window> = {
  name: "maxPoolIndex",
  infer: ([x], window) => [{ dtype: "int64", shape: pooled(x!.shape, window) }],
  // A second pass only for gradients: ONNX Runtime pools several times as fast when it need not tell the places.
  lower: (emit, [x], _node, window) => [
    emit.addMany("MaxPool", [x!], 2, { ...poolAttributes(window), dilations: window.dilation })[1]!,
  ],
};

/** The gradient goes to the first largest cell of each window. */
function addAtLargest(g: Tensor, x: Tensor, window: Window): Tensor {
  const index = reshape(applySingle(maxPoolIndexOp, [x], window), [shapeSize(g.shape)]);
  const zeros = full([shapeSize(x.shape)], 0, g.dtype);
  return reshape(scatterAdd(zeros, index, reshape(g, index.shape), 0), x.shape);
}

/**
 * Largest cell of each window; padding never wins. Without overlap, cells of one window that tie share the gradient;
 * with overlap the first takes it.
 *
 * [N, C, H, W] -> [N, C, H', W'], H' = floor((H + padding - dilation (kernel - 1) - 1) / stride) + 1.
 */
export function maxPool2d(x: Tensor, kernel: Pair, options: MaxPool2dOptions = {}): Tensor {
  return applySingle(maxPool2dOp, [x], toWindow(kernel, { stride: kernel, ...options }));
}

type AverageAttributes = Window & { readonly countIncludePad: boolean };

const averagePool2dOp: Op<AverageAttributes> = {
  name: "averagePool2d",
  infer: ([x], window) => [{ dtype: checkTypes([x!], floats), shape: pooled(x!.shape, window) }],
  gradient: ({ inputs: [x], gradients: [g], attributes }) => {
    if (g === undefined) return [];
    if (sideBySide(attributes))
      return [unpool(div(g, attributes.kernel[0]! * attributes.kernel[1]!), x!.shape, attributes)];
    const shares = spatialSizes(x!.shape).map((size, axis) => windowShares(size, axis, attributes));
    return [mapRowsAndColumns(g, transposed(shares[0]!), transposed(shares[1]!))];
  },
  lower: (emit, [x], node, { countIncludePad, ...window }) => {
    const attributes = { ...poolAttributes(window), count_include_pad: Number(countIncludePad) };
    if (node.outputs[0]!.dtype === "float32") return [emit.add("AveragePool", [x!], attributes)];
    return [emit.cast(emit.add("AveragePool", [emit.cast(x!, "float32")], attributes), "float64")];
  },
};

/** Matrix of a linear map along one axis: a row for each result, its weight for each cell. */
type Matrix = readonly (readonly number[])[];

function transposed(matrix: Matrix): Matrix {
  return (matrix[0] ?? []).map((_, column) => matrix.map((row) => row[column]!));
}

/** The mean over cells from `start` to before `end` as weights; `count` divides, where padding counts too. */
function meanWeights(size: number, start: number, end: number, count?: number): number[] {
  const inside = Math.min(end, size) - Math.max(start, 0);
  return Array.from({ length: size }, (_, cell) => (cell >= start && cell < end ? 1 / (count ?? inside) : 0));
}

/** Averaging is separable: the weight of each cell in each window along one axis. */
function windowShares(size: number, axis: number, window: AverageAttributes): Matrix {
  const [kernel, stride, before] = [window.kernel[axis]!, window.stride[axis]!, window.padding[axis]!];
  const windows = Math.floor((size + before + window.padding[axis + 2]! - kernel) / stride) + 1;
  return Array.from({ length: windows }, (_, i) => {
    const start = i * stride - before;
    return meanWeights(size, start, start + kernel, window.countIncludePad ? kernel : undefined);
  });
}

/** rows [H', H] x [N, C, H, W] columns^T -> [N, C, H', W']. */
function mapRowsAndColumns(x: Tensor, rows: Matrix, columns: Matrix): Tensor {
  const across = matmul(x, constant(transposed(columns), { dtype: x.dtype }));
  return matmul(constant(rows, { dtype: x.dtype }), across);
}

/**
 * Mean of each window (float64 is computed in float32, for want of a kernel).
 *
 * [N, C, H, W] -> [N, C, H', W'], H' = floor((H + padding - kernel) / stride) + 1.
 */
export function averagePool2d(
  x: Tensor,
  kernel: Pair,
  { countIncludePad = true, ...options }: AveragePool2dOptions = {},
): Tensor {
  return applySingle(averagePool2dOp, [x], { ...toWindow(kernel, { stride: kernel, ...options }), countIncludePad });
}

function checkAdaptive(x: Tensor, counts: readonly number[]): void {
  checkTypes([x], floats);
  const isInside = spatialSizes(x.shape).every((cells, axis) => counts[axis]! >= 1 && counts[axis]! <= cells);
  if (!isInside) throw mismatch("a size between 1 and the image's", "ask for fewer regions");
}

/**
 * Mean over size x size regions that cover the image as evenly as whole cells allow: region i reaches from floor(i H / size)
 * to ceil((i + 1) H / size). [N, C, H, W] -> [N, C, ...size].
 */
export function adaptiveAveragePool2d(x: Tensor, size: Pair): Tensor {
  const counts = pair(size);
  checked("adaptiveAveragePool2d", [x], () => checkAdaptive(x, counts));
  const cells = spatialSizes(x.shape);
  if (cells.every((cell, axis) => cell % counts[axis]! === 0)) {
    return averagePool2d(x, [cells[0] / counts[0], cells[1] / counts[1]]);
  }
  const [rows, columns] = cells.map((cell, axis): Matrix => {
    const count = counts[axis]!;
    const bound = (i: number) => (i * cell) / count;
    return Array.from({ length: count }, (_, i) => meanWeights(cell, Math.floor(bound(i)), Math.ceil(bound(i + 1))));
  });
  return mapRowsAndColumns(x, rows!, columns!);
}

/** Mean over all places: [N, C, ...spatial] -> [N, C]. */
export function globalAveragePool(x: Tensor): Tensor {
  return mean(x, { axes: spatialAxes(x) });
}

/** Largest of all places: [N, C, ...spatial] -> [N, C]. Places that tie share the gradient. */
export function globalMaxPool(x: Tensor): Tensor {
  return max(x, { axes: spatialAxes(x) });
}

function spatialAxes(x: Tensor): number[] {
  return x.shape.slice(2).map((_, i) => i + 2);
}

methods({ maxPool2d, averagePool2d, adaptiveAveragePool2d, globalAveragePool, globalMaxPool, enlarge });

declare module "../graph/tensor.js" {
  interface Tensor {
    maxPool2d(kernel: Pair, options?: MaxPool2dOptions): Tensor;
    averagePool2d(kernel: Pair, options?: AveragePool2dOptions): Tensor;
    adaptiveAveragePool2d(size: Pair): Tensor;
    globalAveragePool(): Tensor;
    globalMaxPool(): Tensor;
    enlarge(factors: Pair): Tensor;
  }
}
