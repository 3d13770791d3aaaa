import { expect, it } from "vitest";
import { reduceTerms } from "../../src/losses/index.js";
import {
  classWeighted,
  divisor,
  mean,
  meanNonZero,
  none,
  perAnchor,
  type Reducer,
  reducers,
  sum,
  term,
  threshold,
} from "../../src/reducers/index.js";
import { evaluate } from "../laws/evaluate.js";

const values = [
  [0, 2, 4],
  [1, 9, 9],
];
const weights = [
  [1, 1, 2],
  [1, 0, 0],
];

async function reduce(reducer: Reducer, weight = weights): Promise<number[]> {
  const { r } = await evaluate({ values, weight, labels: [1, 0], by: [7] }, ({ values, weight, labels, by }) => ({
    r: reducer.reduce(term("positive", values, { weight, divisor: by.sum() }), { labels, queries: 2 }),
  }));
  return r!;
}

it.each([
  ["mean", mean(), 11 / 5],
  ["sum", sum(), 11],
  ["mean of non-zero", meanNonZero(), 11 / 4],
  ["threshold", threshold({ low: 0.5, high: 3 }), 3 / 2],
  ["high end only", threshold({ high: 2 }), 1 / 2],
  ["divisor", divisor(), 11 / 7],
  ["class-weighted", classWeighted({ weights: [10, 0.5] }), (10 * 0.5 + 1 * 10) / 5],
  ["per anchor", perAnchor(), (10 / 4 + 1) / 2],
  ["per anchor, non-zero", perAnchor(threshold({ low: 2 })), 10 / 4],
] as const)("%s of weighted elements", async (_, reducer, expected) => {
  expect((await reduce(reducer))[0]).toBeCloseTo(expected, 12);
});

it("give 0 for no elements, and none gives each cell", async () => {
  const empty = weights.map((row) => row.map(() => 0));
  for (const reducer of [mean(), meanNonZero(), sum(), perAnchor(), classWeighted({ weights: [1, 1] })]) {
    expect(await reduce(reducer, empty)).toEqual([0]);
  }
  expect(await reduce(none())).toEqual([0, 2, 8, 1, 0, 0]);
});

it("a reducer for each term, and scalars pass", async () => {
  const { a, b, c } = await evaluate({ values }, ({ values }) =>
    reduceTerms(
      { a: term("query", values.sum(1)), b: term("class", values.sum(0)), c: term("scalar", values.max()) },
      { a: sum(), default: mean(), c: none() },
    ),
  );
  expect([a![0], b![0], c![0]]).toEqual([25, 25 / 3, 9]);
});

it("are made by name", () => {
  expect(reducers.names).toEqual([
    "class-weighted",
    "divisor",
    "mean",
    "mean-non-zero",
    "none",
    "per-anchor",
    "sum",
    "threshold",
  ]);
  for (const name of reducers.names)
    expect(reducers.create(name, name === "class-weighted" ? { weights: [1] } : {}).name).toContain(name);
});

it("per-anchor takes another reducer by name for the queries", async () => {
  const inner = reducers.create("per-anchor", { inner: { name: "threshold", low: 1 } });
  expect(inner.name).toBe("per-anchor threshold low=1 high=undefined");
  expect(await reduce(reducers.create("per-anchor", { inner: "sum" }))).toEqual(await reduce(perAnchor(sum())));
  expect(() => reducers.create("per-anchor", { inner: "summ" })).toThrow(/expected one of/);
});
