import { type Dim, mismatch, type Shape } from "../graph/index.js";

/** One number for both spatial axes, or [vertical, horizontal]. */
export type Pair = number | readonly [number, number];

/** The same on all four sides, [vertical, horizontal], or [[top, bottom], [left, right]]. */
export type Padding = Pair | readonly [readonly [number, number], readonly [number, number]];

/** How a window moves over the two spatial axes. */
export interface WindowOptions {
  /** Distance between neighbouring windows. */
  readonly stride?: Pair;
  /** Cells added around the input. Default 0. */
  readonly padding?: Padding;
  /** Distance between neighbouring cells of one window. Default 1. */
  readonly dilation?: Pair;
}

/** Attributes of a window: [vertical, horizontal], and padding in ONNX's order [top, left, bottom, right]. */
export type Window = {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
};

/** A window with the groups that channels are split into. */
export type ConvAttributes = Window & { readonly groups: number };

/** `value` for both axes. */
export function pair(value: Pair): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

function sides(padding: Padding): readonly number[] {
  const [vertical, horizontal] = typeof padding === "number" ? [padding, padding] : padding;
  const [top, bottom] = pair(vertical);
  const [left, right] = pair(horizontal);
  return [top, left, bottom, right];
}

/** Options with their defaults as attributes. */
export function toWindow(kernel: Pair, { stride = 1, padding = 0, dilation = 1 }: WindowOptions): Window {
  return {
    kernel: [...pair(kernel)],
    stride: [...pair(stride)],
    padding: sides(padding),
    dilation: [...pair(dilation)],
  };
}

/** Cells that one window spans along a spatial axis (0 or 1), its gaps included. */
export function span({ kernel, dilation }: Window, axis: number): number {
  return dilation[axis]! * (kernel[axis]! - 1) + 1;
}

function checkWindow({ kernel, stride, padding, dilation }: Window): void {
  const whole = (values: readonly number[], least: number) =>
    values.every((value) => Number.isInteger(value) && value >= least);
  if (!whole([...kernel, ...stride, ...dilation], 1)) {
    throw mismatch("kernel, stride and dilation of whole numbers from 1", "correct the window");
  }
  if (!whole(padding, 0)) throw mismatch("padding of whole numbers from 0", "use slice to cut");
}

/** Height and width of a batch of images [N, C, H, W], which must be known when the graph is built. */
export function spatialSizes(shape: Shape): readonly [number, number] {
  if (shape.length !== 4) throw mismatch("images [batch, channels, height, width]", "reshape to four axes");
  const [, , height, width] = shape as readonly [Dim, Dim, Dim, Dim];
  if (typeof height !== "number" || typeof width !== "number") {
    throw mismatch(
      "a height and width known when the graph is built",
      "give them as numbers; only the batch may be open",
    );
  }
  return [height, width];
}

/** How many windows fit along both spatial axes. */
export function windowCounts(shape: Shape, window: Window): readonly [number, number] {
  checkWindow(window);
  const counts = spatialSizes(shape).map((size, axis) => {
    const room = size + window.padding[axis]! + window.padding[axis + 2]! - span(window, axis);
    if (room < 0)
      throw mismatch(`room for a window of ${span(window, axis)} cells in ${size}`, "pad, or use a smaller kernel");
    return Math.floor(room / window.stride[axis]!) + 1;
  });
  return counts as unknown as readonly [number, number];
}
