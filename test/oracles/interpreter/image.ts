import { type NaiveWindow, naiveConv2d, naiveConvTranspose2d, naiveNormalize, naivePool2d } from "../images.js";
import { build, get, type Values } from "./array.js";
import type { Rule, RuleAttributes, Rules } from "./rule.js";

function window(attributes: RuleAttributes): NaiveWindow {
  return attributes as unknown as NaiveWindow;
}

const conv2d: Rule = ([x, weight, bias], attributes) => {
  const y = naiveConv2d(x!, weight!, window(attributes), attributes.groups as number);
  if (bias === undefined) return [y];
  return [build(y.shape, (index) => get(y, index) + bias.data[index[1]!]!)];
};

const convTranspose2d: Rule = ([x, weight], attributes) => {
  const size = attributes.size as readonly [number, number];
  return [naiveConvTranspose2d(x!, weight!, window(attributes), attributes.groups as number, size)];
};

/** The derivative of <g, conv(x, weight)> by one weight is <g, conv(x, that weight 1 and all others 0)>. */
const conv2dWeight: Rule = ([x, g], attributes) => {
  const groups = attributes.groups as number;
  const { kernel } = window(attributes);
  const shape = [g!.shape[1]!, x!.shape[1]! / groups, ...kernel];
  const zeros = build(shape, () => 0).data;
  const data = zeros.map((_, i) => {
    const y = naiveConv2d(x!, { shape, data: zeros.with(i, 1) }, window(attributes), groups);
    return y.data.reduce((sum, value, j) => sum + value * g!.data[j]!, 0);
  });
  return [{ shape, data }];
};

const maxPool2d: Rule = ([x], attributes) => [
  naivePool2d(x!, window(attributes), (cells) => cells.reduce((a, b) => Math.max(b, a), Number.NEGATIVE_INFINITY)),
];

/** The number of the first largest cell of each window, counted through the whole batch. */
const maxPoolIndex: Rule = ([x], attributes) => {
  const cells: Values = { shape: x!.shape, data: x!.data.map((_, flat) => flat) };
  const best = (flats: readonly number[]) => flats.reduce((a, b) => (x!.data[b]! > x!.data[a]! ? b : a), flats[0] ?? 0);
  return [naivePool2d(cells, window(attributes), best)];
};

const averagePool2d: Rule = ([x], attributes) => [
  naivePool2d(x!, { ...window(attributes), dilation: [1, 1] }, (cells, taps) => {
    const count = attributes.countIncludePad ? taps : cells.length;
    return cells.reduce((sum, cell) => sum + cell, 0) / count;
  }),
];

const enlarge: Rule = ([x], attributes) => {
  const [down, across] = attributes.factors as readonly [number, number];
  const [batch, channels, height, width] = x!.shape as readonly [number, number, number, number];
  return [
    build([batch, channels, height * down, width * across], ([n, c, h, w]) =>
      get(x!, [n!, c!, Math.floor(h! / down), Math.floor(w! / across)]),
    ),
  ];
};

const batchNorm: Rule = ([x, scale, bias], attributes) => {
  const affine = (value: number, [, c]: readonly number[]) => value * scale!.data[c!]! + bias!.data[c!]!;
  const { y, mean, variance } = naiveNormalize(x!, ([, c]) => `${c}`, affine, attributes.epsilon as number);
  const channels = [x!.shape[1]!];
  return [y, build(channels, ([c]) => mean.get(`${c}`)!), build(channels, ([c]) => variance.get(`${c}`)!)];
};

const batchNormFixed: Rule = ([x, scale, bias, mean, variance], attributes) => {
  const epsilon = attributes.epsilon as number;
  return [
    build(x!.shape, (index) => {
      const [m, v, s, b] = [mean, variance, scale, bias].map((values) => values!.data[index[1]!]!);
      return ((get(x!, index) - m!) / Math.sqrt(v! + epsilon)) * s! + b!;
    }),
  ];
};

const layerNorm: Rule = ([x, scale, bias], attributes) => {
  const axis = attributes.axis as number;
  const affine = (value: number, index: readonly number[]) =>
    value * get(scale!, index.slice(axis)) + get(bias!, index.slice(axis));
  return [naiveNormalize(x!, (index) => index.slice(0, axis).join(), affine, attributes.epsilon as number).y];
};

export const imageRules: Rules = {
  conv2d,
  convTranspose2d,
  conv2dWeight,
  maxPool2d,
  maxPoolIndex,
  averagePool2d,
  enlarge,
  batchNorm,
  batchNormFixed,
  layerNorm,
};
