import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { farthestPoints } from "../../src/linalg/farthest-points.js";
import { gramOfColumns } from "../../src/linalg/gram.js";
import { nuclearNorm } from "../../src/linalg/nuclear-norm.js";
import { pairwiseDistances } from "../../src/linalg/pairwise-distances.js";
import { rowProducts, transpose } from "../../src/linalg/products.js";
import type { Rows } from "../../src/linalg/rows.js";
import { symmetricEigen } from "../../src/linalg/symmetric-eigen.js";
import { symmetricSquareRoot } from "../../src/linalg/symmetric-square-root.js";

const entry = fc.double({ min: -4, max: 4, noNaN: true });

function rowsArbitrary(maxRows = 7, maxColumns = 5): fc.Arbitrary<Rows> {
  return fc
    .tuple(fc.integer({ min: 1, max: maxRows }), fc.integer({ min: 1, max: maxColumns }))
    .chain(([n, dimension]) =>
      fc
        .array(entry, { minLength: n * dimension, maxLength: n * dimension })
        .map((list) => ({ data: Float64Array.from(list), dimension })),
    );
}

function close(actual: Iterable<number>, expected: Iterable<number>, tolerance = 1e-7): void {
  const [a, b] = [[...actual], [...expected]];
  expect(a.length).toBe(b.length);
  for (const [i, value] of a.entries()) expect(Math.abs(value - b[i]!)).toBeLessThan(tolerance);
}

test("products: a b^T is (b a^T)^T, and of a with itself the Gram matrix of its transpose", () => {
  fc.assert(
    fc.property(rowsArbitrary(), (rows) => {
      close(transpose(transpose(rows)).data, rows.data, 1e-300);
      close(rowProducts(rows, rows).data, gramOfColumns(transpose(rows)).values(), 1e-10);
    }),
  );
  const a = { data: Float64Array.of(1, 2, 3, 4), dimension: 2 };
  const b = { data: Float64Array.of(5, 6), dimension: 2 };
  expect(rowProducts(a, b)).toEqual({ data: Float64Array.of(17, 39), dimension: 1 });
  expect(rowProducts(b, a)).toEqual({ data: Float64Array.of(17, 39), dimension: 2 });
});

describe("symmetricSquareRoot", () => {
  test("squared gives the matrix back", () => {
    fc.assert(
      fc.property(rowsArbitrary(), (rows) => {
        const n = rows.dimension;
        const matrix = gramOfColumns(rows);
        const root = { data: symmetricSquareRoot(matrix, n), dimension: n };
        close(root.data, transpose(root).data, 1e-9);
        close(rowProducts(root, root).data, matrix, 1e-7);
      }),
    );
  });

  test("by hand: [[2, 1], [1, 2]] has eigenvalues 3 and 1", () => {
    const [plus, minus] = [(Math.sqrt(3) + 1) / 2, (Math.sqrt(3) - 1) / 2];
    close(symmetricSquareRoot(Float64Array.of(2, 1, 1, 2), 2), [plus, minus, minus, plus], 1e-12);
  });
});

describe("symmetricEigen", () => {
  /** Entries of any size that a double can have, many of them zero. */
  const anySize = fc.oneof(
    fc.constant(0),
    entry,
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e150, max: 1e150 }),
  );

  test("rebuilds any finite matrix, and its vectors are orthonormal", () => {
    const square = fc
      .integer({ min: 1, max: 6 })
      .chain((n) => fc.array(anySize, { minLength: n * n, maxLength: n * n }));
    fc.assert(
      fc.property(square, (entries) => {
        const n = Math.sqrt(entries.length);
        const matrix = Float64Array.from(entries, (_, i) => entries[Math.min(i, (i % n) * n + Math.floor(i / n))]!);
        const { values, vectors } = symmetricEigen(matrix, n);
        const rows = { data: vectors, dimension: n };
        close(
          rowProducts(rows, rows).data,
          Float64Array.from(matrix, (_, i) => (i % (n + 1) === 0 ? 1 : 0)),
          1e-9,
        );
        const columns = transpose(rows);
        const scaled = { data: columns.data.map((x, i) => x * values[i % n]!), dimension: n };
        const largest = Math.max(...matrix.map(Math.abs));
        close(rowProducts(scaled, columns).data, matrix, 1e-9 * largest + 1e-300);
      }),
      { numRuns: 500 },
    );
  });

  test("is NaN throughout for an entry that is not finite", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const { values, vectors } = symmetricEigen(Float64Array.of(1, bad, bad, 1), 2);
      expect([...values, ...vectors].every(Number.isNaN)).toBe(true);
    }
  });
});

test("nuclearNorm: by hand, and at least the Frobenius norm, at most its root-rank multiple", () => {
  expect(nuclearNorm({ data: Float64Array.of(3, 0, 0, -4), dimension: 2 })).toBeCloseTo(7, 10);
  expect(nuclearNorm({ data: Float64Array.of(3, 4), dimension: 2 })).toBeCloseTo(5, 10);
  expect(nuclearNorm({ data: Float64Array.of(1, 1, 1, 1, 1, 1), dimension: 3 })).toBeCloseTo(Math.sqrt(6), 6);
  fc.assert(
    fc.property(rowsArbitrary(), (rows) => {
      const frobenius = Math.hypot(...rows.data);
      const rank = Math.min(rows.dimension, rows.data.length / rows.dimension);
      const norm = nuclearNorm(rows);
      expect(norm).toBeGreaterThanOrEqual(frobenius - 1e-6);
      expect(norm).toBeLessThanOrEqual(Math.sqrt(rank) * frobenius + 1e-6);
      expect(nuclearNorm(transpose(rows))).toBeCloseTo(norm, 5);
    }),
  );
});

test("pairwiseDistances: all pairs in order", () => {
  expect(pairwiseDistances({ data: Float64Array.of(0, 0, 3, 4, 3, 0), dimension: 2 })).toEqual(
    Float64Array.of(5, 3, 4),
  );
  expect(pairwiseDistances({ data: Float64Array.of(1, 2), dimension: 2 }).length).toBe(0);
});

describe("farthestPoints", () => {
  test("on the line {0, 1, 2, 10} from 0, two picks are {0, 10}", () => {
    const line = { data: Float64Array.of(0, 1, 2, 10), dimension: 1 };
    expect(farthestPoints(line, 2, 0)).toEqual({ chosen: Int32Array.of(0, 3), radii: Float64Array.of(10, 2) });
    expect(farthestPoints(line, 9, 0)).toEqual({
      chosen: Int32Array.of(0, 3, 2, 1),
      radii: Float64Array.of(10, 2, 1, 0),
    });
  });

  test("different points, a covering radius that is right and never increases, within twice the best", () => {
    fc.assert(
      fc.property(rowsArbitrary(8, 3), fc.nat(), fc.nat(), (rows, wish, from) => {
        const total = rows.data.length / rows.dimension;
        const count = 1 + (wish % total);
        const { chosen, radii } = farthestPoints(rows, count, from % total);
        expect(chosen[0]).toBe(from % total);
        expect(new Set(chosen).size).toBe(count);
        for (let k = 1; k < count; k++) expect(radii[k]!).toBeLessThanOrEqual(radii[k - 1]!);
        expect(radii[count - 1]!).toBeCloseTo(covering(rows, [...chosen]), 9);
        const best = Math.min(...subsets(total, count).map((subset) => covering(rows, subset)));
        expect(radii[count - 1]!).toBeLessThanOrEqual(2 * best + 1e-9);
      }),
    );
  });

  test("equal and unusable rows are still chosen once each", () => {
    const rows = { data: Float64Array.of(1, Number.NaN, 1, 1), dimension: 1 };
    expect([...farthestPoints(rows, 4, 2).chosen].sort()).toEqual([0, 1, 2, 3]);
  });
});

function covering(rows: Rows, chosen: readonly number[]): number {
  const total = rows.data.length / rows.dimension;
  const row = (i: number) => [...rows.data.subarray(i * rows.dimension, (i + 1) * rows.dimension)];
  const gap = (i: number) => Math.min(...chosen.map((c) => Math.hypot(...row(i).map((x, d) => x - row(c)[d]!))));
  return Math.max(...Array.from({ length: total }, (_, i) => gap(i)));
}

function subsets(total: number, size: number): number[][] {
  if (size === 0) return [[]];
  if (total < size) return [];
  return [...subsets(total - 1, size), ...subsets(total - 1, size - 1).map((subset) => [...subset, total - 1])];
}
