import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  areaUnderRoc,
  equalErrorRate,
  foldAccuracy,
  operatingPoint,
  pairDistances,
  rocCurve,
} from "../../src/evaluate/index.js";
import { rowDistanceOracles } from "../oracles/neighbours.js";

/** Same pairs at .1, .3, .5; different ones at .4, .6. */
const example = rocCurve([0.5, 0.4, 0.1, 0.6, 0.3], [1, 0, 1, 0, 1]);

const pairs = fc
  .array(fc.record({ distance: fc.integer({ min: 0, max: 12 }), same: fc.boolean() }), { minLength: 2, maxLength: 60 })
  .filter((list) => list.some(({ same }) => same) && list.some(({ same }) => !same))
  .map((list) => ({ distances: list.map(({ distance }) => distance), same: list.map(({ same }) => Number(same)) }));

describe("rocCurve", () => {
  test("of the documented example", () => {
    expect([...example.thresholds]).toEqual([Number.NEGATIVE_INFINITY, 0.1, 0.3, 0.4, 0.5, 0.6]);
    expect([...example.falseMatch]).toEqual([0, 0, 0, 1 / 2, 1 / 2, 1]);
    expect([...example.trueMatch]).toEqual([0, 1 / 3, 2 / 3, 2 / 3, 1, 1]);
    expect(areaUnderRoc(example)).toBeCloseTo(5 / 6, 12);
    expect(equalErrorRate(example)).toBeCloseTo(1 / 3, 12);
    expect(operatingPoint(example, 0.49)).toEqual({ threshold: 0.3, falseMatch: 0, trueMatch: 2 / 3 });
    expect(operatingPoint(example, 0.5)).toEqual({ threshold: 0.5, falseMatch: 0.5, trueMatch: 1 });
  });

  test("its area is the share of right comparisons, ties counting half", () => {
    fc.assert(
      fc.property(pairs, ({ distances, same }) => {
        let [right, all] = [0, 0];
        same.forEach((yes, i) => {
          if (!yes) return;
          same.forEach((other, j) => {
            if (other) return;
            all++;
            right += distances[i]! < distances[j]! ? 1 : distances[i] === distances[j] ? 0.5 : 0;
          });
        });
        expect(areaUnderRoc(rocCurve(distances, same))).toBeCloseTo(right / all, 10);
      }),
    );
  });

  test("the wanted rate is kept, and one more distance would break it", () => {
    fc.assert(
      fc.property(pairs, fc.double({ min: 0, max: 1, noNaN: true }), ({ distances, same }, rate) => {
        const curve = rocCurve(distances, same);
        const { threshold, falseMatch } = operatingPoint(curve, rate);
        expect(falseMatch).toBeLessThanOrEqual(rate);
        const different = distances.filter((_, i) => !same[i]);
        expect(different.filter((distance) => distance <= threshold).length / different.length).toBeCloseTo(
          falseMatch,
          12,
        );
        const next = curve.thresholds.find((value) => value > threshold);
        if (next === undefined) return;
        expect(different.filter((distance) => distance <= next).length / different.length).toBeGreaterThan(rate);
      }),
    );
  });

  test("the equal error rate is the same with the roles of errors exchanged", () => {
    fc.assert(
      fc.property(pairs, ({ distances, same }) => {
        const mirrored = rocCurve(
          distances.map((distance) => -distance),
          same.map((yes) => 1 - yes),
        );
        expect(equalErrorRate(rocCurve(distances, same))).toBeCloseTo(equalErrorRate(mirrored), 10);
      }),
    );
  });

  test("a pair that could not be measured is accepted last", () => {
    const { thresholds, trueMatch } = rocCurve([Number.NaN, 0.2, 0.1], [1, 1, 0]);
    expect([...thresholds].at(-1)).toBe(Number.POSITIVE_INFINITY);
    expect(trueMatch.at(-2)).toBe(0.5);
  });

  test("pairs of one kind only, and rates that are none, are named", () => {
    expect(() => rocCurve([1, 2], [1, 1])).toThrow("2 same and 0 different pairs");
    expect(() => operatingPoint(example, 2)).toThrow("false match rate from 0 to 1");
  });
});

describe("foldAccuracy", () => {
  test("of the documented example: no fold helps to choose its own threshold", () => {
    const { mean, folds, standardError } = foldAccuracy([0.1, 0.9, 0.2, 0.3], [1, 0, 1, 0], [0, 0, 1, 1]);
    expect(folds.map(({ threshold }) => threshold)).toEqual([0.25, 0.5]);
    expect(folds.map(({ accuracy }) => accuracy)).toEqual([1, 0.5]);
    expect(mean).toBe(0.75);
    expect(standardError).toBeCloseTo(0.25, 12);
  });

  test("each threshold is as good on the other folds as the best that exists", () => {
    fc.assert(
      fc.property(pairs, ({ distances, same }) => {
        const fold = same.map((_, i) => i % 2);
        for (const { fold: own, threshold } of foldAccuracy(distances, same, fold).folds) {
          const score = (at: number) =>
            distances.filter((distance, i) => fold[i] !== own && distance <= at === Boolean(same[i])).length;
          const candidates = [-1, ...distances];
          expect(score(threshold)).toBe(Math.max(...candidates.map(score)));
        }
      }),
    );
  });

  test("one fold is refused", () => {
    expect(() => foldAccuracy([1, 2], [0, 1], [0, 0])).toThrow("two folds or more");
  });
});

test("distances of pairs equal plain loops", () => {
  const rows = { data: Float32Array.of(1, 2, 0, 3, -1, 1, 2, 2, 5), dimension: 3 };
  for (const distance of ["cosine", "euclidean", "dot", "snr"] as const) {
    const [value] = pairDistances(rows, [0], [2], distance);
    expect(value).toBeCloseTo(rowDistanceOracles[distance](rows.data.subarray(0, 3), rows.data.subarray(6, 9)), 10);
  }
  expect(() => pairDistances(rows, [0], [3])).toThrow("pair 0 of 0 and 3");
});
