import { Parameter } from "../graph/index.js";
import { add, flatten, transpose } from "../ops/index.js";
import { type ActivationName, activation } from "./activation.js";
import { type AttentionOptions, multiHeadAttention } from "./attention.js";
import { checkDivides } from "./checks.js";
import { residual, sequential } from "./compose.js";
import { conv2d } from "./conv.js";
import { dense } from "./dense.js";
import { dropout } from "./dropout.js";
import { truncatedNormal, xavier } from "./initializers.js";
import { type Layer, layer } from "./layer.js";
import { layerNorm } from "./normalise.js";

/** Settings of {@link transformerBlock}. */
export interface TransformerBlockOptions extends AttentionOptions {
  /** Hidden units of the feed-forward part for each dimension. Default 4. */
  readonly expansion?: number;
  /** Default gelu. */
  readonly activation?: ActivationName;
}

/**
 * Attention, then a feed-forward part, each on normalised input and added to it (pre-norm; Xiong et al., ICML 2020):
 * [N, T, dimension] -> the same shape. `dropout` also acts on the results of both parts.
 */
export function transformerBlock(
  dimension: number,
  { expansion = 4, activation: name = "gelu", ...options }: TransformerBlockOptions = {},
): Layer {
  const hidden = expansion * dimension;
  const rate = options.dropout ?? 0;
  const attend = {
    norm: layerNorm(dimension),
    attention: multiHeadAttention(dimension, options),
    dropout: dropout(rate),
  };
  const feedForward = {
    norm: layerNorm(dimension),
    expand: dense(dimension, hidden),
    activation: activation(name),
    contract: dense(hidden, dimension),
    dropout: dropout(rate),
  };
  return sequential({ attend: residual(sequential(attend)), feedForward: residual(sequential(feedForward)) });
}

/** Settings of {@link patchEmbedding}. */
export interface PatchEmbeddingOptions {
  /** Height and width of the images in pixels. */
  readonly imageSize: number;
  /** Height and width of a patch in pixels; must divide the image size. Default 16. */
  readonly patchSize?: number;
  /** Channels of the images. Default 3. */
  readonly channels?: number;
}

/**
 * Square patches as tokens, each projected and given a learned position (Dosovitskiy et al., ICLR 2021, eq. 1, without
 * class token): [N, channels, imageSize, imageSize] -> [N, (imageSize / patchSize)^2, dimension].
 */
export function patchEmbedding(
  dimension: number,
  { imageSize, patchSize = 16, channels = 3 }: PatchEmbeddingOptions,
): Layer {
  checkDivides("patchEmbedding.patchSize", patchSize, imageSize, "choose patches that tile the image");
  const project = conv2d(channels, dimension, patchSize, { stride: patchSize, initializer: xavier() });
  const tokens = (imageSize / patchSize) ** 2;
  const position = new Parameter([tokens, dimension], { initializer: truncatedNormal(), weightDecay: false });
  return layer("patchEmbedding", { project: project.parameters, position }, (x, ctx) =>
    add(transpose(flatten(project.apply(x, ctx), 2)), position),
  );
}
