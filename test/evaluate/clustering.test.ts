import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  adjustedMutualInformation,
  adjustedRandIndex,
  completeness,
  contingency,
  fowlkesMallows,
  homogeneity,
  normalizedMutualInformation,
  pairCounts,
  pairF1,
  purity,
  randIndex,
} from "../../src/evaluate/index.js";

const table = (labels: number[], clusters: number[]) => contingency(Int32Array.from(labels), Int32Array.from(clusters));
const documented = table([0, 0, 1, 1], [0, 0, 0, 1]);

const indices = {
  "normalised mutual information": normalizedMutualInformation,
  "adjusted mutual information": adjustedMutualInformation,
  "pair F1": (counted: ReturnType<typeof table>) => pairF1(pairCounts(counted)),
  "Rand index": (counted: ReturnType<typeof table>) => randIndex(pairCounts(counted)),
  "adjusted Rand index": (counted: ReturnType<typeof table>) => adjustedRandIndex(pairCounts(counted)),
  "Fowlkes-Mallows index": (counted: ReturnType<typeof table>) => fowlkesMallows(pairCounts(counted)),
};

describe("the worked numbers of the documentation", () => {
  it("agree", () => {
    expect(normalizedMutualInformation(documented)).toBeCloseTo(0.34371, 5);
    expect(adjustedMutualInformation(documented)).toBeCloseTo(0, 10);
    expect(pairCounts(documented)).toEqual({ truePositive: 1, falsePositive: 2, falseNegative: 1, trueNegative: 2 });
    expect(pairF1(pairCounts(documented))).toBeCloseTo(0.4, 12);
    expect(randIndex(pairCounts(documented))).toBe(0.5);
    expect(adjustedRandIndex(pairCounts(documented))).toBe(0);
    expect(fowlkesMallows(pairCounts(documented))).toBeCloseTo(0.40825, 5);
    expect(purity(documented)).toBe(0.75);
  });
});

const partitions = fc
  .integer({ min: 2, max: 14 })
  .chain((n) => fc.tuple(...[4, 5].map((most) => fc.array(fc.nat(most), { minLength: n, maxLength: n }))));

describe.each(Object.entries(indices))("%s", (_, index) => {
  it("is 1 for equal partitions under any names, also when nothing or everything is together", () => {
    expect(index(table([0, 0, 1, 2], [5, 5, 9, 1]))).toBeCloseTo(1, 12);
    expect(index(table([0, 1, 2], [2, 1, 0]))).toBeCloseTo(1, 12);
    expect(index(table([4, 4, 4], [0, 0, 0]))).toBeCloseTo(1, 12);
  });

  it("is symmetric, at most 1, and blind to the names of classes and clusters", () => {
    fc.assert(
      fc.property(partitions, ([labels = [], clusters = []]) => {
        const value = index(table(labels, clusters));
        expect(value).toBeLessThanOrEqual(1 + 1e-9);
        expect(index(table(clusters, labels))).toBeCloseTo(value, 9);
        expect(
          index(
            table(
              labels.map((label) => 90 - 11 * label),
              clusters,
            ),
          ),
        ).toBeCloseTo(value, 9);
      }),
    );
  });
});

it("homogeneity and completeness exchange roles when classes and clusters do", () => {
  fc.assert(
    fc.property(partitions, ([labels = [], clusters = []]) => {
      expect(homogeneity(table(labels, clusters))).toBeCloseTo(completeness(table(clusters, labels)), 9);
    }),
  );
});

it("handles thousands of classes and clusters", () => {
  const classes = Array.from({ length: 20_000 }, (_, at) => at >> 1);
  const shifted = classes.map((_, at) => (at + 1) >> 1);
  expect(adjustedMutualInformation(table(classes, classes))).toBeCloseTo(1, 9);
  expect(Math.abs(adjustedMutualInformation(table(classes, shifted)))).toBeLessThan(0.01);
});

it("refuses lists of different length", () => {
  expect(() => table([0, 1], [0])).toThrow(/contingency: expected one class and one cluster/);
});
