import fc from "fast-check";
import { expect, test } from "vitest";
import type { Initializer } from "../../src/graph/index.js";
import { initializers } from "../../src/nn/index.js";
import { Random } from "../../src/rng/index.js";

const { constant, fans, he, normal, ones, orthogonal, truncatedNormal, uniform, xavier, zeros } = initializers;

interface Moments {
  readonly mean: number;
  readonly deviation: number;
  readonly kurtosis: number;
  readonly largest: number;
}

function moments(initializer: Initializer, shape: readonly number[]): Moments {
  const values = Array.from(initializer(shape, new Random(7)));
  const average = (each: (value: number) => number) =>
    values.reduce((sum, value) => sum + each(value), 0) / values.length;
  const mean = average((value) => value);
  const variance = average((value) => (value - mean) ** 2);
  const kurtosis = average((value) => (value - mean) ** 4) / variance ** 2;
  return { mean, deviation: Math.sqrt(variance), kurtosis, largest: Math.max(...values.map(Math.abs)) };
}

test("zeros, ones and constant", () => {
  expect([...(zeros([2, 1], new Random(1)) as Float64Array)]).toEqual([0, 0]);
  expect([...(ones([2], new Random(1)) as Float64Array)]).toEqual([1, 1]);
  expect([...(constant(0.3)([], new Random(1)) as Float64Array)]).toEqual([0.3]);
});

test("fans of matrices and filters", () => {
  expect(fans([3, 5])).toEqual({ in: 3, out: 5 });
  expect(fans([8, 4, 3, 3])).toEqual({ in: 36, out: 72 });
});

const matrix = [200, 300];
const filters = [64, 32, 5, 5];
const gaussian = 3;
const flat = 1.8;

test.each([
  ["he", he(), matrix, Math.sqrt(2 / 200), gaussian],
  ["he, fan out", he({ fan: "out" }), filters, Math.sqrt(2 / (64 * 25)), gaussian],
  ["he for a leaky ReLU", he({ slope: 0.5 }), matrix, Math.sqrt(2 / (1.25 * 200)), gaussian],
  ["he, uniform", he({ distribution: "uniform" }), filters, Math.sqrt(2 / (32 * 25)), flat],
  ["xavier", xavier(), matrix, Math.sqrt(2 / 500), flat],
  [
    "xavier, normal, gain 3",
    xavier({ gain: 3, distribution: "normal" }),
    filters,
    3 * Math.sqrt(2 / (96 * 25)),
    gaussian,
  ],
  ["normal", normal({ deviation: 0.5 }), matrix, 0.5, gaussian],
  ["uniform", uniform({ low: -2, high: 2 }), matrix, 2 / Math.sqrt(3), flat],
])("%s has mean 0, its variance and its distribution", (_, initializer, shape, deviation, kurtosis) => {
  const found = moments(initializer, shape);
  expect(Math.abs(found.mean) / deviation).toBeLessThan(0.02);
  expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.02);
  expect(Math.abs(found.kurtosis - kurtosis)).toBeLessThan(0.1);
});

test("means of normal and uniform", () => {
  expect(moments(normal({ mean: 3 }), matrix).mean).toBeCloseTo(3, 1);
  expect(moments(uniform({ low: 1, high: 2 }), matrix).mean).toBeCloseTo(1.5, 2);
});

test("truncatedNormal stays within its limit and keeps the shape of a normal distribution inside", () => {
  const found = moments(truncatedNormal({ deviation: 0.1, limit: 1.5 }), matrix);
  expect(found.largest).toBeLessThanOrEqual(0.15);
  expect(found.largest).toBeGreaterThan(0.149);
  // Deviation of a standard normal variable cut at 1.5: sqrt(1 - 2 a phi(a) / (2 Phi(a) - 1)).
  expect(found.deviation / 0.1).toBeCloseTo(0.743, 2);
});

test("orthogonal gives orthonormal rows or columns, times the gain", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 3 }),
      (rows, inner, places) => {
        const columns = inner * places;
        const values = orthogonal({ gain: 2 })([rows, inner, places], new Random(rows * 100 + columns));
        const [vectors, length] = rows <= columns ? [rows, columns] : [columns, rows];
        const at = (vector: number, i: number) =>
          values[rows <= columns ? vector * columns + i : i * columns + vector]!;
        for (let a = 0; a < vectors; a++) {
          for (let b = 0; b <= a; b++) {
            let product = 0;
            for (let i = 0; i < length; i++) product += at(a, i) * at(b, i);
            expect(product).toBeCloseTo(a === b ? 4 : 0, 10);
          }
        }
      },
    ),
  );
});

test("orthogonal matrices are uniformly turned: every entry has variance 1 / n", () => {
  const [draws, n] = [4000, 3];
  const random = new Random(3);
  const squares = new Float64Array(n * n);
  for (let i = 0; i < draws; i++) {
    const values = orthogonal()([n, n], random);
    for (let j = 0; j < n * n; j++) squares[j]! += values[j]! ** 2 / draws;
  }
  for (const square of squares) expect(square).toBeCloseTo(1 / n, 1);
});

test("a seed gives the same numbers again", () => {
  const draw = (seed: number) => [...(he()([4, 4], new Random(seed)) as Float64Array)];
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(6));
});
