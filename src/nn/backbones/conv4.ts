import { z } from "zod";
import { activation } from "../activation.js";
import { sequential } from "../compose.js";
import type { Layer } from "../layer.js";
import { flatten, gem, globalAveragePool, maxPool2d } from "../pooling.js";
import { type Backbone, type BackboneEntry, convNorm } from "./backbone.js";

const options = z.strictObject({
  width: z.number().int().positive().default(64).describe("channels of every layer"),
  depth: z.number().int().min(1).default(4).describe("number of blocks; each halves the image"),
  pooling: z.enum(["average", "flatten", "gem"]).default("flatten").describe("how places become one vector"),
  imageSize: z
    .number()
    .int()
    .positive()
    .default(84)
    .describe("height and width of the images; counts for flatten only"),
  frozen: z.boolean().default(false).describe("keep batch normalisation as it is"),
});

/** Options of {@link conv4}. */
export type Conv4Options = z.input<typeof options>;

/**
 * The few-shot classic (Vinyals et al., NeurIPS 2016; Snell et al., 2017): blocks of 3x3 convolution, batch normalisation,
 * ReLU and 2x2 max pooling. `flatten` (default) is the original and ties the network to one image size; the means over places do not.
 *
 * [N, 3, H, W] -> [N, width], or [N, width h w] with `flatten`.
 */
export function conv4(settings: Conv4Options = {}): Backbone {
  const { width, depth, pooling, imageSize, frozen } = options.parse(settings);
  const blocks = Array.from({ length: depth }, (_, i) => [
    `block${i + 1}`,
    sequential({
      unit: convNorm(i === 0 ? 3 : width, width, 3, { activation: "identity", frozen }),
      // ReLU keeps order, so it may follow the pooling: a quarter of the numbers to clip and to keep for the gradient.
      pool: maxPool2d(2),
      activation: activation("relu"),
    }),
  ]);
  const side = Math.floor(imageSize / 2 ** depth);
  const join: Layer = pooling === "flatten" ? flatten() : pooling === "gem" ? gem() : globalAveragePool();
  const featureSize = pooling === "flatten" ? width * side * side : width;
  return { ...sequential({ ...Object.fromEntries(blocks), pooling: join }), featureSize };
}

export const conv4Entry: BackboneEntry<typeof options> = {
  name: "conv4",
  summary: "four small convolution blocks, the classic of few-shot learning",
  paper: "Vinyals et al., Matching Networks for One Shot Learning, NeurIPS 2016",
  input: "image",
  options,
  create: conv4,
};
