import { z } from "zod";
import { scope } from "../../graph/index.js";
import { concat, maxPool2d } from "../../ops/index.js";
import { activation } from "../activation.js";
import { sequential, treeOf } from "../compose.js";
import { type Layer, layer, pure } from "../layer.js";
import { averagePool2d, globalAveragePool, maxPool2d as maxPool } from "../pooling.js";
import { type Backbone, type BackboneEntry, convNorm } from "./backbone.js";

const options = z.strictObject({
  frozen: z.boolean().default(false).describe("keep batch normalisation as it is"),
});

/** Options of {@link bnInception}. */
export type BnInceptionOptions = z.input<typeof options>;

/** Channels of one inception module. Without `single` and `pooled` it halves the image and passes its pooled input on. */
interface Module {
  readonly name: string;
  /** 1x1. */
  readonly single?: number;
  /** 1x1, then 3x3. */
  readonly triple: readonly [number, number];
  /** 1x1, then 3x3 twice. */
  readonly double: readonly [number, number];
  /** Pooling, then 1x1. */
  readonly pooled?: number;
  /** Default average. */
  readonly pool?: "max";
}

/** The Caffe model's channels, which differ from the paper's table in 4b to 4d; the weights in use have these. */
const modules: readonly Module[] = [
  { name: "3a", single: 64, triple: [64, 64], double: [64, 96], pooled: 32 },
  { name: "3b", single: 64, triple: [64, 96], double: [64, 96], pooled: 64 },
  { name: "3c", triple: [128, 160], double: [64, 96] },
  { name: "4a", single: 224, triple: [64, 96], double: [96, 128], pooled: 128 },
  { name: "4b", single: 192, triple: [96, 128], double: [96, 128], pooled: 128 },
  { name: "4c", single: 160, triple: [128, 160], double: [128, 160], pooled: 128 },
  { name: "4d", single: 96, triple: [128, 192], double: [160, 192], pooled: 128 },
  { name: "4e", triple: [128, 192], double: [192, 256] },
  { name: "5a", single: 352, triple: [192, 320], double: [160, 224], pooled: 128 },
  { name: "5b", single: 352, triple: [192, 320], double: [192, 224], pooled: 128, pool: "max" },
];

/** Branches over the same input, joined along the channels. */
function branches(parts: Readonly<Record<string, Layer>>): Layer {
  return layer("branches", treeOf(parts), (x, ctx) => {
    const results = Object.entries(parts).map(([name, part]) => scope(name, () => part.apply(x, ctx)));
    return concat(results, 1);
  });
}

/**
 * 3x3 max pooling to half the size, rounded up as strided convolutions round. Even sizes, which the usual 224 pixels give,
 * are padded at the end, as Caffe does.
 */
function halve(): Layer {
  return pure("halve", (x) => {
    const [vertical, horizontal] = x.shape.slice(2).map((size): [number, number] => [Number(size) % 2, 1]);
    return maxPool2d(x, 3, { stride: 2, padding: [vertical!, horizontal!] });
  });
}

function inception(inputs: number, { single, triple, double, pooled, pool }: Module, frozen: boolean): Layer {
  const stride = single === undefined ? 2 : 1;
  const surrounding = { stride: 1, padding: 1 };
  const pooling = pool === "max" ? maxPool(3, surrounding) : averagePool2d(3, surrounding);
  return branches({
    ...(single !== undefined && { single: convNorm(inputs, single, 1, { frozen }) }),
    triple: sequential({
      reduce: convNorm(inputs, triple[0], 1, { frozen }),
      unit: convNorm(triple[0], triple[1], 3, { stride, frozen }),
    }),
    double: sequential({
      reduce: convNorm(inputs, double[0], 1, { frozen }),
      unit1: convNorm(double[0], double[1], 3, { frozen }),
      unit2: convNorm(double[1], double[1], 3, { stride, frozen }),
    }),
    pool: pooled === undefined ? halve() : sequential({ pooling, project: convNorm(inputs, pooled, 1, { frozen }) }),
  });
}

/**
 * GoogLeNet with batch normalisation (Ioffe and Szegedy, ICML 2015), the backbone of most metric-learning papers from 2016
 * to 2021: [N, 3, H, W] -> [N, 1024]. Its convolutions have no bias: the batch normalisation after each makes it void.
 */
export function bnInception(settings: BnInceptionOptions = {}): Backbone {
  const { frozen } = options.parse(settings);
  let channels = 192;
  const inceptions = modules.map((module) => {
    const built = inception(channels, module, frozen);
    channels = (module.single ?? 0) + module.triple[1] + module.double[1] + (module.pooled ?? channels);
    return [`inception${module.name}`, built];
  });
  const layers = {
    // ReLU keeps order, so it may follow the pooling, which leaves a quarter of the numbers.
    unit1: convNorm(3, 64, 7, { stride: 2, frozen, activation: "identity" }),
    pool1: halve(),
    activation1: activation("relu"),
    reduce2: convNorm(64, 64, 1, { frozen }),
    unit2: convNorm(64, 192, 3, { frozen, activation: "identity" }),
    pool2: halve(),
    activation2: activation("relu"),
    ...Object.fromEntries(inceptions),
    pooling: globalAveragePool(),
  };
  return { ...sequential(layers), featureSize: channels };
}

export const bnInceptionEntry: BackboneEntry<typeof options> = {
  name: "bn-inception",
  summary: "GoogLeNet with batch normalisation, 10 million parameters",
  paper: "Ioffe and Szegedy, Batch Normalization, ICML 2015",
  input: "image",
  options,
  create: bnInception,
};
