import { type Dim, type Emitter, multiplyDims, type Node, type Shape } from "../graph/index.js";
import {
  fewerThanWeights,
  gatherPatches,
  inParts,
  paddedRows,
  patchRows,
  splitBatch,
  windowPlaces,
} from "./patches.js";
import type { ConvAttributes } from "./window.js";

/** ONNX nodes for the gradient of a convolution for its weight, from image x and output gradient g. */
export function lowerConvWeight(emit: Emitter, x: string, g: string, node: Node, attributes: ConvAttributes): string {
  const { kernel, padding, groups } = attributes;
  const pointwise = groups === 1 && kernel.join() === "1,1" && padding.every((count) => count === 0);
  return (pointwise ? lowerPointwise : lowerPatches)(emit, x, g, node, attributes);
}

/** [N, C, ...] to [C, N * ...] */
function channelRows(emit: Emitter, value: string, shape: Shape): string {
  const front = emit.add("Transpose", [value], { perm: [1, 0, 2, 3] });
  const [batch, channels, ...spatial] = shape as readonly [Dim, Dim, ...Dim[]];
  return emit.reshape(front, [channels, multiplyDims(batch, ...spatial)]);
}

/** A 1x1 kernel sees no neighbours: one product of channels by channels. */
function lowerPointwise(emit: Emitter, x: string, g: string, node: Node, { stride }: ConvAttributes): string {
  const gShape = node.inputs[1]!.shape as readonly [Dim, Dim, Dim, Dim];
  const channels = node.inputs[0]!.shape[1]!;
  // Max pooling of single cells is the fastest way to take every n-th cell.
  const seen = stride.join() === "1,1" ? x : emit.add("MaxPool", [x], { kernel_shape: [1, 1], strides: stride });
  const columns = channelRows(emit, seen, [gShape[0], channels, gShape[2], gShape[3]]);
  const turned = emit.add("Transpose", [columns], { perm: [1, 0] });
  const product = emit.add("MatMul", [channelRows(emit, g, gShape), turned]);
  return emit.reshape(product, [gShape[1], channels, 1, 1]);
}

/**
 * Rows of patches (im2col) by one Gather of channels-last rows, then one product: 1.3 to 3 times as fast as a convolution
 * with its axes exchanged.
 */
function lowerPatches(emit: Emitter, x: string, g: string, node: Node, attributes: ConvAttributes): string {
  const [xShape, gShape] = node.inputs.map((tensor) => tensor.shape) as [Shape, Shape];
  const [outputs, channels, ...kernel] = node.outputs[0]!.shape as readonly number[];
  const cells = [...gShape.slice(2), ...kernel, channels! * attributes.groups] as readonly number[];
  const batches = inParts(xShape[0]!, cells);
  const padded = paddedRows(emit, x, xShape, attributes.padding, node.outputs[0]!.dtype);
  const places = windowPlaces(gShape, attributes);
  const gParts = splitBatch(emit, g, batches);
  const shape = node.outputs[0]!.shape;
  const tapsLast = attributes.groups === 1 && fewerThanWeights(multiplyDims(xShape[0]!, ...gShape.slice(2)), shape);
  const products = splitBatch(emit, padded.rows, batches).map((rows, i) => {
    const patches = gatherPatches(emit, rows, padded.width, places);
    const gRows = channelRows(emit, gParts[i]!, [batches[i]!, ...gShape.slice(1)]);
    return multiplyPatches(
      emit,
      gRows,
      patches,
      multiplyDims(batches[i]!, ...gShape.slice(2)),
      { node, tapsLast },
      attributes,
    );
  });
  const total = products.reduce((sum, product) => emit.add("Add", [sum, product]));
  if (tapsLast) return emit.reshape(total, [outputs!, channels!, ...kernel]);
  const channelsLast = emit.reshape(total, [outputs!, ...kernel, channels!]);
  return emit.add("Transpose", [channelsLast], { perm: [0, 3, 1, 2] });
}

/** [O, places] by [places, taps * C]; with groups one such product for each group. */
function multiplyPatches(
  emit: Emitter,
  gRows: string,
  patches: string,
  places: Dim,
  { node, tapsLast }: { node: Node; tapsLast: boolean },
  { groups }: ConvAttributes,
): string {
  const [outputs, channels, high, wide] = node.outputs[0]!.shape as readonly [number, number, number, number];
  const taps = high * wide;
  if (groups === 1) return emit.add("MatMul", [gRows, patchRows(emit, patches, places, [taps, channels], tapsLast)]);
  const split = emit.reshape(patches, [places, taps, groups, channels]);
  const grouped = emit.add("Transpose", [split], { perm: [2, 0, 1, 3] });
  return emit.add("MatMul", [
    emit.reshape(gRows, [groups, outputs / groups, places]),
    emit.reshape(grouped, [groups, places, taps * channels]),
  ]);
}
