import {
  applyOp,
  applySingle,
  checked,
  type Emitter,
  mismatch,
  type Op,
  type Tensor,
  type TensorType,
} from "../graph/index.js";
import { checkAxis, checkTypes, floats, methods } from "./define.js";
import { add, div, maximum, mul, rsqrt, square, sub } from "./elementwise.js";
import { dimension, full, reshape } from "./movement.js";
import { mean, norm, sum, sumTo } from "./reduce.js";

/** Settings of the normalisations. */
export interface NormalizeOptions {
  /** Added to the variance. Default 1e-5. */
  readonly epsilon?: number;
}

type Epsilon = { readonly epsilon: number };

function checkChannels([x, ...perChannel]: readonly TensorType[]): void {
  checkTypes([x!, ...perChannel], floats);
  const channels = x!.shape[1];
  if (typeof channels !== "number")
    throw mismatch("[batch, channels, ...] with a known number of channels", "reshape it");
  if (perChannel.some(({ shape }) => shape.join() !== `${channels}`)) {
    throw mismatch(`[${channels}] for every value of a channel`, "give one number a channel");
  }
}

/** All axes but the channels'. */
function channelAxes(x: Tensor): number[] {
  return x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
}

/** [C] in a shape that broadcasts over [N, C, ...]. */
function alongChannels(values: Tensor, like: Tensor): Tensor {
  return reshape(values, [...values.shape, ...like.shape.slice(2).map(() => 1)]);
}

function lowerBatchNorm(emit: Emitter, inputs: readonly string[], outputs: number, { epsilon }: Epsilon): string[] {
  // Momentum 0 makes the node's "running" statistics those of this batch alone.
  const training = outputs > 1 ? { training_mode: 1, momentum: { float: 0 } } : {};
  return emit.addMany("BatchNormalization", inputs, outputs, { epsilon: { float: epsilon }, ...training });
}

const batchNormFixedOp: Op<Epsilon> = {
  name: "batchNormFixed",
  infer: (inputs) => {
    checkChannels(inputs);
    return [inputs[0]!];
  },
  gradient: ({ inputs, gradients: [g], attributes: { epsilon } }) => {
    if (g === undefined) return [];
    const [x, scale, , center, variance] = inputs as [Tensor, Tensor, Tensor, Tensor, Tensor];
    const inverse = rsqrt(add(variance, epsilon));
    const slope = mul(scale, inverse);
    const total = sum(g, { axes: channelAxes(x) });
    const moment = sum(mul(g, sub(x, alongChannels(center, x))), { axes: channelAxes(x) });
    const forVariance = mul(mul(moment, slope), mul(square(inverse), -0.5));
    return [mul(g, alongChannels(slope, x)), mul(moment, inverse), total, mul(mul(total, slope), -1), forVariance];
  },
  lower: (emit, inputs, _node, attributes) => lowerBatchNorm(emit, inputs, 1, attributes),
};

/**
 * Batch normalisation by given statistics: (x - mean) / sqrt(variance + epsilon) * scale + bias for each channel.
 *
 * x [N, C, ...]; scale, bias, mean, variance [C] -> like x.
 */
export function batchNormFixed(
  x: Tensor,
  { scale, bias, mean: center, variance }: Readonly<Record<"scale" | "bias" | "mean" | "variance", Tensor>>,
  { epsilon = 1e-5 }: NormalizeOptions = {},
): Tensor {
  return applySingle(batchNormFixedOp, [x, scale, bias, center, variance], { epsilon });
}

const batchNormOp: Op<Epsilon> = {
  name: "batchNorm",
  infer: (inputs) => {
    checkChannels(inputs);
    const [x, scale] = inputs as [TensorType, TensorType];
    return [x, scale, scale];
  },
  gradient: ({ inputs, outputs, gradients: [g, forMean, forVariance], attributes: { epsilon } }) => {
    const [x, scale, bias] = inputs as [Tensor, Tensor, Tensor];
    const [, center, variance] = outputs as [Tensor, Tensor, Tensor];
    const axes = channelAxes(x);
    const count = dimension(x.shape, axes, x.dtype);
    const inverse = rsqrt(add(variance, epsilon));
    const slope = mul(scale, inverse);
    const zero = full(scale.shape, 0, x.dtype);
    const total = g ? sum(g, { axes }) : zero;
    const moment = g ? sum(mul(g, sub(x, alongChannels(center, x))), { axes }) : zero;
    // dx = slope g + pull (x - mean) + level: x's share in the statistics is linear in x for each channel.
    const pull = div(sub(mul(forVariance ?? zero, 2), mul(mul(moment, slope), square(inverse))), count);
    const level = div(sub(forMean ?? zero, mul(slope, total)), count);
    const ones = full(scale.shape, 1, x.dtype);
    const shared = batchNormFixed(x, { scale: pull, bias: level, mean: center, variance: ones }, { epsilon: 0 });
    return [
      g ? add(mul(g, alongChannels(slope, x)), shared) : shared,
      mul(moment, inverse),
      g ? total : full(bias.shape, 0, x.dtype),
    ];
  },
  lower: (emit, [x, scale, bias], node, attributes) => {
    // ONNX Runtime writes the statistics over the "running" inputs, so every node needs two of its own that nothing else
    // reads and that are no constants, which equal nodes would share. The first place of each channel serves.
    const { shape } = node.outputs[1]!;
    const rank = node.outputs[0]!.shape.length;
    const others = Array.from({ length: rank - 1 }, (_, i) => (i === 0 ? 0 : i + 1));
    const [zeros, ones] = [emit.ints(others.map(() => 0)), emit.ints(others.map(() => 1))];
    const own = (type: string) =>
      emit.add(type, [emit.reshape(emit.add("Slice", [x!, zeros, ones, emit.ints(others)]), shape)]);
    return lowerBatchNorm(emit, [x!, scale!, bias!, own("Neg"), own("Abs")], 3, attributes);
  },
};

/**
 * Batch normalisation by the batch's own statistics (Ioffe and Szegedy, ICML 2015), which are returned too: `variance` has
 * divisor n.
 *
 * x [N, C, ...]; scale, bias [C] -> y like x, mean [C], variance [C].
 */
export function batchNorm(
  x: Tensor,
  { scale, bias }: Readonly<Record<"scale" | "bias", Tensor>>,
  { epsilon = 1e-5 }: NormalizeOptions = {},
): { y: Tensor; mean: Tensor; variance: Tensor } {
  const [y, center, variance] = applyOp(batchNormOp, [x, scale, bias], { epsilon });
  return { y: y!, mean: center!, variance: variance! };
}

const layerNormOp: Op<Epsilon & { readonly axis: number }> = {
  name: "layerNorm",
  infer: ([x, scale, bias], { axis }) => {
    checkTypes([x!, scale!, bias!], floats);
    checkAxis(axis, x!.shape.length);
    const shape = x!.shape.slice(axis);
    if ([scale, bias].some((type) => type!.shape.join() !== shape.join())) {
      throw mismatch(`scale and bias of [${shape.join(", ")}]`, "give one number for each normalised place");
    }
    return [x!];
  },
  gradient: ({ inputs, gradients: [g], attributes: { axis, epsilon } }) => {
    if (g === undefined) return [];
    const [x, scale, bias] = inputs as [Tensor, Tensor, Tensor];
    const over = { axes: x.shape.flatMap((_, i) => (i < axis ? [] : [i])), keepAxes: true };
    const centered = sub(x, mean(x, over));
    const inverse = rsqrt(add(mean(square(centered), over), epsilon));
    const normalized = mul(centered, inverse);
    const scaled = mul(g, scale);
    const moment = mean(mul(scaled, normalized), over);
    const forX = mul(inverse, sub(sub(scaled, mean(scaled, over)), mul(normalized, moment)));
    return [forX, sumTo(mul(g, normalized), scale.shape), sumTo(g, bias.shape)];
  },
  lower: (emit, inputs, _node, { axis, epsilon }) => [
    emit.add("LayerNormalization", inputs, { axis, epsilon: { float: epsilon } }),
  ],
};

/**
 * Layer normalisation (Ba et al., 2016) over the last axes, as many as `scale` and `bias` have:
 * (x - mean) / sqrt(variance + epsilon) * scale + bias.
 */
export function layerNorm(
  x: Tensor,
  { scale, bias }: Readonly<Record<"scale" | "bias", Tensor>>,
  { epsilon = 1e-5 }: NormalizeOptions = {},
): Tensor {
  return applySingle(layerNormOp, [x, scale, bias], { axis: x.rank - scale.rank, epsilon });
}

function checkGroups(x: Tensor, perChannel: readonly Tensor[], groups: number): void {
  checkChannels([x, ...perChannel]);
  if ((x.shape[1] as number) % groups !== 0)
    throw mismatch(`channels that ${groups} groups divide`, "choose other groups");
  if (x.shape.slice(1).some((dim) => typeof dim !== "number"))
    throw mismatch("static sizes", "only the batch may be open");
}

/**
 * Group normalisation (Wu and He, ECCV 2018): each sample's channels in `groups` groups, each group over its channels and
 * places; then scale and bias for each channel.
 *
 * x [N, C, ...]; scale, bias [C] -> like x.
 */
export function groupNorm(
  x: Tensor,
  { scale, bias, groups }: { readonly scale: Tensor; readonly bias: Tensor; readonly groups: number },
  { epsilon = 1e-5 }: NormalizeOptions = {},
): Tensor {
  checked("groupNorm", [x, scale, bias], () => checkGroups(x, [scale, bias], groups));
  const grouped = reshape(x, [x.shape[0]!, groups, -1]);
  const size = [grouped.shape[2]!];
  const standard = { scale: full(size, 1, x.dtype), bias: full(size, 0, x.dtype) };
  const normalized = reshape(layerNorm(grouped, standard, { epsilon }), x.shape);
  return add(mul(normalized, alongChannels(scale, x)), alongChannels(bias, x));
}

/** Instance normalisation (Ulyanov et al., 2016): {@link groupNorm} with a group for each channel. */
export function instanceNorm(
  x: Tensor,
  { scale, bias }: Readonly<Record<"scale" | "bias", Tensor>>,
  options: NormalizeOptions = {},
): Tensor {
  return groupNorm(x, { scale, bias, groups: scale.shape[0] as number }, options);
}

/** Settings of {@link l2Normalize}. */
export interface L2NormalizeOptions {
  /** Axis of the vectors. Default the last. */
  readonly axis?: number;
  /** Smallest norm that a vector is divided by. Default 1e-12. */
  readonly epsilon?: number;
}

/** Vectors divided by their Euclidean norm, or by `epsilon` where that is larger: a zero vector stays zero. */
export function l2Normalize(x: Tensor, { axis = -1, epsilon = 1e-12 }: L2NormalizeOptions = {}): Tensor {
  return div(x, maximum(norm(x, { axes: axis, keepAxes: true }), epsilon));
}

methods({ l2Normalize });

declare module "../graph/tensor.js" {
  interface Tensor {
    l2Normalize(options?: L2NormalizeOptions): Tensor;
  }
}
