import { Parameter } from "../graph/index.js";
import {
  type AveragePool2dOptions,
  adaptiveAveragePool2d,
  globalAveragePool as globalAverage,
  globalMaxPool as globalMax,
  flatten as join,
  type MaxPool2dOptions,
  maximum,
  type Pair,
  averagePool2d as poolAverage,
  maxPool2d as poolMax,
} from "../ops/index.js";
import { constant } from "./initializers.js";
import { type Layer, layer, pure } from "./layer.js";

/** Largest cell of each window: [N, C, H, W] -> [N, C, H', W']. */
export function maxPool2d(kernel: Pair, options: MaxPool2dOptions = {}): Layer {
  return pure("maxPool2d", (x) => poolMax(x, kernel, options));
}

/** Mean of each window: [N, C, H, W] -> [N, C, H', W']. */
export function averagePool2d(kernel: Pair, options: AveragePool2dOptions = {}): Layer {
  return pure("averagePool2d", (x) => poolAverage(x, kernel, options));
}

/** Mean over regions that cover the image evenly: [N, C, H, W] -> [N, C, ...size]. */
export function adaptiveAveragePool(size: Pair): Layer {
  return pure("adaptiveAveragePool", (x) => adaptiveAveragePool2d(x, size));
}

/** Mean over all places: [N, C, ...] -> [N, C]. */
export function globalAveragePool(): Layer {
  return pure("globalAveragePool", globalAverage);
}

/** Largest of all places: [N, C, ...] -> [N, C]. */
export function globalMaxPool(): Layer {
  return pure("globalMaxPool", globalMax);
}

/** Settings of {@link gem}. */
export interface GemOptions {
  /** Exponent at the start: 1 is the mean, infinity the maximum. Default 3, as published. */
  readonly power?: number;
  /** Whether the exponent is learned. Default true. */
  readonly learned?: boolean;
  /** Values below count as this one. Default 1e-6. */
  readonly epsilon?: number;
}

/**
 * Generalised mean over all places (Radenovic et al., TPAMI 2018, eq. 2): (mean max(x, epsilon)^p)^(1/p), with one learned p.
 *
 * [N, C, ...] -> [N, C]
 */
export function gem({ power = 3, learned = true, epsilon = 1e-6 }: GemOptions = {}): Layer {
  const p = new Parameter([1], { initializer: constant(power), trainable: learned });
  return layer("gem", { power: p }, (x) => globalAverage(maximum(x, epsilon).pow(p)).pow(p.reciprocal()));
}

/** All axes but the first joined: [N, ...] -> [N, F]. */
export function flatten(): Layer {
  return pure("flatten", (x) => join(x, 1));
}
