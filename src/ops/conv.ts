import {
  applySingle,
  type Dim,
  type DType,
  type Emitter,
  type GradientContext,
  mismatch,
  multiplyDims,
  type Op,
  type Shape,
  type Tensor,
  type TensorType,
} from "../graph/index.js";
import { lowerConvProduct, lowerConvTransposeProduct } from "./conv-product.js";
import { lowerConvWeight } from "./conv-weight.js";
import { checkTypes, floats, methods } from "./define.js";
import { add } from "./elementwise.js";
import { reshape } from "./movement.js";
import { sum } from "./reduce.js";
import {
  type ConvAttributes,
  type Pair,
  pair,
  span,
  spatialSizes,
  toWindow,
  type WindowOptions,
  windowCounts,
} from "./window.js";

// The three ops of this file are one trilinear form <g, conv(x, w)> seen from its three sides: the convolution takes x
// and w, its gradient for the image takes g and w, its gradient for the weight takes x and g. Each has the other two as
// its gradients, so derivatives of any order exist.

/** Settings of {@link conv2d}. */
export interface Conv2dOptions extends WindowOptions {
  /** Channels are split into this many groups that do not see each other. Default 1. */
  readonly groups?: number;
  /** [output channels], added everywhere. Default none. */
  readonly bias?: Tensor;
}

/** Settings of {@link convTranspose2d}. */
export interface ConvTranspose2dOptions extends Conv2dOptions {
  /** Rows and columns added at the bottom and right: several sizes shrink to the same under one stride. Default 0. */
  readonly outputPadding?: Pair;
}

type TransposeAttributes = ConvAttributes & { readonly size: readonly number[] };

function checkChannels(weight: TensorType, axis: number, channels: Dim | undefined, groups: number): void {
  const own = weight.shape[axis];
  const expected = axis === 1 ? `${channels} / ${groups} groups` : `${channels}`;
  if (typeof own !== "number" || own * (axis === 1 ? groups : 1) !== channels) {
    throw mismatch(`a weight with ${expected} on axis ${axis}`, "make the weight fit the channels of the image");
  }
  if (weight.shape.some((dim) => typeof dim !== "number") || (weight.shape[0] as number) % groups !== 0) {
    throw mismatch(`${groups} groups to divide all channels`, "choose a number of groups that divides both");
  }
}

function checkImageAndWeight(image: TensorType, weight: TensorType): DType {
  spatialSizes(image.shape);
  if (weight.shape.length !== 4) throw mismatch("a weight of four axes", "reshape the weight");
  return checkTypes([image, weight], floats);
}

/** Calls `lower` in float32, the only type ONNX Runtime convolves. */
function inFloat32(
  emit: Emitter,
  dtype: DType,
  inputs: readonly string[],
  lower: (inputs: readonly string[]) => string,
): string {
  if (dtype === "float32") return lower(inputs);
  return emit.cast(lower(inputs.map((value) => emit.cast(value, "float32"))), dtype);
}

function onnxAttributes({ kernel, stride, padding, dilation, groups }: ConvAttributes) {
  return { kernel_shape: kernel, strides: stride, pads: padding, dilations: dilation, group: groups };
}

const conv2dOp: Op<ConvAttributes> = {
  name: "conv2d",
  infer: ([x, weight, bias], attributes) => {
    const dtype = checkImageAndWeight(x!, weight!);
    checkChannels(weight!, 1, x!.shape[1], attributes.groups);
    const outputs = weight!.shape[0]!;
    if (bias && (bias.dtype !== dtype || bias.shape.join() !== `${outputs}`)) {
      throw mismatch(`a bias ${dtype} [${outputs}]`, "give one number for each output channel");
    }
    return [{ dtype, shape: [x!.shape[0]!, outputs, ...windowCounts(x!.shape, attributes)] }];
  },
  gradient: ({ inputs: [x, weight, bias], gradients: [g], attributes }) => {
    if (g === undefined) return [];
    const forBias = bias && sum(g, { axes: [0, 2, 3] });
    return [inputGradient(g, weight!, x!.shape, attributes), weightGradient(x!, g, attributes), forBias];
  },
  contracts: true,
  lower: (emit, inputs, node, attributes) => {
    const { dtype, shape } = node.outputs[0]!;
    const [xShape, weightShape] = node.inputs.map((tensor) => tensor.shape) as [Shape, Shape];
    const places = (shape[2] as number) * (shape[3] as number);
    if (emit.isStored(inputs[1]!) || !hasFewPlaces(places, attributes)) {
      const lower = (values: readonly string[]) => emit.add("Conv", values, onnxAttributes(attributes));
      return [inFloat32(emit, dtype, inputs, lower)];
    }
    const [x, weight, bias] = inputs as readonly [string, string, string?];
    const y = lowerConvProduct(
      emit,
      { value: x, shape: xShape },
      { value: weight, shape: weightShape },
      shape,
      attributes,
      dtype,
    );
    return [bias === undefined ? y : emit.add("Add", [y, emit.reshape(bias, [shape[1]!, 1, 1])])];
  },
};

/**
 * Whether one product over the batch beats ONNX Runtime's product for each image: where images have few places, fewer with a
 * 1x1 kernel, because its patches save nothing. Measured with 2 threads, 64 to 2048 channels, batches of 8 and 32.
 */
function hasFewPlaces(places: number, { kernel, groups }: ConvAttributes): boolean {
  return groups === 1 && places < (kernel.join() === "1,1" ? 64 : 256);
}

const convTranspose2dOp: Op<TransposeAttributes> = {
  name: "convTranspose2d",
  infer: ([y, weight], attributes) => {
    const dtype = checkImageAndWeight(y!, weight!);
    checkChannels(weight!, 0, y!.shape[1], attributes.groups);
    const channels = multiplyDims(weight!.shape[1]!, attributes.groups);
    const shape = [y!.shape[0]!, channels, ...attributes.size];
    if (windowCounts(shape, attributes).join() !== y!.shape.slice(2).join()) {
      throw mismatch(
        "an output padding of 0 to stride - 1",
        "choose a size that the same convolution shrinks to the input's",
      );
    }
    return [{ dtype, shape }];
  },
  gradient: ({ inputs: [y, weight], gradients: [g], attributes }: GradientContext<TransposeAttributes>) =>
    g === undefined ? [] : [convolve(g, weight!, attributes), weightGradient(g, y!, attributes)],
  contracts: true,
  lower: (emit, inputs, node, attributes) => {
    const [yShape, weightShape] = node.inputs.map((tensor) => tensor.shape) as [Shape, Shape];
    const places = attributes.size.reduce((count, size, axis) => count * Math.ceil(size / attributes.stride[axis]!), 1);
    if (hasFewPlaces(places, attributes)) {
      const [y, weight] = inputs as readonly [string, string];
      return [
        lowerConvTransposeProduct(
          emit,
          { value: y, shape: yShape },
          { value: weight, shape: weightShape },
          attributes.size,
          attributes,
          node.outputs[0]!.dtype,
        ),
      ];
    }
    const lower = ([y, weight]: readonly string[]) =>
      lowerTranspose(emit, [y!, yShape], [weight!, weightShape as readonly number[]], attributes);
    return [inFloat32(emit, node.outputs[0]!.dtype, inputs, lower)];
  },
};

/** With stride 1 a plain convolution with the mirrored weight is up to 1.7 times as fast as ConvTranspose. */
function lowerTranspose(
  emit: Emitter,
  [y, yShape]: readonly [string, Shape],
  [weight, weightShape]: readonly [string, readonly number[]],
  attributes: TransposeAttributes,
): string {
  const { stride, padding, size } = attributes;
  const reach = [0, 1].map((axis) => span(attributes, axis) - 1);
  const rest = [0, 1].map((axis) => size[axis]! - ((yShape[axis + 2] as number) - 1) * stride[axis]! - 1);
  const before = [0, 1].map((axis) => reach[axis]! - padding[axis]!);
  const pads = [...before, ...[0, 1].map((axis) => rest[axis]! + reach[axis]! - before[axis]!)];
  const common = onnxAttributes(attributes);
  if (stride.every((step) => step === 1) && pads.every((count) => count >= 0)) {
    return emit.add("Conv", [y, mirror(emit, weight, weightShape, attributes.groups)], { ...common, pads });
  }
  const extra = [0, 1].map((axis) => rest[axis]! - reach[axis]! + padding[axis]! + padding[axis + 2]!);
  return emit.add("ConvTranspose", [y, weight], { ...common, output_padding: extra });
}

/** [O, C / groups, h, w] to [C, O / groups, h, w], turned by 180 degrees (a Slice with step -1 takes longer). */
function mirror(emit: Emitter, weight: string, shape: readonly number[], groups: number): string {
  const [outputs, inputs, height, width] = shape as readonly [number, number, number, number];
  const taps = height * width;
  const split = emit.reshape(weight, [groups, outputs / groups, inputs, taps]);
  const swapped = emit.add("Transpose", [split], { perm: [0, 2, 1, 3] });
  const single = emit.ints(Array.from({ length: taps }, () => 1));
  const turned =
    taps === 1
      ? swapped
      : emit.add("Concat", emit.addMany("Split", [swapped, single], taps, { axis: 3 }).reverse(), { axis: 3 });
  return emit.reshape(turned, [groups * inputs, outputs / groups, height, width]);
}

const conv2dWeightOp: Op<ConvAttributes> = {
  name: "conv2dWeight",
  infer: ([x, g], { kernel, groups }) => {
    const dtype = checkTypes([x!, g!], floats);
    return [{ dtype, shape: [g!.shape[1]!, (x!.shape[1] as number) / groups, ...kernel] }];
  },
  gradient: ({ inputs: [x, g], gradients: [v], attributes }) =>
    v === undefined ? [] : [inputGradient(g!, v, x!.shape, attributes), convolve(x!, v, attributes)],
  contracts: true,
  lower: (emit, [x, g], node, attributes) => [lowerConvWeight(emit, x!, g!, node, attributes)],
};

function convAttributes({ kernel, stride, padding, dilation, groups }: ConvAttributes): ConvAttributes {
  return { kernel, stride, padding, dilation, groups };
}

function convolve(x: Tensor, weight: Tensor, attributes: ConvAttributes): Tensor {
  return applySingle(conv2dOp, [x, weight], convAttributes(attributes));
}

function inputGradient(g: Tensor, weight: Tensor, shape: Shape, attributes: ConvAttributes): Tensor {
  return applySingle(convTranspose2dOp, [g, weight], { ...convAttributes(attributes), size: spatialSizes(shape) });
}

function weightGradient(x: Tensor, g: Tensor, attributes: ConvAttributes): Tensor {
  return applySingle(conv2dWeightOp, [x, g], convAttributes(attributes));
}

function kernelOf(weight: Tensor): readonly [number, number] {
  return weight.shape.slice(2) as unknown as readonly [number, number];
}

/**
 * Cross-correlation of images with a bank of filters, the "convolution" of neural networks (float64 is computed in
 * float32, for want of a kernel).
 *
 * x [N, C, H, W], weight [O, C / groups, h, w] -> [N, O, H', W'], H' = floor((H + padding - dilation (h - 1) - 1) / stride) + 1.
 * Only N may be known at run time alone.
 */
export function conv2d(x: Tensor, weight: Tensor, { groups = 1, bias, ...options }: Conv2dOptions = {}): Tensor {
  const attributes = { ...toWindow(kernelOf(weight), options), groups };
  return applySingle(conv2dOp, bias ? [x, weight, bias] : [x, weight], attributes);
}

/**
 * The transpose of {@link conv2d} as a linear map, also called fractionally strided convolution.
 *
 * x [N, C, H, W], weight [C, O / groups, h, w] -> [N, O, H', W'], H' = (H - 1) stride - padding + dilation (h - 1) + 1 + output
 * padding.
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  { groups = 1, bias, outputPadding = 0, ...options }: ConvTranspose2dOptions = {},
): Tensor {
  const window = toWindow(kernelOf(weight), options);
  const extra = pair(outputPadding);
  const size = [0, 1].map((axis) => {
    const padding = window.padding[axis]! + window.padding[axis + 2]!;
    return ((x.shape[axis + 2] as number) - 1) * window.stride[axis]! - padding + span(window, axis) + extra[axis]!;
  });
  const y = applySingle(convTranspose2dOp, [x, weight], { ...window, groups, size });
  return bias ? add(y, reshape(bias, [...bias.shape, 1, 1])) : y;
}

methods({ conv2d, convTranspose2d });

declare module "../graph/tensor.js" {
  interface Tensor {
    conv2d(weight: Tensor, options?: Conv2dOptions): Tensor;
    convTranspose2d(weight: Tensor, options?: ConvTranspose2dOptions): Tensor;
  }
}
