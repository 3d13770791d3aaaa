import type { Backbone, BackboneEntry } from "./backbone.js";
import { bottleneckBlock, type ResnetOptions, resnet, resnetOptions } from "./resnet.js";

/** ResNet-50 (He et al., CVPR 2016), as in torchvision without its classifier: [N, 3, H, W] -> [N, 32 width = 2048]. */
export function resnet50(options: ResnetOptions = {}): Backbone {
  return resnet(bottleneckBlock, [3, 4, 6, 3], options);
}

export const resnet50Entry: BackboneEntry<typeof resnetOptions> = {
  name: "resnet50",
  summary: "residual network of 50 layers, 24 million parameters",
  paper: "He et al., Deep Residual Learning for Image Recognition, CVPR 2016",
  input: "image",
  options: resnetOptions,
  create: resnet50,
};
