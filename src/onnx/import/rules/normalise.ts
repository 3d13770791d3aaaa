import { constant, Parameter, type Tensor } from "../../../graph/index.js";
import {
  abs,
  add,
  batchNorm,
  batchNormFixed,
  dimension,
  div,
  equal,
  full,
  groupNorm,
  instanceNorm,
  layerNorm,
  matmul,
  maximum,
  mean,
  mul,
  pow,
  reshape,
  rsqrt,
  sqrt,
  square,
  sub,
  sum,
  where,
} from "../../../ops/index.js";
import { type Call, type RuleTable, rule } from "../call.js";
import { applyGelu, geluByTanh } from "./activation.js";

/** Weight of the newest batch, as our own layer moves the running statistics; ONNX states the weight of the old ones. */
function batchStatistics(call: Call, epsilon: number): Tensor[] {
  const [x, scale, bias, center, spread] = call.five;
  const old = call.attributes.float("momentum", 0.9);
  const { y, mean: batchMean, variance } = batchNorm(x, { scale, bias }, { epsilon });
  const moved = (before: Tensor, now: Tensor) => add(mul(before, old), mul(now, 1 - old));
  const count = dimension(
    x.shape,
    x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis])),
    x.dtype,
  );
  const unbiased = mul(variance, div(count, maximum(sub(count, 1), 1)));
  const { learning } = call.around;
  if (learning && center instanceof Parameter) learning.update(center, moved(center, batchMean));
  if (learning && spread instanceof Parameter) learning.update(spread, moved(spread, unbiased));
  return [y, moved(center, batchMean), moved(spread, variance)];
}

function applyBatchNorm(call: Call): Tensor | Tensor[] {
  const { attributes } = call;
  attributes.ignore("spatial", "momentum", "is_test");
  const epsilon = attributes.float("epsilon", 1e-5);
  if (attributes.flag("training_mode") || call.around.learning) return batchStatistics(call, epsilon);
  const [x, scale, bias, center, variance] = call.five;
  return batchNormFixed(x, { scale, bias, mean: center, variance }, { epsilon });
}

/** Sizes of the last axes from `axis` on, which share one mean. */
function normalizedAxes(call: Call): { x: Tensor; axis: number; epsilon: number } {
  const x = call.tensor(0);
  call.attributes.ignore("stash_type");
  const axis = call.axis(call.attributes.int("axis", -1), x.rank);
  return { x, axis, epsilon: call.attributes.float("epsilon", 1e-5) };
}

function applyLayerNorm(call: Call): Tensor[] {
  const { x, axis, epsilon } = normalizedAxes(call);
  const axes = x.shape.flatMap((_, i) => (i >= axis ? [i] : []));
  const [scale, given] = [call.tensor(1), call.optional(2)];
  const own = x.shape.slice(axis);
  const bias = given ?? full(own, 0, x.dtype);
  const plain = scale.shape.join() === own.join() && bias.shape.join() === own.join();
  const standard = { scale: full(own, 1, x.dtype), bias: full(own, 0, x.dtype) };
  const y = plain
    ? layerNorm(x, { scale, bias }, { epsilon })
    : add(mul(layerNorm(x, standard, { epsilon }), scale), bias);
  if (call.node.output.length === 1) return [y];
  const center = mean(x, { axes, keepAxes: true });
  const inverse = rsqrt(add(mean(square(sub(x, center)), { axes, keepAxes: true }), epsilon));
  return [y, center, inverse];
}

/** x / sqrt(mean of squares + epsilon) * scale (Zhang and Sennrich, 2019). */
function rootMeanSquareNorm(call: Call): Tensor {
  const { x, axis, epsilon } = normalizedAxes(call);
  const axes = x.shape.flatMap((_, i) => (i >= axis ? [i] : []));
  return mul(mul(x, rsqrt(add(mean(square(x), { axes, keepAxes: true }), epsilon))), call.tensor(1));
}

/** Before opset 21 scale and bias belong to groups, since then to channels. */
function applyGroupNorm(call: Call): Tensor {
  call.attributes.ignore("stash_type");
  const x = call.tensor(0);
  const groups = call.attributes.int("num_groups");
  const channels = call.sizes(0, [1])[0]!;
  const perChannel = (values: Tensor) => {
    if (values.shape[0] === channels) return values;
    const spread = mul(reshape(values, [groups, 1]), full([1, channels / groups], 1, x.dtype));
    return reshape(spread, [channels]);
  };
  const [scale, bias] = [perChannel(call.tensor(1)), perChannel(call.tensor(2))];
  return groupNorm(x, { scale, bias, groups }, { epsilon: call.attributes.float("epsilon", 1e-5) });
}

/** Local response normalisation: the squares of neighbouring channels, summed by a band matrix. */
function applyLocalResponse(call: Call): Tensor {
  const { attributes } = call;
  const [x, size] = [call.tensor(0), attributes.int("size")];
  const channels = call.sizes(0, [1])[0]!;
  if (channels > 4096) call.refuse("at most 4096 channels", `${channels}`);
  const before = Math.floor((size - 1) / 2);
  const row = (i: number) =>
    Array.from({ length: channels }, (_, j) => Number(j >= i - before && j <= i + (size - 1 - before)));
  const band = Array.from({ length: channels }, (_, i) => row(i));
  const places = reshape(square(x), [x.shape[0]!, channels, -1]);
  const squares = reshape(matmul(constant(band, { dtype: x.dtype }), places), x.shape);
  const scaled = mul(squares, attributes.float("alpha", 1e-4) / size);
  return div(x, pow(add(scaled, attributes.float("bias", 1)), attributes.float("beta", 0.75)));
}

function applyLpNorm(call: Call): Tensor {
  const x = call.tensor(0);
  const axes = [call.axis(call.attributes.int("axis", -1), x.rank)];
  const p = call.attributes.int("p", 2);
  const norm = p === 1 ? sum(abs(x), { axes, keepAxes: true }) : sqrt(sum(square(x), { axes, keepAxes: true }));
  return where(equal(norm, 0), 0, div(x, norm));
}

function applyMeanVariance(call: Call): Tensor {
  const x = call.tensor(0);
  const axes = call.axes(call.attributes.ints("axes") ?? [0, 2, 3], x.rank);
  const centred = sub(x, mean(x, { axes, keepAxes: true }));
  return div(centred, add(sqrt(mean(square(centred), { axes, keepAxes: true })), 1e-9));
}

/** Layer normalisation of a sum, as ONNX Runtime's optimiser fuses it. */
function applySkipLayerNorm(call: Call): Tensor {
  const [x, skip, scale] = [call.tensor(0), call.tensor(1), call.tensor(2)];
  const total = call.has(4) ? add(add(x, skip), call.tensor(4)) : add(x, skip);
  const bias = call.optional(3) ?? full(scale.shape, 0, x.dtype);
  return layerNorm(total, { scale, bias }, { epsilon: call.attributes.float("epsilon", 1e-12) });
}

/** Normalisations over batches, layers, groups, channels and vectors. */
export const normaliseRules: RuleTable = {
  BatchNormalization: rule(applyBatchNorm, { state: [3, 4] }),
  LayerNormalization: rule(applyLayerNorm),
  RMSNormalization: rule(rootMeanSquareNorm),
  SimplifiedLayerNormalization: rule(rootMeanSquareNorm),
  GroupNormalization: rule(applyGroupNorm),
  InstanceNormalization: rule((call) =>
    instanceNorm(
      call.tensor(0),
      { scale: call.tensor(1), bias: call.tensor(2) },
      { epsilon: call.attributes.float("epsilon", 1e-5) },
    ),
  ),
  LRN: rule(applyLocalResponse),
  LpNormalization: rule(applyLpNorm),
  MeanVarianceNormalization: rule(applyMeanVariance),
  "com.microsoft.SkipLayerNormalization": rule(applySkipLayerNorm),
  "com.microsoft.Gelu": rule(applyGelu),
  "com.microsoft.BiasGelu": rule((call) => add(call.tensor(0), call.tensor(1)).gelu()),
  "com.microsoft.FastGelu": rule((call) =>
    geluByTanh(call.has(1) ? add(call.tensor(0), call.tensor(1)) : call.tensor(0)),
  ),
  "com.microsoft.QuickGelu": rule((call) => {
    const x = call.tensor(0);
    return mul(x, mul(x, call.attributes.float("alpha", 1.702)).sigmoid());
  }),
};
