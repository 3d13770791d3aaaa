import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addDims,
  broadcastShapes,
  canonicalDim,
  type Dim,
  dimTerms,
  divideDims,
  evaluateDim,
  formatShape,
  isSize,
  multiplyDims,
  staticSize,
} from "../../src/graph/index.js";

const sizes = new Map([
  ["batch", 7],
  ["n", 3],
  ["long_name2", 5],
]);

/** Sizes made of names and numbers, with the number they stand for. */
const dims: fc.Arbitrary<{ dim: Dim; value: number }> = fc.letrec<{ any: { dim: Dim; value: number } }>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...[...sizes].map(([dim, value]) => ({ dim, value }))),
    fc.integer({ min: -4, max: 9 }).map((value) => ({ dim: value, value })),
    fc.tuple(tie("any"), tie("any")).map(([a, b]) => ({ dim: addDims(a.dim, b.dim), value: a.value + b.value })),
    fc
      .tuple(tie("any"), tie("any"))
      .map(([a, b]) => ({ dim: multiplyDims(a.dim, b.dim), value: a.value * b.value + 0 })),
  ),
})).any;

describe("sizes with names", () => {
  test("sums and products agree with numbers", () => {
    fc.assert(
      fc.property(dims, ({ dim, value }) => {
        expect(evaluateDim(dim, sizes)).toBe(value);
        const terms = dimTerms(dim).map(({ coefficient, names }) =>
          names.reduce((t, name) => t * sizes.get(name)!, coefficient),
        );
        expect(terms.reduce((a, b) => a + b, 0)).toBe(value);
      }),
      { seed: 1 },
    );
  });

  test("equal sizes are written equally", () => {
    fc.assert(
      fc.property(dims, dims, dims, ({ dim: a }, { dim: b }, { dim: c }) => {
        expect(addDims(a, b)).toBe(addDims(b, a));
        expect(multiplyDims(a, b)).toBe(multiplyDims(b, a));
        expect(addDims(addDims(a, b), c)).toBe(addDims(a, addDims(b, c)));
        expect(multiplyDims(a, addDims(b, c))).toBe(addDims(multiplyDims(a, b), multiplyDims(a, c)));
        expect(addDims(a, multiplyDims(-1, a))).toBe(0);
      }),
      { seed: 2 },
    );
  });

  test("a product divides by a factor of one term, and nothing divides wrongly", () => {
    fc.assert(
      fc.property(dims, fc.constantFrom<Dim>("n", 3, "2*batch", "batch*n"), ({ dim, value }, by) => {
        expect(divideDims(multiplyDims(dim, by), by)).toBe(dim);
        const quotient = divideDims(dim, by);
        if (quotient !== undefined) expect(evaluateDim(quotient, sizes) * evaluateDim(by, sizes)).toBe(value + 0);
      }),
      { seed: 3 },
    );
    expect(divideDims("batch", 2)).toBeUndefined();
    expect(divideDims("batch+2", 2)).toBeUndefined();
    expect(divideDims("2*batch+4", 2)).toBe("batch+2");
    expect(divideDims("batch", "batch+1")).toBeUndefined();
    expect(divideDims(6, 0)).toBeUndefined();
  });

  test.each<[Dim, Dim | undefined]>([
    ["batch", "batch"],
    ["8+batch*2", "2*batch+8"],
    ["n*batch", "batch*n"],
    ["2*3*n", "6*n"],
    ["batch-8", "batch-8"],
    ["-8+batch", "batch-8"],
    ["n-n", 0],
    ["4+4", 8],
    [5, 5],
    [0, 0],
    [-1, undefined],
    [1.5, undefined],
    [Number.NaN, undefined],
    ["", undefined],
    ["2n", undefined],
    ["batch size", undefined],
    ["a/b", undefined],
    ["n+", undefined],
    ["2-3", undefined],
  ])("%j is written %j", (dim, written) => {
    expect(canonicalDim(dim)).toBe(written);
    expect(isSize(dim)).toBe(written === dim);
  });
});

test("shapes broadcast as numpy's do", () => {
  expect(broadcastShapes(["batch", 1, 3], [4, 1])).toEqual(["batch", 4, 3]);
  expect(broadcastShapes([], ["n"])).toEqual(["n"]);
  expect(broadcastShapes([0, 1], [1, 3])).toEqual([0, 3]);
  expect(broadcastShapes(["n"], ["batch"])).toBeUndefined();
  expect(broadcastShapes([2], [3])).toBeUndefined();
});

test("sizes of shapes", () => {
  expect(staticSize([])).toBe(1);
  expect(staticSize([2, 0, 3])).toBe(0);
  expect(() => staticSize(["n", 2])).toThrow("known only at run time");
  expect(formatShape(["batch", 3])).toBe("[batch, 3]");
});
