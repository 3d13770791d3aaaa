import type { z } from "zod";
import type { Parameter } from "../../graph/index.js";
import type { Entry } from "../../registry/index.js";
import { type ActivationName, activation } from "../activation.js";
import { sequential } from "../compose.js";
import { type Conv2dLayerOptions, conv2d } from "../conv.js";
import type { Layer } from "../layer.js";
import { batchNorm } from "../normalise.js";

/** A network from inputs to features [N, featureSize], before any embedding head. */
export interface Backbone extends Layer {
  /** Numbers in a feature vector. */
  readonly featureSize: number;
  /** True when it takes decoded bytes [N, H, W, 3], RGB, and prepares them itself. */
  readonly takesBytes?: boolean;
  /** Its parts from input to output, each of which can be frozen; default: the entries of `parameters`. */
  readonly stages?: readonly { readonly name: string; readonly parameters: readonly Parameter[] }[];
}

/** A backbone in the registry. */
export interface BackboneEntry<Schema extends z.ZodObject = z.ZodObject> extends Entry<Backbone, Schema> {
  /** Normalised float32 images [N, 3, H, W], or float32 vectors [N, inputSize]. */
  readonly input: "image" | "vector";
}

/** Settings of {@link convNorm}. */
export interface ConvNormOptions extends Omit<Conv2dLayerOptions, "bias"> {
  /** Keep batch normalisation as it is. Default false. */
  readonly frozen?: boolean;
  /** Default relu. */
  readonly activation?: ActivationName;
}

/** Convolution padded to keep the size (before its stride), batch normalisation, activation. */
export function convNorm(
  inputs: number,
  outputs: number,
  kernel: number,
  { frozen = false, activation: name = "relu", ...options }: ConvNormOptions = {},
): Layer {
  return sequential({
    conv: conv2d(inputs, outputs, kernel, { padding: (kernel - 1) / 2, ...options, bias: false }),
    norm: batchNorm(outputs, { frozen }),
    ...(name !== "identity" && { activation: activation(name) }),
  });
}
