import { Registry } from "../../registry/index.js";
import type { Backbone, BackboneEntry } from "./backbone.js";
import { bnInceptionEntry } from "./bn-inception.js";
import { conv4Entry } from "./conv4.js";
import { mlpEntry } from "./mlp.js";
import { resnet18Entry } from "./resnet18.js";
import { resnet50Entry } from "./resnet50.js";

export * from "./backbone.js";
export { type BnInceptionOptions, bnInception } from "./bn-inception.js";
export { type Conv4Options, conv4 } from "./conv4.js";
export { type MlpOptions, mlp } from "./mlp.js";
export { basicBlock, bottleneckBlock, type ResnetOptions, resnet } from "./resnet.js";
export { resnet18 } from "./resnet18.js";
export { resnet50 } from "./resnet50.js";

/** Every backbone by name. */
export const backbones = new Registry<Backbone, BackboneEntry>("backbone", [
  bnInceptionEntry,
  conv4Entry,
  mlpEntry,
  resnet18Entry,
  resnet50Entry,
]);
