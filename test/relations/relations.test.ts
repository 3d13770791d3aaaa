import fc from "fast-check";
import { expect, it } from "vitest";
import { lp } from "../../src/distances/index.js";
import {
  allTripletCounts,
  classRelation,
  continuousRelation,
  hierarchyRelation,
  multiLabelRelation,
  occurrenceWeights,
  packagedTriplets,
  pairRelation,
  sumsBelow,
  tripletRelation,
  windowCounts,
  withoutPairs,
} from "../../src/relations/index.js";
import { asRows, evaluate, normalRows } from "../laws/evaluate.js";
import { unitDistance } from "../oracles/vectors.js";

const dtype = "float64";

it("classes: same class positive, without itself; separate keys keep every pair", async () => {
  const result = await evaluate({ labels: [0, 1, 0], keyLabels: [0, 1] }, ({ labels, keyLabels }) => {
    const own = classRelation(labels, { dtype });
    const other = classRelation(labels, { keyLabels, dtype });
    return { p: own.positive, n: own.negative, kp: other.positive, kn: other.negative };
  });
  expect(result).toEqual({
    p: [0, 0, 1, 0, 0, 0, 1, 0, 0],
    n: [0, 1, 0, 1, 0, 1, 0, 1, 0],
    kp: [1, 0, 0, 1, 1, 0],
    kn: [0, 1, 1, 0, 0, 1],
  });
});

it("several labels: a shared one makes a positive, graded by their overlap", async () => {
  const rows = [
    [1, 1, 0],
    [0, 1, 1],
    [0, 0, 1],
  ];
  const result = await evaluate({ rows }, ({ rows }) => {
    const plain = multiLabelRelation(rows, { dtype });
    const graded = multiLabelRelation(rows, { dtype, graded: true });
    return { p: plain.positive, n: plain.negative, g: graded.positive };
  });
  expect(result.p).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0]);
  expect(result.n).toEqual([0, 0, 1, 0, 0, 0, 1, 0, 0]);
  expect(result.g).toEqual([0, 1 / 3, 0, 1 / 3, 0, 1 / 2, 0, 1 / 2, 0]);
});

it("explicit pairs and triplets count repeats; masks take pairs away", async () => {
  const given = { aIndex: [0, 0, 1], pIndex: [1, 1, 2], nIndex: [2, 2, 0] };
  const result = await evaluate({ ...given, x: [[0, 1, 0, 0, 0, 0, 0, 0, 0]] }, ({ aIndex, pIndex, nIndex, x }) => {
    const pairs = pairRelation(
      { positiveQuery: aIndex, positive: pIndex, negativeQuery: aIndex, negative: nIndex },
      { queries: 3, dtype },
    );
    const triplets = tripletRelation({ query: aIndex, positive: pIndex, negative: nIndex }, { queries: 3, dtype });
    const masked = withoutPairs(pairs, x.reshape([3, 3]).greater(0));
    const packed = packagedTriplets(6, { dtype });
    return {
      p: pairs.positive,
      n: pairs.negative,
      tp: triplets.positive,
      masked: masked.positive,
      packed: packed.positive,
      weights: occurrenceWeights(triplets),
    };
  });
  expect(result.p).toEqual([0, 2, 0, 0, 0, 1, 0, 0, 0]);
  expect(result.n).toEqual([0, 0, 2, 1, 0, 0, 0, 0, 0]);
  expect(result.tp).toEqual(result.p);
  expect(result.masked).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0]);
  expect(result.packed!.flatMap((weight, i) => (weight > 0 ? [i] : []))).toEqual([1, 22]);
  expect(result.weights).toEqual([1, 1, 1]);
});

it("sumsBelow equals counting, ties and both kinds of bounds included", async () => {
  const row = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 5, maxLength: 5 });
  const rows = fc.array(row, { minLength: 2, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(rows, rows, rows, async (values, weights, bounds) => {
      const result = await evaluate({ values, weights, bounds }, ({ values, weights, bounds }) => {
        const at = [
          { at: bounds, inclusive: true },
          { at: bounds, inclusive: false },
        ];
        const [within, below] = sumsBelow(values, [weights, weights.mul(values)], at);
        return { within: within![0]!, below: below![0]!, moment: below![1]! };
      });
      const naive = (keep: (v: number, t: number) => boolean, summand: (w: number, v: number) => number) =>
        bounds.flatMap((ts, i) =>
          ts.map((t) => values[i]!.reduce((sum, v, j) => sum + (keep(v, t) ? summand(weights[i]![j]!, v) : 0), 0)),
        );
      expect(result.within).toEqual(
        naive(
          (v, t) => v <= t,
          (w) => w,
        ),
      );
      expect(result.below).toEqual(
        naive(
          (v, t) => v < t,
          (w) => w,
        ),
      );
      expect(result.moment!.map((x) => x + 0)).toEqual(
        naive(
          (v, t) => v < t,
          (w, v) => w * v,
        ),
      );
    }),
    { numRuns: 25 },
  );
});

it.each([
  [Number.NEGATIVE_INFINITY, 0.1],
  [0, 0.3],
  [0.1, Number.POSITIVE_INFINITY],
])("counts of the triplets inside the window %f .. %f equal enumeration", async (low, high) => {
  const labels = [0, 1, 0, 0, 2, 1, 2, 0];
  const x = normalRows(labels.length, 5, 3);
  const result = await evaluate({ x, labels }, ({ x, labels }) => {
    const relation = classRelation(labels, { dtype });
    const all = allTripletCounts(relation);
    const counts = windowCounts(relation, { kind: "window", distance: lp(), low, high }, x, x);
    return { p: counts.positive, n: counts.negative, all: all.positive };
  });
  const wanted = { p: x.map(() => x.map(() => 0)), n: x.map(() => x.map(() => 0)) };
  for (const a of labels.keys())
    for (const p of labels.keys())
      for (const n of labels.keys()) {
        if (a === p || labels[a] !== labels[p] || labels[a] === labels[n]) continue;
        const difference = unitDistance(x[a]!, x[n]!) - unitDistance(x[a]!, x[p]!);
        if (!(difference > low && difference <= high)) continue;
        wanted.p[a]![p]!++;
        wanted.n[a]![n]!++;
      }
  expect(asRows(result.p!, labels.length)).toEqual(wanted.p);
  expect(asRows(result.n!, labels.length)).toEqual(wanted.n);
  expect(result.all!.reduce((a, b) => a + b)).toBeGreaterThan(result.p!.reduce((a, b) => a + b));
});

it("continuous labels: distances of the labels, every other pair both ways", async () => {
  const result = await evaluate(
    {
      y: [
        [0, 0],
        [3, 4],
        [0, 1],
      ],
    },
    ({ y }) => {
      const { positive, negative, labelDistance } = continuousRelation(y, { dtype });
      return { positive, negative, d: labelDistance! };
    },
  );
  expect(result.positive).toEqual([0, 1, 1, 1, 0, 1, 1, 1, 0]);
  expect(result.negative).toEqual(result.positive);
  [0, 5, 1, 5, 0, Math.sqrt(18), 1, Math.sqrt(18), 0].forEach((value, i) => {
    expect(result.d![i]).toBeCloseTo(value, 12);
  });
});

it("levels of labels: the weight of the deepest level down to which two agree", async () => {
  const levels = [
    [0, 0],
    [0, 1],
    [0, 0],
    [1, 0],
  ];
  const result = await evaluate({ labels: levels }, ({ labels }) => {
    const { positive, negative, labels: finest } = hierarchyRelation(labels, { dtype, levelWeights: [0.25, 1] });
    return { positive, negative, finest: finest!.cast(dtype) };
  });
  expect(asRows(result.positive!, 4)).toEqual([
    [0, 0.25, 1, 0],
    [0.25, 0, 0.25, 0],
    [1, 0.25, 0, 0],
    [0, 0, 0, 0],
  ]);
  expect(asRows(result.negative!, 4)).toEqual([
    [0, 0, 0, 1],
    [0, 0, 0, 1],
    [0, 0, 0, 1],
    [1, 1, 1, 0],
  ]);
  expect(result.finest).toEqual([0, 1, 0, 0]);
});
