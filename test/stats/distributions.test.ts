import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Rows } from "../../src/linalg/rows.js";
import { Random } from "../../src/rng/index.js";
import { frechetDistance, frechetDistanceTo } from "../../src/stats/frechet.js";
import { columnDeviations } from "../../src/stats/moments.js";
import { wasserstein1d, wassersteinOfSorted } from "../../src/stats/wasserstein.js";

const sample = fc
  .array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 9 })
  .map((list) => Float64Array.from(list));

describe("wasserstein1d", () => {
  test("by hand", () => {
    expect(wasserstein1d(Float64Array.of(0, 1, 3), Float64Array.of(5, 6, 8))).toBeCloseTo(5, 12);
    expect(wasserstein1d(Float64Array.of(0), Float64Array.of(0, 4))).toBeCloseTo(2, 12);
    expect(wasserstein1d(Float64Array.of(3, 1), Float64Array.of(1, 1, 3, 3))).toBe(0);
  });

  test("of equal sizes it is the mean gap of the sorted values; it is a metric", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 })), { minLength: 1 }),
        (pairs) => {
          const [a, b] = [0, 1].map((side) => Float64Array.from(pairs, (pair) => pair[side]!).sort()) as [
            Float64Array,
            Float64Array,
          ];
          const mean = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
          expect(wassersteinOfSorted(a, b)).toBeCloseTo(mean, 9);
        },
      ),
    );
    fc.assert(
      fc.property(sample, sample, sample, (a, b, c) => {
        expect(wasserstein1d(a, b)).toBeCloseTo(wasserstein1d(b, a), 9);
        expect(wasserstein1d(a, a)).toBeCloseTo(0, 12);
        expect(wasserstein1d(a, c)).toBeLessThanOrEqual(wasserstein1d(a, b) + wasserstein1d(b, c) + 1e-9);
        const gap = a.reduce((s, x) => s + x, 0) / a.length - b.reduce((s, x) => s + x, 0) / b.length;
        expect(wasserstein1d(a, b)).toBeGreaterThanOrEqual(Math.abs(gap) - 1e-9);
      }),
    );
  });
});

test("columnDeviations, divisor N", () => {
  expect(columnDeviations({ data: Float64Array.of(0, 5, 2, 5), dimension: 2 })).toEqual(Float64Array.of(1, 0));
});

describe("frechetDistance", () => {
  function normalRows(count: number, dimension: number, seed: number, scale = 1): Rows {
    const random = new Random(seed);
    return {
      data: Float64Array.from({ length: count * dimension }, (_, i) => scale * random.normal() * (1 + (i % dimension))),
      dimension,
    };
  }

  test("on the line it is the squared gap of means plus that of deviations", () => {
    fc.assert(
      fc.property(sample, sample, (a, b) => {
        const moments = [a, b].map((data) => {
          const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
          return [mean, Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length)] as const;
        });
        const expected = (moments[0]![0] - moments[1]![0]) ** 2 + (moments[0]![1] - moments[1]![1]) ** 2;
        expect(frechetDistance({ data: a, dimension: 1 }, { data: b, dimension: 1 })).toBeCloseTo(expected, 6);
      }),
    );
  });

  test("of axis-aligned Gaussians it is the sum over the axes", () => {
    // Deviations (1, 2) and (3, 1), means (0, 0) and (1, 2): 1 + 4 + (1 - 3)^2 + (2 - 1)^2.
    const a = { data: Float64Array.of(1, 2, 1, -2, -1, 2, -1, -2), dimension: 2 };
    const b = { data: Float64Array.of(4, 3, 4, 1, -2, 3, -2, 1), dimension: 2 };
    expect(frechetDistance(a, b)).toBeCloseTo(10, 9);
  });

  test.each([
    [5, 9, 4],
    [3, 4, 8],
    [12, 3, 6],
    [3, 12, 6],
  ])("of %i and %i rows in %i dimensions: zero to itself, symmetric, the same turned", (n, m, dimension) => {
    const [a, b] = [normalRows(n, dimension, 1), normalRows(m, dimension, 2, 2)];
    expect(frechetDistance(a, a)).toBeCloseTo(0, 5);
    expect(frechetDistance(a, b)).toBeCloseTo(frechetDistance(b, a), 5);
    expect(frechetDistanceTo(b)(a)).toBe(frechetDistance(a, b));
    const turned = [a, b].map((rows) => rotate(rows, 0.7)) as [Rows, Rows];
    expect(frechetDistance(...turned)).toBeCloseTo(frechetDistance(a, b), 5);
    expect(frechetDistance(a, b)).toBeGreaterThan(0.1);
  });

  test("a copy shifted by v is |v|^2 away", () => {
    const a = normalRows(20, 3, 5);
    const shifted = { data: Float64Array.from(a.data, (x, i) => x + [1, -2, 2][i % 3]!), dimension: 3 };
    expect(frechetDistance(a, shifted)).toBeCloseTo(9, 5);
  });
});

/** Turns the first two axes. */
function rotate({ data, dimension }: Rows, angle: number): Rows {
  const turned = Float64Array.from(data);
  for (let i = 0; i < data.length; i += dimension) {
    turned[i] = Math.cos(angle) * data[i]! - Math.sin(angle) * data[i + 1]!;
    turned[i + 1] = Math.sin(angle) * data[i]! + Math.cos(angle) * data[i + 1]!;
  }
  return { data: turned, dimension };
}
