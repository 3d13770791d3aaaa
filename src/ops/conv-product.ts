import { type Dim, type DType, type Emitter, multiplyDims, type Shape } from "../graph/index.js";
import {
  fewerThanWeights,
  gatherPatches,
  inParts,
  multiples,
  type Places,
  paddedRows,
  patchRows,
  splitBatch,
  windowPlaces,
} from "./patches.js";
import type { ConvAttributes } from "./window.js";

// Convolutions as one product of all patches of a batch with the weight. ONNX Runtime makes a product for each image,
// which is slow where an image has few places, and scatters the gradient of strided ones.

/** A value with its shape. */
export interface Shaped {
  readonly value: string;
  readonly shape: Shape;
}

const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);

/** Patches of `rows` times `matrix` [taps * C, M]: [N, windows down, windows across, M]. */
function multiplyPlaces(
  emit: Emitter,
  { rows, width }: { rows: string; width: number },
  places: Places,
  [batch, channels]: readonly [Dim, number],
  matrix: { value: string; columns: number; tapsLast: boolean },
): string {
  const spatial = [places.rows.length, places.columns.length];
  const taps = places.tapRows.length * places.tapColumns.length;
  const patches = gatherPatches(emit, rows, width, places);
  const matrixRows = patchRows(emit, patches, multiplyDims(batch, ...spatial), [taps, channels], matrix.tapsLast);
  return emit.reshape(emit.add("MatMul", [matrixRows, matrix.value]), [batch, ...spatial, matrix.columns]);
}

/** `make` for each part of a batch whose patches have `cells` floats an image, put together again: [N, ..., M] to [N, M, ...]. */
function byParts(
  emit: Emitter,
  rows: string,
  batch: Dim,
  cells: readonly number[],
  make: (rows: string, batch: Dim) => string,
): string {
  const parts = inParts(batch, cells);
  const made = splitBatch(emit, rows, parts).map((part, i) => make(part, parts[i]!));
  const all = made.length === 1 ? made[0]! : emit.add("Concat", made, { axis: 0 });
  return emit.add("Transpose", [all], { perm: [0, 3, 1, 2] });
}

/** The convolution of x [N, C, H, W] by a weight [O, C, h, w], giving `shape`. */
export function lowerConvProduct(
  emit: Emitter,
  x: Shaped,
  weight: Shaped,
  shape: Shape,
  attributes: ConvAttributes,
  dtype: DType,
): string {
  const [outputs, channels, ...kernel] = weight.shape as readonly [number, number, number, number];
  const taps = product(kernel);
  const tapsLast = fewerThanWeights(multiplyDims(shape[0]!, ...shape.slice(2)), weight.shape);
  const isOrdered = tapsLast || taps === 1;
  const ordered = isOrdered ? weight.value : emit.add("Transpose", [weight.value], { perm: [0, 2, 3, 1] });
  const matrix = emit.add("Transpose", [emit.reshape(ordered, [outputs, taps * channels])], { perm: [1, 0] });
  const padded = paddedRows(emit, x.value, x.shape, attributes.padding, dtype);
  const places = windowPlaces(shape, attributes);
  const cells = [...(shape.slice(2) as number[]), taps, channels];
  return byParts(emit, padded.rows, shape[0]!, cells, (rows, batch) =>
    multiplyPlaces(emit, { ...padded, rows }, places, [batch, channels], { value: matrix, columns: outputs, tapsLast }),
  );
}

/** One axis of the gradient for the image: of all places with the same rest by the stride, which taps reach them from where. */
interface Phase {
  readonly taps: readonly number[];
  /** Distance from a place's own window to the window whose tap sees it. */
  readonly shifts: readonly number[];
}

function phases(axis: number, { kernel, stride, padding, dilation }: ConvAttributes): Phase[] {
  const step = stride[axis]!;
  return multiples(step, 1).map((rest) => {
    const distance = (tap: number) => rest + padding[axis]! - tap * dilation[axis]!;
    const taps = multiples(kernel[axis]!, 1).filter((tap) => distance(tap) % step === 0);
    return { taps, shifts: taps.map((tap) => distance(tap) / step) };
  });
}

/** Zeros needed before and after an axis of `length` windows, so that `count` places find all windows they ask for. */
function margins(all: readonly Phase[], count: number, length: number): [number, number] {
  const shifts = all.flatMap((phase) => phase.shifts);
  return [Math.max(0, -Math.min(...shifts)), Math.max(0, count - length + Math.max(...shifts))];
}

/** The gradient of that convolution for its image of `size`, from g [N, O, H', W']. */
export function lowerConvTransposeProduct(
  emit: Emitter,
  g: Shaped,
  weight: Shaped,
  size: readonly number[],
  attributes: ConvAttributes,
  dtype: DType,
): string {
  const [outputs, channels, high, wide] = weight.shape as readonly [number, number, number, number];
  const counts = size.map((length, axis) => Math.ceil(length / attributes.stride[axis]!));
  const axes = [phases(0, attributes), phases(1, attributes)] as const;
  const [[top, bottom], [left, right]] = axes.map((all, axis) =>
    margins(all, counts[axis]!, g.shape[axis + 2] as number),
  ) as [[number, number], [number, number]];
  const padded = paddedRows(emit, g.value, g.shape, [top, left, bottom, right], dtype);
  const turned = emit.add("Transpose", [emit.reshape(weight.value, [outputs * channels, high * wide])], {
    perm: [1, 0],
  });
  const byTap = emit.reshape(turned, [high * wide, outputs, channels]);
  const phase = (rows: string, batch: Dim, down: Phase, across: Phase): string => {
    const chosen = down.taps.flatMap((i) => across.taps.map((j) => i * wide + j));
    if (chosen.length === 0)
      return emit.add("Expand", [emit.scalar(0, dtype), emit.shape([batch, ...counts, channels])]);
    const own = chosen.length === high * wide ? byTap : emit.add("Gather", [byTap, emit.ints(chosen)], { axis: 0 });
    const places = {
      rows: multiples(counts[0]!, 1).map((row) => row + top),
      columns: multiples(counts[1]!, 1).map((column) => column + left),
      tapRows: down.shifts,
      tapColumns: across.shifts,
    };
    const matrix = {
      value: emit.reshape(own, [chosen.length * outputs, channels]),
      columns: channels,
      tapsLast: false,
    };
    return multiplyPlaces(emit, { ...padded, rows }, places, [batch, outputs], matrix);
  };
  const cells = [...counts, high * wide, outputs];
  return byParts(emit, padded.rows, g.shape[0]!, cells, (rows, batch) => {
    const made = axes[0].map((down) => axes[1].map((across) => phase(rows, batch, down, across)));
    return interleave(emit, made, [batch, counts[0]!, counts[1]!, channels], size);
  });
}

/** Images of all phases [N, h, w, C], woven into one and cut to `size`. */
function interleave(
  emit: Emitter,
  made: readonly (readonly string[])[],
  [batch, high, wide, channels]: readonly [Dim, number, number, number],
  size: readonly number[],
): string {
  const weave = (parts: readonly string[], shape: Shape, axis: number) =>
    parts.length === 1
      ? parts[0]!
      : emit.add(
          "Concat",
          parts.map((part) => emit.reshape(part, shape)),
          { axis },
        );
  const width = wide * made[0]!.length;
  const rows = made.map((row) => weave(row, [batch, high, wide, 1, channels], 3));
  const height = high * made.length;
  const all = emit.reshape(weave(rows, [batch, high, 1, width, channels], 2), [batch, height, width, channels]);
  if (height === size[0] && width === size[1]) return all;
  return emit.add("Slice", [all, emit.ints([0, 0]), emit.ints(size), emit.ints([1, 2])]);
}
