import type { Backbone, BackboneEntry } from "./backbone.js";
import { basicBlock, type ResnetOptions, resnet, resnetOptions } from "./resnet.js";

/** ResNet-18 (He et al., CVPR 2016), as in torchvision without its classifier: [N, 3, H, W] -> [N, 8 width = 512]. */
export function resnet18(options: ResnetOptions = {}): Backbone {
  return resnet(basicBlock, [2, 2, 2, 2], options);
}

export const resnet18Entry: BackboneEntry<typeof resnetOptions> = {
  name: "resnet18",
  summary: "residual network of 18 layers, 11 million parameters",
  paper: "He et al., Deep Residual Learning for Image Recognition, CVPR 2016",
  input: "image",
  options: resnetOptions,
  create: resnet18,
};
