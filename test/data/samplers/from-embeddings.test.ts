import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClassMeans } from "../../../src/data/samplers/class-means.js";
import { distanceDistributionCost } from "../../../src/data/samplers/distance-distribution.js";
import {
  distanceDistribution,
  EmbeddingBank,
  frechet,
  greedyCoreset,
  mPerClass,
  nearestClasses,
} from "../../../src/data/samplers/index.js";
import { itemsByClass } from "../../../src/data/samplers/items-by-class.js";
import { rowAt } from "../../../src/linalg/rows.js";
import { Random } from "../../../src/rng/index.js";
import { frechetDistance } from "../../../src/stats/frechet.js";
import { countsOf, filledBank, labelsOf, runsOf, take } from "./arbitraries.js";

const code = (name: string) => expect.objectContaining({ code: name });

/** A bank of points on a line. */
function lineBank(points: readonly number[]): EmbeddingBank {
  const bank = new EmbeddingBank(points.length, 1);
  bank.update(Int32Array.from(points.keys()), Float32Array.from(points));
  return bank;
}

describe.each([
  ["distance-distribution", distanceDistribution],
  ["frechet", frechet],
] as const)("%s", (_name, make) => {
  test("one candidate is m-per-class; several still are batches of it", () => {
    fc.assert(
      fc.property(
        labelsOf({ min: 3, max: 6 }, { min: 2, max: 6 }),
        fc.nat(),
        fc.integer({ min: 1, max: 4 }),
        (labels, seed, candidates) => {
          const bank = filledBank(labels, 3, seed);
          const options = { samplesPerClass: 2, candidates, pool: 12 };
          const batches = take(make(options).create(labels, 6, new Random(seed), { bank }), 4);
          const proposed = take(mPerClass({ samplesPerClass: 2 }).create(labels, 6, new Random(seed)), 4 * candidates);
          for (const [i, batch] of batches.entries()) {
            const among = proposed.slice(i * candidates, (i + 1) * candidates).map((proposal) => proposal.join());
            expect(among).toContain(batch.join());
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test("while nothing is known the first candidate is taken", () => {
    const labels = Int32Array.from({ length: 30 }, (_, i) => i % 5);
    const bank = new EmbeddingBank(30, 4);
    const options = { samplesPerClass: 2, candidates: 3 };
    const batches = take(make(options).create(labels, 4, new Random(1), { bank }), 5);
    const proposed = take(mPerClass({ samplesPerClass: 2 }).create(labels, 4, new Random(1)), 15);
    expect(batches).toEqual([0, 3, 6, 9, 12].map((i) => proposed[i]));
  });

  test("keeps the candidate whose cost against the pool is least", () => {
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % 8);
    const bank = filledBank(labels, 4, 3);
    const options = { samplesPerClass: 2, candidates: 6, pool: 40 }; // the pool is everything
    const batches = take(make(options).create(labels, 8, new Random(2), { bank }), 3);
    const proposed = take(mPerClass({ samplesPerClass: 2 }).create(labels, 8, new Random(2)), 18);
    const costs = proposed.map((batch) =>
      make === frechet ? frechetDistance(bank.rows(batch), bank) : distanceDistributionCost()(bank)(bank.rows(batch)),
    );
    for (const [i, batch] of batches.entries()) {
      const own = costs.slice(6 * i, 6 * i + 6);
      expect(Math.max(...own) - Math.min(...own)).toBeGreaterThan(0.01);
      expect(batch).toEqual(proposed[6 * i + own.indexOf(Math.min(...own))]);
    }
  });
});

test("distance-distribution costs, by hand", () => {
  const pool = { data: Float64Array.of(0, 2), dimension: 1 }; // mean 1, deviation 1, distance 2
  const batch = { data: Float64Array.of(1, 5), dimension: 1 }; // mean 3, deviation 2, distance 4
  expect(distanceDistributionCost()(pool)(batch)).toBeCloseTo(2 + 1 + 75 * 2, 10);
  expect(
    distanceDistributionCost({ meanWeight: 3, deviationWeight: 5, distributionWeight: 0 })(pool)(batch),
  ).toBeCloseTo(11, 10);
  expect(distanceDistributionCost()(pool)(pool)).toBe(0);
});

describe("greedy-coreset", () => {
  test("on the line {0, 1, 2, 10} two anchors are the ends wherever they start", () => {
    const bank = lineBank([0, 1, 2, 10]);
    const sampler = greedyCoreset({ samplesPerClass: 1 }).create(Int32Array.of(0, 1, 2, 3), 2, new Random(1), { bank });
    const expected = new Map([
      [0, 3],
      [1, 3],
      [2, 3],
      [3, 0],
    ]);
    const starts = new Set<number>();
    for (const batch of take(sampler, 40)) {
      expect(batch[1]).toBe(expected.get(batch[0]!));
      starts.add(batch[0]!);
    }
    expect(starts.size).toBe(4);
  });

  test("B/m different anchors, each farthest from those before, then others of its class", () => {
    fc.assert(
      fc.property(
        labelsOf({ min: 2, max: 6 }, { min: 2, max: 6 }),
        fc.nat(),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        (labels, seed, m, count) => {
          const bank = filledBank(labels, 2, seed);
          const sampler = greedyCoreset({ samplesPerClass: m }).create(labels, m * count, new Random(seed), { bank });
          const sizes = countsOf(labels);
          for (const batch of take(sampler, 5)) {
            const runs = runsOf(batch, m);
            const anchors = runs.map((run) => run[0]!);
            expect(new Set(anchors).size).toBe(count);
            for (const run of runs) expect(new Set(run.map((item) => labels[item]!)).size).toBe(1);
            for (const [label, drawn] of countsOf(batch.map((item) => labels[item]!))) {
              const own = batch.filter((item) => labels[item] === label);
              expect(new Set(own).size).toBe(Math.min(drawn, sizes.get(label)!));
            }
            for (let step = 1; step < count; step++) {
              const gap = (item: number) =>
                Math.min(...anchors.slice(0, step).map((anchor) => euclidean(bank, item, anchor)));
              expect(gap(anchors[step]!)).toBeCloseTo(Math.max(...[...labels.keys()].map(gap)), 5);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test("looks at unknown items first, so that a bank fills itself", () => {
    const labels = Int32Array.from({ length: 20 }, (_, i) => i % 10);
    const bank = new EmbeddingBank(20, 1);
    const sampler = greedyCoreset({ samplesPerClass: 1 }).create(labels, 5, new Random(1), { bank });
    const seen = new Set<number>();
    for (let i = 0; i < 4; i++) {
      const batch = sampler.next();
      bank.update(batch, Float32Array.from(batch));
      for (const item of batch) seen.add(item);
    }
    expect(seen.size).toBe(20);
  });

  test("a pool smaller than the anchors is an error", () => {
    const labels = Int32Array.from({ length: 20 }, (_, i) => i % 10);
    const make = () =>
      greedyCoreset({ samplesPerClass: 2, pool: 3 }).create(labels, 8, new Random(1), {
        bank: new EmbeddingBank(20, 1),
      });
    expect(make).toThrow(code("too-few-items"));
  });
});

function euclidean(bank: EmbeddingBank, a: number, b: number): number {
  const [left, right] = [rowAt(bank, a), rowAt(bank, b)];
  return Math.hypot(...left.map((x, d) => x - right[d]!));
}

describe("nearest-classes", () => {
  /** Six classes of three items on a circle, in pairs of neighbours: 0-1, 2-3, 4-5. */
  const labels = Int32Array.from({ length: 18 }, (_, i) => i % 6);
  const angles = [0, 10, 120, 130, 240, 250].map((degrees) => (degrees * Math.PI) / 180);

  function circleBank(): EmbeddingBank {
    const bank = new EmbeddingBank(18, 2);
    const rows = [...labels].flatMap((label) => [Math.cos(angles[label]!), Math.sin(angles[label]!)]);
    bank.update(Int32Array.from(labels.keys()), Float32Array.from(rows));
    return bank;
  }

  test("cold: the very nearest class of each seed", () => {
    const options = { samplesPerClass: 2, neighbours: 1, temperature: 0 };
    const sampler = nearestClasses(options).create(labels, 4, new Random(1), { bank: circleBank() });
    for (const batch of take(sampler, 20)) {
      const [seed, neighbour] = runsOf(batch, 2).map((run) => labels[run[0]!]!) as [number, number];
      expect(neighbour).toBe(seed ^ 1);
    }
  });

  test("from given signatures instead of the bank, read anew each time", () => {
    let data = Float32Array.of(1, 0, 1, 0.1, -1, 0);
    const three = Int32Array.of(5, 5, 7, 7, 9, 9);
    const options = { samplesPerClass: 2, neighbours: 1, temperature: 0 };
    const sampler = nearestClasses(options).create(three, 4, new Random(1), {
      signatures: () => ({ data, dimension: 2 }),
    });
    const pairs = () => new Set(take(sampler, 9).map((batch) => `${three[batch[0]!]}-${three[batch[2]!]}`));
    expect(pairs()).toEqual(new Set(["5-7", "7-5", "9-7"]));
    data = Float32Array.of(1, 0, -1, 0, 1, 0.1);
    expect(pairs()).toEqual(new Set(["5-9", "7-9", "9-5"]));
  });

  test("warm: near classes more often, far ones now and then", () => {
    const options = { samplesPerClass: 1, neighbours: 1, temperature: 0.5 };
    const sampler = nearestClasses(options).create(labels, 2, new Random(1), { bank: circleBank() });
    const near = take(sampler, 2000).filter((batch) => labels[batch[0]!]! === (labels[batch[1]!]! ^ 1)).length;
    const weights = [10, 120, 130, 240, 250].map((degrees) => Math.exp(Math.cos((degrees * Math.PI) / 180) / 0.5));
    const expected = 2000 * (weights[0]! / weights.reduce((sum, w) => sum + w, 0));
    expect(Math.abs(near - expected)).toBeLessThan(80);
  });

  test("B/m different classes, m each, also while nothing is known", () => {
    fc.assert(
      fc.property(
        labelsOf({ min: 2, max: 10 }),
        fc.nat(),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        fc.boolean(),
        (own, seed, neighbours, wish, filled) => {
          const count = 1 + (wish % new Set(own).size);
          const bank = filled ? filledBank(own, 3, seed) : new EmbeddingBank(own.length, 3);
          const sampler = nearestClasses({ samplesPerClass: 2, neighbours }).create(own, 2 * count, new Random(seed), {
            bank,
          });
          for (const batch of take(sampler, 5)) {
            const counts = countsOf(batch.map((item) => own[item]!));
            expect(counts.size).toBe(count);
            expect([...counts.values()].every((n) => n === 2)).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("EmbeddingBank and ClassMeans", () => {
  test("means follow the bank and do not depend on the order of updates", () => {
    fc.assert(
      fc.property(
        labelsOf({ min: 1, max: 5 }),
        fc.array(fc.tuple(fc.nat(), fc.float({ noNaN: true, min: -9, max: 9 }))),
        (labels, updates) => {
          const classes = itemsByClass(labels);
          const bank = new EmbeddingBank(labels.length, 1);
          const means = new ClassMeans(bank, classes);
          for (const [item, value] of updates) {
            bank.update(Int32Array.of(item % labels.length), Float32Array.of(value));
            means.rows();
          }
          const restored = new EmbeddingBank(labels.length, 1);
          const late = new ClassMeans(restored, classes);
          late.rows();
          restored.restore(bank.vectors, bank.known);
          expect(late.rows()).toEqual(means.rows());
          for (const [index, items] of classes.entries()) {
            const known = [...bank.knownOf(items)].map((item) => bank.vectors[item]!);
            const mean = known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
            expect(means.rows().data[index]).toBeCloseTo(mean, 5);
          }
        },
      ),
    );
  });

  test("wrong indices, sizes and banks are errors", () => {
    const bank = new EmbeddingBank(2, 3);
    expect(() => bank.update(Int32Array.of(2), new Float32Array(3))).toThrow(code("embedding-bank"));
    expect(() => bank.update(Int32Array.of(-1), new Float32Array(3))).toThrow(code("embedding-bank"));
    expect(() => bank.update(Int32Array.of(0), new Float32Array(2))).toThrow(code("embedding-bank"));
    expect(() => bank.restore(new Float32Array(6), new Uint8Array(3))).toThrow(code("embedding-bank"));
    expect(() => frechet().create(Int32Array.of(0, 0, 1), 4, new Random(1), { bank })).toThrow(code("embedding-bank"));
  });
});
