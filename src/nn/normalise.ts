import { Parameter, type Tensor } from "../graph/index.js";
import {
  batchNormFixed,
  dimension,
  type L2NormalizeOptions,
  l2Normalize,
  type NormalizeOptions,
  batchNorm as normalizeBatch,
  groupNorm as normalizeGroups,
  layerNorm as normalizeLast,
} from "../ops/index.js";
import { checkDivides } from "./checks.js";
import { ones, zeros } from "./initializers.js";
import { type Context, type Layer, layer, pure } from "./layer.js";

/** Settings of {@link batchNorm}. */
export interface BatchNormOptions extends NormalizeOptions {
  /** Weight of the newest batch in the running statistics. Default 0.1. */
  readonly momentum?: number;
  /** Keep statistics, scale and bias as they are, also in training. Default false. */
  readonly frozen?: boolean;
}

/**
 * Batch normalisation over channels (Ioffe and Szegedy, ICML 2015): [N, channels, ...] -> the same shape.
 *
 * In training it normalises by the batch's statistics and moves `runningMean` and `runningVariance` (divisor n - 1) towards
 * them; otherwise, and always when `frozen` or while `scale` is kept as it is, it normalises by the running ones.
 */
export function batchNorm(
  channels: number,
  { momentum = 0.1, frozen = false, ...options }: BatchNormOptions = {},
): Layer {
  const scale = new Parameter([channels], { initializer: ones, trainable: !frozen });
  const bias = new Parameter([channels], { initializer: zeros, trainable: !frozen });
  const runningMean = new Parameter([channels], { initializer: zeros, trainable: false });
  const runningVariance = new Parameter([channels], { initializer: ones, trainable: false });
  const track = (context: Context, parameter: Parameter, value: Tensor) =>
    context.update(parameter, parameter.mul(1 - momentum).add(value.mul(momentum)));
  const parameters = { scale, bias, runningMean, runningVariance };
  return layer("batchNorm", parameters, (x, context) => {
    if (frozen || !context.training || context.isFrozen(scale)) {
      return batchNormFixed(x, { scale, bias, mean: runningMean, variance: runningVariance }, options);
    }
    const { y, mean, variance } = normalizeBatch(x, { scale, bias }, options);
    const others = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
    const count = dimension(x.shape, others, x.dtype);
    track(context, runningMean, mean);
    track(context, runningVariance, variance.mul(count.div(count.sub(1).maximum(1))));
    return y;
  });
}

/** Layer normalisation of the last axis (Ba et al., 2016): [..., size] -> the same shape. */
export function layerNorm(size: number, options: NormalizeOptions = {}): Layer {
  const scale = new Parameter([size], { initializer: ones });
  const bias = new Parameter([size], { initializer: zeros });
  return layer("layerNorm", { scale, bias }, (x) => normalizeLast(x, { scale, bias }, options));
}

/** Group normalisation (Wu and He, ECCV 2018): [N, channels, ...] -> the same shape; `groups` must divide `channels`. */
export function groupNorm(channels: number, groups: number, options: NormalizeOptions = {}): Layer {
  checkDivides("groupNorm.groups", groups, channels, "choose groups that divide the channels");
  const scale = new Parameter([channels], { initializer: ones });
  const bias = new Parameter([channels], { initializer: zeros });
  return layer("groupNorm", { scale, bias }, (x) => normalizeGroups(x, { scale, bias, groups }, options));
}

/** Vectors of the last axis brought to Euclidean length 1; {@link l2Normalize} as a layer. */
export function l2Normalization(options: L2NormalizeOptions = {}): Layer {
  return pure("l2Normalize", (x) => l2Normalize(x, options));
}
