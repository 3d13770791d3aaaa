import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldsByClass, foldsBySample, splitByClass, splitBySample } from "../../../src/data/splits.js";
import { Random } from "../../../src/rng/index.js";

const labelsArbitrary = fc
  .array(fc.integer({ min: -3, max: 12 }), { maxLength: 60 })
  .map((list) => Int32Array.from(list));
const fractionsArbitrary = fc
  .array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 5 })
  .filter((weights) => weights.some((weight) => weight > 0))
  .map((weights) => weights.map((weight) => weight / weights.reduce((sum, w) => sum + w, 0)));

function partition(parts: readonly Int32Array[], total: number): void {
  for (const part of parts) expect([...part]).toEqual([...part].sort((a, b) => a - b));
  expect(parts.flatMap((part) => [...part]).sort((a, b) => a - b)).toEqual([...new Array(total).keys()]);
}

function classesOf(labels: Int32Array, items: Int32Array): Set<number> {
  return new Set(items.map((item) => labels[item]!));
}

describe("splitByClass", () => {
  test("parts are disjoint by class, together everything, sized to within one class, and repeatable", () => {
    fc.assert(
      fc.property(labelsArbitrary, fractionsArbitrary, fc.nat(), fc.boolean(), (labels, fractions, seed, shuffled) => {
        const random = () => (shuffled ? new Random(seed) : undefined);
        const parts = splitByClass(labels, fractions, random());
        partition(parts, labels.length);
        const classes = parts.map((part) => classesOf(labels, part));
        const all = new Set(labels).size;
        expect(classes.reduce((sum, set) => sum + set.size, 0)).toBe(all);
        classes.forEach((set, i) => void expect(Math.abs(set.size - all * fractions[i]!)).toBeLessThan(1));
        expect(splitByClass(labels, fractions, random())).toEqual(parts);
      }),
    );
  });

  test("without randomness the first half of the classes trains and the second tests", () => {
    const labels = Int32Array.of(3, 0, 1, 2, 0, 3);
    expect(splitByClass(labels, [0.5, 0.5])).toEqual([Int32Array.of(1, 2, 4), Int32Array.of(0, 3, 5)]);
  });

  test("another seed gives another split", () => {
    const labels = Int32Array.from({ length: 100 }, (_, i) => i);
    expect(splitByClass(labels, [0.5, 0.5], new Random(1))).not.toEqual(
      splitByClass(labels, [0.5, 0.5], new Random(2)),
    );
  });
});

describe("splitBySample", () => {
  test("every class and the whole are shared to within one item", () => {
    fc.assert(
      fc.property(labelsArbitrary, fractionsArbitrary, fc.nat(), (labels, fractions, seed) => {
        const parts = splitBySample(labels, fractions, new Random(seed));
        partition(parts, labels.length);
        parts.forEach((part, i) => {
          expect(Math.abs(part.length - labels.length * fractions[i]!)).toBeLessThan(1);
          for (const label of new Set(labels)) {
            const count = part.filter((item) => labels[item] === label).length;
            const size = labels.filter((other) => other === label).length;
            expect(Math.abs(count - size * fractions[i]!)).toBeLessThanOrEqual(1);
          }
        });
        expect(splitBySample(labels, fractions, new Random(seed))).toEqual(parts);
      }),
      { numRuns: 300 },
    );
  });

  test("many classes of two items still give the test part its share", () => {
    const labels = Int32Array.from({ length: 200 }, (_, i) => i >> 1);
    expect(splitBySample(labels, [0.85, 0.15], new Random(1)).map((part) => part.length)).toEqual([170, 30]);
  });
});

describe("folds", () => {
  test.each([
    ["class", foldsByClass],
    ["sample", foldsBySample],
  ] as const)("by %s: each item is held out once, and trained on in all other folds", (unit, folds) => {
    fc.assert(
      fc.property(labelsArbitrary, fc.integer({ min: 2, max: 6 }), fc.nat(), (labels, count, seed) => {
        const made = folds(labels, count, new Random(seed));
        expect(made.length).toBe(count);
        partition(
          made.map((fold) => fold.held),
          labels.length,
        );
        for (const { train, held } of made) {
          partition([Int32Array.from([...train, ...held]).sort()], labels.length);
          const shared = [...classesOf(labels, train)].filter((label) => classesOf(labels, held).has(label));
          if (unit === "class") expect(shared).toEqual([]);
        }
      }),
    );
  });

  test("without randomness, folds by class are contiguous quarters", () => {
    const held = foldsByClass(Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7), 4).map((fold) => [...fold.held]);
    expect(held).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ]);
  });
});

test("wrong fractions and fold counts are named", () => {
  const labels = Int32Array.of(0, 1);
  for (const fractions of [[], [0.5], [1.5, -0.5], [Number.NaN, 1]]) {
    expect(() => splitByClass(labels, fractions)).toThrow(expect.objectContaining({ code: "invalid-fractions" }));
    expect(() => splitBySample(labels, fractions, new Random(1))).toThrow(
      expect.objectContaining({ code: "invalid-fractions" }),
    );
  }
  expect(() => foldsByClass(labels, 1)).toThrow(expect.objectContaining({ code: "invalid-folds" }));
  expect(() => foldsBySample(labels, 2.5, new Random(1))).toThrow(expect.objectContaining({ code: "invalid-folds" }));
});
