import { z } from "zod";
import { activation } from "../activation.js";
import { residual, sequential } from "../compose.js";
import { he } from "../initializers.js";
import type { Layer } from "../layer.js";
import { globalAveragePool, maxPool2d } from "../pooling.js";
import { type Backbone, convNorm } from "./backbone.js";

/** Options of every residual network. */
export const resnetOptions = z.strictObject({
  stem: z
    .enum(["standard", "small"])
    .default("standard")
    .describe("standard: 7x7 stride 2 and max pooling; small: 3x3, for images below about 100 pixels"),
  width: z.number().int().positive().default(64).describe("channels of the first stage"),
  frozen: z.boolean().default(false).describe("keep batch normalisation as it is"),
});

/** See {@link resnetOptions}. */
export type ResnetOptions = z.input<typeof resnetOptions>;

/** A residual block: its body, and how many times wider its result is than its middle. */
interface BlockKind {
  readonly expansion: number;
  body(inputs: number, width: number, stride: number, frozen: boolean): Layer;
}

/** By the outgoing fan, as He et al. and torchvision initialise residual networks. */
const initializer = he({ fan: "out" });

/** Two 3x3 convolutions. */
export const basicBlock: BlockKind = {
  expansion: 1,
  body: (inputs, width, stride, frozen) =>
    sequential({
      unit1: convNorm(inputs, width, 3, { stride, frozen, initializer }),
      unit2: convNorm(width, width, 3, { frozen, initializer, activation: "identity" }),
    }),
};

/** 1x1 to fewer channels, 3x3 (with the stride, as in torchvision), 1x1 to four times as many. */
export const bottleneckBlock: BlockKind = {
  expansion: 4,
  body: (inputs, width, stride, frozen) =>
    sequential({
      unit1: convNorm(inputs, width, 1, { frozen, initializer }),
      unit2: convNorm(width, width, 3, { stride, frozen, initializer }),
      unit3: convNorm(width, 4 * width, 1, { frozen, initializer, activation: "identity" }),
    }),
};

function stage(kind: BlockKind, inputs: number, width: number, blocks: number, stride: number, frozen: boolean): Layer {
  const outputs = width * kind.expansion;
  const entries = Array.from({ length: blocks }, (_, i) => {
    const [from, step] = i === 0 ? [inputs, stride] : [outputs, 1];
    const body = kind.body(from, width, step, frozen);
    const fits = from === outputs && step === 1;
    const shortcut = convNorm(from, outputs, 1, { stride: step, frozen, initializer, activation: "identity" });
    const sum = fits ? residual(body) : residual(body, shortcut);
    return [`block${i + 1}`, sequential({ sum, activation: activation("relu") })];
  });
  return sequential(Object.fromEntries(entries));
}

/** Residual network (He et al., CVPR 2016) of four stages with `blocks` blocks each; strides 1, 2, 2, 2. */
export function resnet(kind: BlockKind, blocks: readonly number[], settings: ResnetOptions = {}): Backbone {
  const { stem, width, frozen } = resnetOptions.parse(settings);
  const first =
    stem === "small"
      ? convNorm(3, width, 3, { frozen, initializer })
      : sequential({
          unit: convNorm(3, width, 7, { stride: 2, frozen, initializer, activation: "identity" }),
          // ReLU keeps order, so it may follow the pooling, which leaves a quarter of the numbers.
          pool: maxPool2d(3, { stride: 2, padding: 1 }),
          activation: activation("relu"),
        });
  const stages = blocks.map((count, i) => {
    const inputs = i === 0 ? width : width * 2 ** (i - 1) * kind.expansion;
    return [`stage${i + 1}`, stage(kind, inputs, width * 2 ** i, count, i === 0 ? 1 : 2, frozen)];
  });
  const layers = { stem: first, ...Object.fromEntries(stages), pooling: globalAveragePool() };
  return { ...sequential(layers), featureSize: width * 2 ** (blocks.length - 1) * kind.expansion };
}
