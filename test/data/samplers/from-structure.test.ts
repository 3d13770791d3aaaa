import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { categoryPairs, fixedTriplets, hierarchical } from "../../../src/data/samplers/index.js";
import { Random } from "../../../src/rng/index.js";
import { countsOf, labelsOf, runsOf, spread, take } from "./arbitraries.js";

const code = (name: string) => expect.objectContaining({ code: name });

describe("fixed-triplets", () => {
  test("valid triplets of one set of `count`, each once an epoch", () => {
    fc.assert(
      fc.property(
        labelsOf({ min: 2, max: 6 }, { min: 1, max: 5 }),
        fc.nat(),
        fc.integer({ min: 2, max: 30 }),
        (labels, seed, count) => {
          fc.pre(new Set(labels).size < labels.length);
          const sampler = fixedTriplets({ count }).create(labels, 6, new Random(seed));
          const epoch = () =>
            take(sampler, count)
              .flatMap((batch) => runsOf(batch, 3))
              .map((triplet) => triplet.join());
          const drawn = epoch(); // two a batch: the whole set twice
          for (const triplet of drawn) {
            const [anchor, positive, negative] = triplet.split(",").map(Number) as [number, number, number];
            expect(anchor).not.toBe(positive);
            expect(labels[anchor]).toBe(labels[positive]);
            expect(labels[anchor]).not.toBe(labels[negative]);
          }
          expect(sampler.epochLength).toBe(Math.ceil(count / 2));
          expect(drawn.slice(0, count).sort()).toEqual(drawn.slice(count).sort());
          expect(new Set(epoch())).toEqual(new Set(drawn));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("draws every valid triplet equally often", () => {
    const labels = Int32Array.of(0, 0, 0, 1);
    const sampler = fixedTriplets({ count: 6000 }).create(labels, 3, new Random(2));
    const counts = countsOf(take(sampler, 6000).map((triplet) => triplet[0]! * 10 + triplet[1]!));
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([1, 2, 10, 12, 20, 21]);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });

  test("takes given triplets and refuses wrong ones", () => {
    const labels = Int32Array.of(0, 0, 1, 1);
    const sampler = fixedTriplets({
      triplets: [
        [0, 1, 2],
        [3, 2, 0],
      ],
    }).create(labels, 3, new Random(1));
    expect(new Set(take(sampler, 2).map((batch) => batch.join()))).toEqual(new Set(["0,1,2", "3,2,0"]));
    for (const wrong of [
      [0, 0, 2],
      [0, 2, 1],
      [0, 1, 1],
      [0, 1, 4],
    ] as [number, number, number][]) {
      expect(() => fixedTriplets({ triplets: [wrong] }).create(labels, 3, new Random(1))).toThrow(
        code("invalid-triplet"),
      );
    }
    expect(() => fixedTriplets({ triplets: [[0, 1, 2]] }).create(labels, 6, new Random(1))).toThrow(
      code("too-few-triplets"),
    );
    expect(() => fixedTriplets().create(Int32Array.of(0, 0), 3, new Random(1))).toThrow(code("too-few-classes"));
    expect(() => fixedTriplets().create(Int32Array.of(0, 1), 3, new Random(1))).toThrow(code("too-few-items"));
  });
});

/** Labels with a group each: group = class modulo `groups`, unless items are spread over groups. */
const grouped = fc
  .tuple(labelsOf({ min: 4, max: 12 }, { min: 1, max: 6 }), fc.integer({ min: 2, max: 4 }), fc.boolean())
  .map(([labels, count, spreadItems]) => ({
    labels,
    groups: labels.map((label, item) => (spreadItems ? item % count : (label + 2) % count)),
  }));

describe("hierarchical", () => {
  test("S super-classes, B/S items each, m a class; classes repeat only where there are too few", () => {
    fc.assert(
      fc.property(
        grouped,
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        ({ labels, groups }, seed, m, each) => {
          const superClasses = 2;
          fc.pre(new Set(groups).size >= superClasses);
          const batchSize = superClasses * each * m;
          const sampler = hierarchical({ superClasses, samplesPerClass: m }).create(
            labels,
            batchSize,
            new Random(seed),
            { groups },
          );
          const batches = take(sampler, 8);
          for (const batch of batches) {
            expect(new Set(batch.map((item) => groups[item]!)).size).toBe(superClasses);
            for (const half of runsOf(batch, batchSize / superClasses)) {
              const family = [...labels.keys()].filter((item) => groups[item] === groups[half[0]!]);
              expect([...half].every((item) => groups[item] === groups[half[0]!])).toBe(true);
              for (const run of runsOf(half, m)) expect(new Set(run.map((item) => labels[item]!)).size).toBe(1);
              const classes = new Set(family.map((item) => labels[item]!));
              expect(
                spread(
                  half.map((item) => labels[item]!),
                  classes,
                ),
              ).toBeLessThanOrEqual(m);
              for (const label of classes) {
                expect(
                  spread(
                    half,
                    family.filter((item) => labels[item] === label),
                  ),
                ).toBeLessThanOrEqual(1);
              }
            }
          }
          expect(
            spread(
              batches.flatMap((batch) => [...new Set(batch.map((item) => groups[item]!))]),
              new Set(groups),
            ),
          ).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 80 },
    );
  });

  test("too few super-classes, or a batch they do not divide", () => {
    const labels = Int32Array.of(0, 0, 1, 1);
    const groups = Int32Array.of(0, 0, 0, 0);
    const make = (batchSize: number) =>
      hierarchical({ samplesPerClass: 2 }).create(labels, batchSize, new Random(1), { groups });
    expect(() => make(4)).toThrow(code("too-few-super-classes"));
    expect(() => make(6)).toThrow(code("invalid-batch-size"));
  });
});

describe("category-pairs", () => {
  test("5 (C choose 2) batches an epoch, each pair five times, B/2 different items of each", () => {
    fc.assert(
      fc.property(grouped, fc.nat(), fc.integer({ min: 1, max: 3 }), ({ labels, groups }, seed, half) => {
        const categories = countsOf(groups);
        fc.pre(categories.size >= 2 && [...categories.values()].every((count) => count >= half));
        const sampler = categoryPairs().create(labels, 2 * half, new Random(seed), { groups });
        const pairs = (categories.size * (categories.size - 1)) / 2;
        expect(sampler.epochLength).toBe(5 * pairs);
        for (let epoch = 0; epoch < 2; epoch++) {
          const batches = take(sampler, sampler.epochLength);
          const seen = countsOf(
            batches.map((batch) => {
              const found = runsOf(batch, half).map((run) => {
                expect(new Set(run).size).toBe(half);
                expect(new Set(run.map((item) => groups[item]!)).size).toBe(1);
                return groups[run[0]!]!;
              });
              expect(new Set(found).size).toBe(2);
              return Math.min(...found) * 100 + Math.max(...found);
            }),
          );
          expect(seen.size).toBe(pairs);
          expect([...seen.values()].every((count) => count === 5)).toBe(true);
          // The circle: within an epoch no item of a category comes two times more often than another.
          const all = batches.flatMap((batch) => [...batch]);
          for (const category of categories.keys()) {
            expect(
              spread(
                all,
                [...labels.keys()].filter((item) => groups[item] === category),
              ),
            ).toBeLessThanOrEqual(1);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test("a category's items come class after class", () => {
    const labels = Int32Array.from({ length: 24 }, (_, i) => i % 6);
    const groups = labels.map((label) => label % 2);
    const sampler = categoryPairs().create(labels, 8, new Random(4), { groups });
    const first = take(sampler, 3).map((batch) => batch.filter((item) => groups[item] === 0));
    for (const part of first) expect(new Set(part.map((item) => labels[item]!)).size).toBe(1);
    expect(new Set(first.flatMap((part) => [...part])).size).toBe(12);
  });

  test("samplesPerClass limits a class in the layout of an epoch", () => {
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % 4);
    const groups = labels.map((label) => label % 2);
    const sampler = categoryPairs({ samplesPerClass: 3 }).create(labels, 12, new Random(4), { groups });
    const counts = countsOf(sampler.next().map((item) => labels[item]!));
    expect([...counts.values()]).toEqual([3, 3, 3, 3]);
    expect(() => categoryPairs({ samplesPerClass: 2 }).create(labels, 12, new Random(4), { groups })).toThrow(
      code("too-few-items"),
    );
  });
});
