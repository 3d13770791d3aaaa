import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SamplerSources, samplers } from "../../../src/data/samplers/index.js";
import { Random } from "../../../src/rng/index.js";
import { filledBank, labelsOf, take } from "./arbitraries.js";

/** Options small enough for the data of these laws. */
const settings: Record<string, Record<string, unknown>> = {
  "m-per-class": { samplesPerClass: 2 },
  hierarchical: { samplesPerClass: 3 },
  "category-pairs": { batchesPerPair: 2 },
  "fixed-triplets": { count: 20 },
  "distance-distribution": { samplesPerClass: 2, candidates: 3, pool: 10 },
  frechet: { samplesPerClass: 3, candidates: 3, pool: 10 },
  "greedy-coreset": { samplesPerClass: 3, pool: 10 },
  "nearest-classes": { samplesPerClass: 2, neighbours: 1 },
};

const batchSize = 6;

function sourcesFor(labels: Int32Array, seed: number): SamplerSources {
  return { groups: labels.map((label) => (label > 3 ? 1 : 0)), bank: filledBank(labels, 3, seed) };
}

// Classes -2, 1, 4, 7, ... of three to seven items: both super-classes have six items.
const labelsArbitrary = labelsOf({ min: 4, max: 8 }, { min: 3, max: 7 });

describe.each(samplers.names)("%s", (name) => {
  const make = (labels: Int32Array, seed: number, sources = sourcesFor(labels, seed)) =>
    samplers.create(name, settings[name]).create(labels, batchSize, new Random(seed), sources);

  test("every batch is full, of items that exist, and the same for the same seed", () => {
    fc.assert(
      fc.property(labelsArbitrary, fc.nat(), (labels, seed) => {
        const sampler = make(labels, seed);
        expect(sampler.epochLength).toBeGreaterThanOrEqual(1);
        expect(Number.isInteger(sampler.epochLength)).toBe(true);
        const batches = take(sampler, 12);
        for (const batch of batches) {
          expect(batch.length).toBe(batchSize);
          for (const item of batch) expect(item >= 0 && item < labels.length).toBe(true);
        }
        expect(take(make(labels, seed), 12)).toEqual(batches);
      }),
      { numRuns: 30 },
    );
  });

  test("goes on bit for bit from a state that went through JSON, in itself and in a new sampler", () => {
    fc.assert(
      fc.property(labelsArbitrary, fc.nat(), fc.integer({ min: 0, max: 15 }), (labels, seed, before) => {
        const sampler = make(labels, seed);
        take(sampler, before);
        const state: unknown = JSON.parse(JSON.stringify(sampler.state()));
        const expected = take(sampler, 9);
        const fresh = make(labels, seed);
        fresh.restore(state);
        expect(take(fresh, 9)).toEqual(expected);
        sampler.restore(state);
        expect(take(sampler, 9)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test("does not advance the random numbers it was made with, and depends on them", () => {
    const labels = Int32Array.from({ length: 60 }, (_, i) => i % 8);
    const sources = { groups: labels.map((label) => label & 1), bank: filledBank(labels, 3, 1) };
    const random = new Random(5);
    const before = random.state();
    const sampler = samplers.create(name, settings[name]).create(labels, batchSize, random, sources);
    const batches = take(sampler, 5);
    expect(random.state()).toEqual(before);
    expect(take(make(labels, 6, sources), 5)).not.toEqual(batches);
  });

  test("refuses states of something else", () => {
    const labels = Int32Array.from({ length: 60 }, (_, i) => i % 8);
    const sources = { groups: labels.map((label) => label & 1), bank: filledBank(labels, 3, 1) };
    const sampler = make(labels, 1, sources);
    const state = sampler.state() as Record<string, unknown>;
    const broken = [
      null,
      {},
      { ...state, items: 59 },
      { ...state, sampler: "x" },
      { ...state, parts: {} },
      { ...state, batchSize: 3 },
    ];
    for (const wrong of broken) {
      expect(() => make(labels, 1, sources).restore(wrong)).toThrow(expect.objectContaining({ code: "invalid-state" }));
    }
  });

  test("has a summary, a guarantee, and a description of every option", () => {
    const entry = samplers.entry(name);
    expect(entry.summary.length).toBeGreaterThan(10);
    expect(entry.guarantee.length).toBeGreaterThan(10);
    for (const option of Object.values(entry.options.shape)) expect(option.description).toBeTruthy();
  });

  test("says what is wrong with a batch size or with missing sources", () => {
    const labels = Int32Array.from({ length: 60 }, (_, i) => i % 8);
    const sources = { groups: labels.map((label) => label & 1), bank: filledBank(labels, 3, 1) };
    for (const size of [0, -6, 2.5, Number.NaN]) {
      const factory = samplers.create(name, settings[name]);
      expect(() => factory.create(labels, size, new Random(1), sources)).toThrow(
        expect.objectContaining({ code: "invalid-batch-size", where: `sampler ${name}` }),
      );
    }
    const factory = samplers.create(name, settings[name]);
    if (samplers.entry(name).needs.length > 0) {
      expect(() => factory.create(labels, batchSize, new Random(1))).toThrow(
        expect.objectContaining({ code: "missing-source", where: `sampler ${name}` }),
      );
    } else expect(factory.create(labels, batchSize, new Random(1)).next().length).toBe(batchSize);
  });
});

test("unknown options are named", () => {
  expect(() => samplers.create("m-per-class", { perClass: 3 })).toThrow(
    expect.objectContaining({ code: "invalid-option" }),
  );
});
