import fc from "fast-check";
import { expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { input, type Tensor } from "../../src/graph/index.js";
import {
  adaptiveAveragePool2d,
  averagePool2d,
  enlarge,
  globalAveragePool,
  globalMaxPool,
  maxPool2d,
} from "../../src/ops/index.js";
import { Random } from "../../src/rng/index.js";
import { type NaiveWindow, naiveAdaptiveAverage, naivePool2d } from "../oracles/images.js";
import { checkDerivatives, distinct, evaluate, expectClose, normals } from "./derivatives.js";

const random = new Random(3);
const largest = (values: readonly number[]) => Math.max(...values);
const average =
  (divisor: (values: readonly number[], taps: number) => number) => (values: readonly number[], taps: number) =>
    values.reduce((a, b) => a + b, 0) / divisor(values, taps);

function padding([top, left, bottom, right]: readonly [number, number, number, number]) {
  return [
    [top, bottom],
    [left, right],
  ] as const;
}

const upTo = (most: number) => fc.integer({ min: 1, max: most });
const pair = (most: number) => fc.tuple(upTo(most), upTo(most));
const side = fc.integer({ min: 0, max: 2 });

/** Any window that fits, padded by less than the kernel. */
const anyWindow = fc
  .record({
    size: pair(7),
    kernel: pair(3),
    stride: pair(3),
    padding: fc.tuple(side, side, side, side),
    dilation: pair(2),
  })
  .filter(({ size, kernel, padding: sides, dilation }) =>
    [0, 1].every((axis) => {
      const least = Math.max(sides[axis]!, sides[axis + 2]!);
      const span = dilation[axis]! * (kernel[axis]! - 1) + 1;
      return least < kernel[axis]! && size[axis]! + sides[axis]! + sides[axis + 2]! >= span;
    }),
  )
  // A dilated window that falls between the cells of a tiny image has no largest cell.
  .filter(({ size, dilation }) => size.every((cells, axis) => dilation[axis]! === 1 || cells > 2));

test("maxPool2d and averagePool2d equal the naive loops for any window and open batch", async () => {
  await fc.assert(
    fc.asyncProperty(anyWindow, fc.boolean(), async ({ size, ...window }, open) => {
      const x = normals([2, 3, ...size], random);
      const { kernel, stride, dilation } = window;
      const sides = padding(window.padding);
      const flat: NaiveWindow = { ...window, dilation: [1, 1] };
      const [max] = await evaluate((a) => maxPool2d(a, kernel, { stride, dilation, padding: sides }), [x], { open });
      expectClose(max!, naivePool2d(x, window, largest));
      if (size.some((cells, axis) => cells + flat.padding[axis]! + flat.padding[axis + 2]! < kernel[axis]!)) return;
      const [within, all] = await evaluate(
        (a) => [
          averagePool2d(a, kernel, { stride, padding: sides, countIncludePad: false }),
          averagePool2d(a, kernel, { stride, padding: sides }),
        ],
        [x],
        { open },
      );
      expectClose(
        within!,
        naivePool2d(
          x,
          flat,
          average((values) => values.length),
        ),
      );
      expectClose(
        all!,
        naivePool2d(
          x,
          flat,
          average((_, taps) => taps),
        ),
      );
    }),
    { numRuns: 40, seed: 1 },
  );
});

const sameSide = [1, 1] as const;
const pools: Record<string, (x: Tensor) => Tensor> = {
  "max, side by side": (x) => maxPool2d(x, 2),
  "max, side by side with a rest": (x) => maxPool2d(x, [2, 4]),
  "max, overlapping": (x) => maxPool2d(x, 3, { stride: 2, padding: 1 }),
  "max, dilated": (x) => maxPool2d(x, 2, { stride: 1, dilation: 2 }),
  "max, gaps": (x) => maxPool2d(x, 1, { stride: 2 }),
  "average, side by side": (x) => averagePool2d(x, [2, 3]),
  "average, side by side with a rest": (x) => averagePool2d(x, [4, 4]),
  "average, overlapping": (x) => averagePool2d(x, 3, { stride: 1, padding: 1 }),
  "average, padding left out": (x) =>
    averagePool2d(x, 3, { stride: 2, padding: [sameSide, [0, 1]], countIncludePad: false }),
  "adaptive, even": (x) => adaptiveAveragePool2d(x, [3, 2]),
  "adaptive, uneven": (x) => adaptiveAveragePool2d(x, [4, 5]),
  "global average": globalAveragePool,
  "global max": globalMaxPool,
  enlarge: (x) => enlarge(x, [2, 3]),
};

test.each(Object.entries(pools))("derivatives to second order in both float types: %s", async (_, pool) => {
  const x = distinct([2, 2, 6, 6], random);
  await checkDerivatives(pool, [x], { step: 1 / 64, tolerance: 2e-3 });
  await checkDerivatives(pool, [x], { step: 1 / 64, dtype: "float64", tolerance: 1e-2 });
});

test.each([
  ["even regions", [3, 2]],
  ["uneven regions", [4, 5]],
  ["one region", [1, 1]],
  ["a region a cell", [6, 6]],
] as const)("adaptiveAveragePool2d equals the naive mean: %s", async (_, size) => {
  const x = normals([2, 2, 6, 6], random);
  const [y] = await evaluate((a) => adaptiveAveragePool2d(a, size), [x], { open: true });
  expectClose(y!, naiveAdaptiveAverage(x, size));
});

test("global pools and enlarge", async () => {
  const x = { shape: [1, 2, 1, 3], data: [1, 5, 3, -2, -4, -6] };
  const [mean, max, large] = await evaluate((a) => [globalAveragePool(a), globalMaxPool(a), enlarge(a, [2, 1])], [x], {
    open: true,
  });
  expect(mean).toEqual({ shape: [1, 2], data: [3, -4] });
  expect(max).toEqual({ shape: [1, 2], data: [5, -2] });
  expect(large).toEqual({ shape: [1, 2, 2, 3], data: [1, 5, 3, 1, 5, 3, -2, -4, -6, -2, -4, -6] });
});

test("cells that tie share the gradient side by side; the first takes it under overlap", async () => {
  const x = { shape: [1, 1, 2, 4], data: [7, 7, 0, 1, 7, 0, 0, 1] };
  const gradient = (options: { stride: number }) => (a: Tensor) =>
    grad(maxPool2d(a, 2, options).sum(), [a]) as readonly Tensor[];
  const [shared] = await evaluate(gradient({ stride: 2 }), [x]);
  expect(shared!.data.map((value) => Math.round(value * 6))).toEqual([2, 2, 0, 3, 2, 0, 0, 3]);
  const [first] = await evaluate(gradient({ stride: 1 }), [x]);
  expect(first!.data).toEqual([1, 1, 0, 1, 0, 0, 0, 0]);
});

test.each([
  ["three axes", () => maxPool2d(input("x", "float32", [2, 4, 4]), 2), /images \[batch, channels, height, width\]/],
  [
    "a window larger than the image",
    () => averagePool2d(input("x", "float32", [1, 1, 2, 2]), 3),
    /a window of 3 cells in 2/,
  ],
  [
    "padding as large as the kernel",
    () => maxPool2d(input("x", "float32", [1, 1, 4, 4]), 2, { padding: 2 }),
    /less padding/,
  ],
  [
    "more regions than cells",
    () => adaptiveAveragePool2d(input("x", "float32", [1, 1, 2, 2]), 3),
    /a size between 1 and/,
  ],
  ["whole numbers", () => maxPool2d(input("x", "int64", [1, 1, 2, 2]), 2), /element type float32 or float64/],
])("%s: an error when the graph is built", (_, build, message) => {
  expect(build).toThrow(message);
});
