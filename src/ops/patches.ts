import type { Dim, DType, Emitter, Shape } from "../graph/index.js";
import { type ConvAttributes, spatialSizes } from "./window.js";

/** Largest matrix of image patches that is built at once; larger batches are taken in parts. */
const PATCH_BYTES = 2 ** 24;

/**
 * Where windows look, as rows and columns of a padded image: the tap (i, j) of window (y, x) sees
 * (rows[y] + tapRows[i], columns[x] + tapColumns[j]).
 */
export interface Places {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
  readonly tapRows: readonly number[];
  readonly tapColumns: readonly number[];
}

/** The numbers 0, step, 2 step, ... */
export function multiples(count: number, step: number): number[] {
  return Array.from({ length: count }, (_, i) => i * step);
}

/** Places of the windows of a convolution with results of `shape`. */
export function windowPlaces(shape: Shape, { kernel, stride, dilation }: ConvAttributes): Places {
  return {
    rows: multiples(shape[2] as number, stride[0]!),
    columns: multiples(shape[3] as number, stride[1]!),
    tapRows: multiples(kernel[0]!, dilation[0]!),
    tapColumns: multiples(kernel[1]!, dilation[1]!),
  };
}

/** [N, C, H, W] padded by [top, left, bottom, right] zeros, channels last, places joined: [N, H' * W', C]; and W'. */
export function paddedRows(
  emit: Emitter,
  x: string,
  shape: Shape,
  padding: readonly number[],
  dtype: DType,
): { rows: string; width: number } {
  const [height, width] = spatialSizes(shape);
  const [top, left, bottom, right] = padding as readonly [number, number, number, number];
  const last = emit.add("Transpose", [x], { perm: [0, 2, 3, 1] });
  const padded = padding.every((count) => count === 0)
    ? last
    : emit.add("Pad", [last, emit.ints(padding), emit.scalar(0, dtype), emit.ints([1, 2])]);
  const wide = width + left + right;
  return { rows: emit.reshape(padded, [shape[0]!, (height + top + bottom) * wide, shape[1]!]), width: wide };
}

/**
 * Patches of rows [N, places, C] of an image `width` places wide: [N, windows * taps, C], by one Gather. Its index is written
 * as a sum of four short lists, to keep files small; ONNX Runtime adds them once, when it loads the graph.
 */
export function gatherPatches(emit: Emitter, rows: string, width: number, places: Places): string {
  const down = (values: readonly number[]) => values.map((value) => value * width);
  const lists = [down(places.rows), places.columns, down(places.tapRows), places.tapColumns];
  const axes = lists.map((list, axis) => {
    const shape = lists.map((_, other) => (other === axis ? list.length : 1));
    return emit.reshape(emit.ints(list), shape);
  });
  const sum = axes.reduce((total, axis) => emit.add("Add", [total, axis]));
  return emit.add("Gather", [rows, emit.reshape(sum, [-1])], { axis: 1 });
}

/** How many images each part of a batch has, so that no part's patches, `cells` floats an image, exceed PATCH_BYTES. */
export function inParts(batch: Dim, cells: readonly number[]): readonly Dim[] {
  if (typeof batch === "string") return [batch];
  const bytes = cells.reduce((product, size) => product * size, 4);
  const count = Math.min(batch, Math.ceil((batch * bytes) / PATCH_BYTES));
  const bound = (part: number) => Math.floor((part * batch) / count);
  return count <= 1 ? [batch] : Array.from({ length: count }, (_, i) => bound(i + 1) - bound(i));
}

/** `value` cut along its first axis. */
export function splitBatch(emit: Emitter, value: string, parts: readonly Dim[]): string[] {
  return parts.length === 1 ? [value] : emit.addMany("Split", [value, emit.shape(parts)], parts.length, { axis: 0 });
}

/**
 * Whether a matrix of patches is smaller than the weight [O, C, h, w] that it meets. Then its taps are moved behind the
 * channels, which is where the weight has them, rather than those of the weight before.
 */
export function fewerThanWeights(places: Dim, [outputs, , high, wide]: Shape): boolean {
  return typeof places === "number" && places < (outputs as number) && (high as number) * (wide as number) > 1;
}

/** Patches [places * taps, C] as rows: [places, C * taps] with `tapsLast`, else [places, taps * C]. */
export function patchRows(
  emit: Emitter,
  patches: string,
  places: Dim,
  [taps, channels]: readonly [number, number],
  tapsLast: boolean,
): string {
  const rows = tapsLast
    ? emit.add("Transpose", [emit.reshape(patches, [places, taps, channels])], { perm: [0, 2, 1] })
    : patches;
  return emit.reshape(rows, [places, taps * channels]);
}
