import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { classBalanced, mPerClass, random, randomPlusPair } from "../../../src/data/samplers/index.js";
import { Random } from "../../../src/rng/index.js";
import { countsOf, labelsOf, runsOf, spread, take } from "./arbitraries.js";

const code = (name: string) => expect.objectContaining({ code: name });
const flat = (batches: readonly Int32Array[]) => batches.flatMap((batch) => [...batch]);

describe("random", () => {
  test("no item twice in a batch, none again before all have come; an epoch sees all", () => {
    fc.assert(
      fc.property(labelsOf({ min: 1, max: 6 }), fc.nat(), fc.integer({ min: 1, max: 42 }), (labels, seed, wish) => {
        const batchSize = Math.min(wish, labels.length);
        const sampler = random().create(labels, batchSize, new Random(seed));
        const batches = take(sampler, 3 * sampler.epochLength);
        for (const batch of batches) expect(new Set(batch).size).toBe(batchSize);
        for (let n = 1; n <= batches.length; n++) {
          expect(spread(flat(batches.slice(0, n)), labels.keys())).toBeLessThanOrEqual(1);
        }
        expect(new Set(flat(batches.slice(0, sampler.epochLength))).size).toBe(labels.length);
      }),
      { numRuns: 50 },
    );
  });

  test("a batch larger than the data is an error", () => {
    expect(() => random().create(Int32Array.of(0, 0, 1), 4, new Random(1))).toThrow(code("too-few-items"));
  });
});

describe("class-balanced", () => {
  test("classes differ in number by at most one, in a batch and over all; so do the items of a class", () => {
    fc.assert(
      fc.property(
        labelsOf({ min: 1, max: 8 }),
        fc.nat(),
        fc.integer({ min: 1, max: 30 }),
        (labels, seed, batchSize) => {
          const batches = take(classBalanced().create(labels, batchSize, new Random(seed)), 8);
          const classes = new Set(labels);
          const labelOf = (item: number) => labels[item]!;
          for (const batch of batches) expect(spread(batch.map(labelOf), classes)).toBeLessThanOrEqual(1);
          const all = flat(batches);
          expect(spread(all.map(labelOf), classes)).toBeLessThanOrEqual(1);
          for (const label of classes) {
            const own = [...labels.keys()].filter((item) => labels[item] === label);
            expect(spread(all, own)).toBeLessThanOrEqual(1);
            for (const batch of batches) expect(spread(batch, own)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("m-per-class", () => {
  test("B/m classes in runs of m; repeats only in small classes; classes and items take turns", () => {
    fc.assert(
      fc.property(
        labelsOf({ min: 2, max: 8 }),
        fc.nat(),
        fc.integer({ min: 1, max: 5 }),
        fc.nat(),
        (labels, seed, m, wish) => {
          const classes = new Set(labels);
          const wanted = 1 + (wish % classes.size);
          const batches = take(mPerClass({ samplesPerClass: m }).create(labels, wanted * m, new Random(seed)), 10);
          const sizes = countsOf(labels);
          for (const batch of batches) {
            const runs = runsOf(batch, m);
            expect(new Set(batch.map((item) => labels[item]!)).size).toBe(wanted);
            for (const run of runs) {
              const label = labels[run[0]!]!;
              expect([...run].every((item) => labels[item] === label)).toBe(true);
              expect(new Set(run).size).toBe(Math.min(m, sizes.get(label)!));
            }
          }
          const all = flat(batches);
          expect(
            spread(
              all.map((item) => labels[item]!),
              classes,
            ),
          ).toBeLessThanOrEqual(m);
          for (const label of classes) {
            expect(
              spread(
                all,
                [...labels.keys()].filter((item) => labels[item] === label),
              ),
            ).toBeLessThanOrEqual(1);
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  test("small classes can be left out", () => {
    const labels = Int32Array.of(0, 1, 1, 2, 2, 2);
    const sampler = mPerClass({ samplesPerClass: 2, smallClasses: "leave-out" }).create(labels, 4, new Random(1));
    expect(new Set(flat(take(sampler, 20)))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(() => mPerClass({ samplesPerClass: 3, smallClasses: "leave-out" }).create(labels, 6, new Random(1))).toThrow(
      code("too-few-classes"),
    );
  });

  test("names the trouble: B not divisible by m, too few classes", () => {
    const labels = Int32Array.of(0, 0, 1, 1);
    expect(() => mPerClass({ samplesPerClass: 2 }).create(labels, 3, new Random(1))).toThrow(
      "sampler m-per-class: expected a batch size that 2 divides (samplesPerClass), received 3",
    );
    expect(() => mPerClass({ samplesPerClass: 2 }).create(labels, 6, new Random(1))).toThrow(
      "sampler m-per-class: expected at least 3 classes for a batch, received 2",
    );
  });
});

describe("random-plus-pair", () => {
  test("different items and a positive pair in every batch, whatever the class sizes", () => {
    const mostlySingle = fc.tuple(
      labelsOf({ min: 1, max: 12 }, { min: 1, max: 1 }),
      labelsOf({ min: 1, max: 2 }, { min: 2, max: 3 }),
    );
    const labelled = fc.oneof(
      labelsOf({ min: 2, max: 9 }).filter((labels) => new Set(labels).size < labels.length),
      mostlySingle.map(([single, several]) => Int32Array.of(...single, ...several.map((label) => label + 1))),
    );
    fc.assert(
      fc.property(labelled, fc.nat(), fc.nat(), (labels, seed, wish) => {
        const batchSize = 2 + (wish % (labels.length - 1));
        for (const batch of take(randomPlusPair().create(labels, batchSize, new Random(seed)), 10)) {
          expect(batch.length).toBe(batchSize);
          expect(new Set(batch).size).toBe(batchSize);
          expect(new Set(batch.map((item) => labels[item]!)).size).toBeLessThan(batchSize);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("the last item is the partner of one of the others", () => {
    const labels = Int32Array.from({ length: 40 }, (_, i) => i >> 2);
    for (const batch of take(randomPlusPair().create(labels, 6, new Random(3)), 20)) {
      expect([...batch.subarray(0, 5)].some((item) => labels[item] === labels[batch[5]!])).toBe(true);
    }
  });

  test("without a class of two items there is an error", () => {
    expect(() => randomPlusPair().create(Int32Array.of(0, 1, 2), 2, new Random(1))).toThrow(code("too-few-items"));
    expect(() => randomPlusPair().create(Int32Array.of(0, 0, 2), 1, new Random(1))).toThrow(code("too-few-items"));
  });
});
