import { expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { constant, input, type Tensor } from "../../src/graph/index.js";
import { batchNorm, batchNormFixed, groupNorm, instanceNorm, l2Normalize, layerNorm } from "../../src/ops/index.js";
import { Random } from "../../src/rng/index.js";
import { type Numbers, naiveNormalize } from "../oracles/images.js";
import { checkDerivatives, evaluate, expectClose, normals } from "./derivatives.js";

const random = new Random(9);
const precise = { dtype: "float64", step: 1e-4, tolerance: 1e-5 } as const;
const epsilon = 0.1;

const shapes = [
  ["images", [3, 4, 2, 3]],
  ["vectors", [5, 4]],
  ["sequences", [2, 4, 3]],
  ["one sample", [1, 4, 2, 2]],
] as const;

function affineOf(scale: Numbers, bias: Numbers, place: (index: readonly number[]) => number) {
  return (value: number, index: readonly number[]) => value * scale.data[place(index)]! + bias.data[place(index)]!;
}

test.each(shapes)("batchNorm of %s equals the naive one, and gives the batch's statistics", async (_, shape) => {
  const [x, scale, bias] = [shape, [4], [4]].map((each) => normals(each, random)) as [Numbers, Numbers, Numbers];
  const expected = naiveNormalize(
    x,
    (index) => `${index[1]}`,
    affineOf(scale, bias, (index) => index[1]!),
    epsilon,
  );
  for (const dtype of ["float32", "float64"] as const) {
    const [y, mean, variance] = await evaluate(
      (a, s, b) => {
        const result = batchNorm(a, { scale: s, bias: b }, { epsilon });
        return [result.y, result.mean, result.variance];
      },
      [x, scale, bias],
      { dtype, open: true },
    );
    expectClose(y!, expected.y);
    expectClose(mean!, { shape: [4], data: [...expected.mean.values()] });
    expectClose(variance!, { shape: [4], data: [...expected.variance.values()] });
  }
});

test("derivatives of batchNorm to second order, through its statistics too", async () => {
  const sources = [[3, 2, 2, 2], [2], [2]].map((shape) => normals(shape, random));
  await checkDerivatives((x, scale, bias) => batchNorm(x, { scale, bias }, { epsilon }).y, sources, precise);
  const together = (x: Tensor, scale: Tensor, bias: Tensor) => {
    const { y, mean, variance } = batchNorm(x, { scale, bias }, { epsilon });
    return y
      .sum({ axes: [2, 3] })
      .mul(mean.sin())
      .add(variance.square());
  };
  await checkDerivatives(together, sources, precise);
});

test("statistics alone have gradients", async () => {
  const x = normals([4, 2], random);
  const fixed = constant([1, 1], { dtype: "float64" });
  const statistics = (a: Tensor) => batchNorm(a, { scale: fixed, bias: fixed }).variance;
  await checkDerivatives(statistics, [x], precise);
});

test("batchNormFixed equals its formula, with derivatives for all of its inputs", async () => {
  const x = normals([3, 2, 2, 2], random);
  const [scale, bias, mean] = [1, 2, 3].map(() => normals([2], random)) as [Numbers, Numbers, Numbers];
  const variance = { shape: [2], data: [0.5, 2] };
  const fn = (a: Tensor, s: Tensor, b: Tensor, m: Tensor, v: Tensor) =>
    batchNormFixed(a, { scale: s, bias: b, mean: m, variance: v }, { epsilon });
  const [y] = await evaluate(fn, [x, scale, bias, mean, variance], { open: true });
  const data = x.data.map((value, i) => {
    const c = Math.floor(i / 4) % 2;
    return ((value - mean.data[c]!) / Math.sqrt(variance.data[c]! + epsilon)) * scale.data[c]! + bias.data[c]!;
  });
  expectClose(y!, { shape: x.shape, data });
  await checkDerivatives(fn, [x, scale, bias, mean, variance], precise);
});

test("layerNorm over one or more last axes equals the naive one, with derivatives", async () => {
  for (const axes of [1, 2]) {
    const x = normals([3, 2, 4], random);
    const own = x.shape.slice(3 - axes);
    const [scale, bias] = [normals(own, random), normals(own, random)];
    const place = (index: readonly number[]) => (axes === 1 ? index[2]! : index[1]! * 4 + index[2]!);
    const group = (index: readonly number[]) => index.slice(0, 3 - axes).join();
    const expected = naiveNormalize(x, group, affineOf(scale, bias, place), epsilon);
    const fn = (a: Tensor, s: Tensor, b: Tensor) => layerNorm(a, { scale: s, bias: b }, { epsilon });
    const [y] = await evaluate(fn, [x, scale, bias], { open: true });
    expectClose(y!, expected.y);
    await checkDerivatives(fn, [x, scale, bias], precise);
  }
});

test("groupNorm and instanceNorm equal the naive ones, with derivatives", async () => {
  const x = normals([2, 4, 2, 3], random);
  const [scale, bias] = [normals([4], random), normals([4], random)];
  const channel = (index: readonly number[]) => index[1]!;
  const grouped = naiveNormalize(x, ([n, c]) => `${n},${c! >> 1}`, affineOf(scale, bias, channel), epsilon);
  const single = naiveNormalize(x, ([n, c]) => `${n},${c}`, affineOf(scale, bias, channel), epsilon);
  const group = (a: Tensor, s: Tensor, b: Tensor) => groupNorm(a, { scale: s, bias: b, groups: 2 }, { epsilon });
  const instance = (a: Tensor, s: Tensor, b: Tensor) => instanceNorm(a, { scale: s, bias: b }, { epsilon });
  const results = await evaluate((a, s, b) => [group(a, s, b), instance(a, s, b)], [x, scale, bias], { open: true });
  expectClose(results[0]!, grouped.y);
  expectClose(results[1]!, single.y);
  await checkDerivatives(group, [x, scale, bias], precise);
});

test("l2Normalize gives unit vectors along any axis, and leaves zero vectors with gradient zero", async () => {
  const x = { shape: [2, 2], data: [3, 0, 4, 0] };
  const [rows, columns, gradient] = await evaluate(
    (a) => [l2Normalize(a), l2Normalize(a, { axis: 0 }), grad(l2Normalize(a, { axis: 0 }).sum(), [a])[0]!],
    [x],
  );
  expect(rows!.data).toEqual([1, 0, 1, 0]);
  expectClose(columns!, { shape: [2, 2], data: [0.6, 0, 0.8, 0] });
  expect(gradient!.data.every(Number.isFinite)).toBe(true);
  await checkDerivatives((a) => l2Normalize(a), [normals([3, 4], random)], precise);
});

test("a constant channel far from zero stays finite, with its gradient", async () => {
  const x = { shape: [4, 1], data: [1000, 1000, 1000, 1000] };
  const [y, forX, forScale] = await evaluate(
    (a) => {
      const scale = constant([2]);
      const normalized = batchNorm(a, { scale, bias: constant([1]) }).y;
      return [normalized, ...grad(normalized.mul([[1], [2], [3], [5]]).sum(), [a, scale])];
    },
    [x],
  );
  expect(y!.data).toEqual([1, 1, 1, 1]);
  expect(forScale!.data).toEqual([0]);
  expect(forX!.data.every(Number.isFinite)).toBe(true);
});

test.each([
  [
    "a scale of another size",
    () => batchNorm(input("x", "float32", [2, 3]), { scale: constant([1, 2]), bias: constant([1, 2]) }),
    /\[3\] for every value of a channel/,
  ],
  [
    "groups that do not divide",
    () =>
      groupNorm(input("x", "float32", [2, 3]), { scale: constant([1, 2, 3]), bias: constant([1, 2, 3]), groups: 2 }),
    /channels that 2 groups divide/,
  ],
  [
    "a scale longer than the last axis",
    () => layerNorm(input("x", "float32", [2, 3]), { scale: constant([1, 2]), bias: constant([1, 2]) }),
    /scale and bias of \[3\]/,
  ],
])("%s: an error when the graph is built", (_, build, message) => {
  expect(build).toThrow(message);
});
