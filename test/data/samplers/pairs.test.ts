import fc from "fast-check";
import { expect, test } from "vitest";
import { pairSampler } from "../../../src/data/samplers/index.js";
import { Random } from "../../../src/rng/index.js";

const kinds = fc.uint8Array({ min: 0, max: 1, minLength: 1, maxLength: 30 });

test("batches are whole pairs, half of each kind where there are both, all equally often", () => {
  fc.assert(
    fc.property(kinds, fc.integer({ min: 1, max: 8 }), fc.integer(), (same, half, seed) => {
      const sampler = pairSampler(same, 4 * half, new Random(seed));
      const times = new Int32Array(same.length);
      for (let batch = 0; batch < 6; batch++) {
        const drawn = sampler.next();
        expect(drawn.length).toBe(4 * half);
        const pairs = Array.from({ length: 2 * half }, (_, i) => drawn[2 * i]! / 2);
        pairs.forEach((pair, i) => void expect(drawn[2 * i + 1]).toBe(2 * pair + 1));
        const alike = pairs.filter((pair) => same[pair]).length;
        if (new Set(same).size === 2) expect(alike).toBe(half);
        for (const pair of pairs) times[pair]!++;
      }
      for (const kind of [0, 1]) {
        const own = times.filter((_, pair) => same[pair] === kind);
        if (own.length > 0) expect(Math.max(...own) - Math.min(...own)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test("goes on where its state was taken", () => {
  const make = () => pairSampler(Uint8Array.of(1, 0, 1, 1, 0), 6, new Random(4));
  const [whole, resumed] = [make(), make()];
  whole.next();
  resumed.restore(JSON.parse(JSON.stringify(whole.state())));
  for (let batch = 0; batch < 5; batch++) expect(resumed.next()).toEqual(whole.next());
});

test("an odd batch, and no pairs at all, are errors", () => {
  expect(() => pairSampler(Uint8Array.of(1), 3, new Random(1))).toThrow(/items in a pair/);
  expect(() => pairSampler(new Uint8Array(0), 4, new Random(1))).toThrow(/at least one pair/);
});
