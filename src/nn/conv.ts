import { type Initializer, Parameter } from "../graph/index.js";
import { conv2d as convolve, type Pair, type WindowOptions } from "../ops/index.js";
import { checkDivides } from "./checks.js";
import { he, zeros } from "./initializers.js";
import { type Layer, layer } from "./layer.js";

/** Settings of {@link conv2d}. */
export interface Conv2dLayerOptions extends WindowOptions {
  /** Channels are split into this many groups that do not see each other. Default 1. */
  readonly groups?: number;
  /** Whether to add a learned number to each output channel. Default true; pointless before a batchNorm. */
  readonly bias?: boolean;
  /** Default {@link he} by fan in. */
  readonly initializer?: Initializer;
}

/**
 * Convolution of images: [N, inputs, H, W] -> [N, outputs, H', W']. Stride defaults to 1, padding to 0. Parameters
 * `weight` [outputs, inputs / groups, ...kernel] and `bias` [outputs].
 */
export function conv2d(
  inputs: number,
  outputs: number,
  kernel: Pair,
  { bias = true, initializer = he(), groups = 1, ...window }: Conv2dLayerOptions = {},
): Layer {
  for (const channels of [inputs, outputs]) {
    checkDivides("conv2d.groups", groups, channels, "choose groups that divide inputs and outputs");
  }
  const [height, width] = typeof kernel === "number" ? [kernel, kernel] : kernel;
  const weight = new Parameter([outputs, inputs / groups, height, width], { initializer });
  if (!bias) return layer("conv2d", { weight }, (x) => convolve(x, weight, { ...window, groups }));
  const shift = new Parameter([outputs], { initializer: zeros });
  return layer("conv2d", { weight, bias: shift }, (x) => convolve(x, weight, { ...window, groups, bias: shift }));
}
