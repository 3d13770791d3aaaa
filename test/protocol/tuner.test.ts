import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectedImprovement, gaussianProcess, propose, type Tried } from "../../src/protocol/index.js";
import { pointOf, settingsAt, withSettings } from "../../src/protocol/space.js";
import { between, type SearchSpace, scaled, whole } from "../../src/registry/index.js";
import { Random } from "../../src/rng/index.js";

const space: SearchSpace = {
  "optimizer.learningRate": scaled(1e-4, 1e-1),
  "loss.margin": between(0, 2),
  "loss.bins": whole(4, 64),
  miner: { choices: ["none", "semi-hard"] },
};

describe("the space", () => {
  test("settings stay within their ranges, and lie where they were drawn", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }), (point) => {
        const settings = settingsAt(space, point);
        expect(settings["optimizer.learningRate"]).toBeGreaterThanOrEqual(0.9999e-4);
        expect(settings["optimizer.learningRate"]).toBeLessThanOrEqual(1.0001e-1);
        expect(Number.isInteger(settings["loss.bins"])).toBe(true);
        const again = pointOf(space, settings);
        expect(Math.abs(again[0]! - point[0]!)).toBeLessThan(1e-3);
        expect(Math.abs(again[1]! - point[1]!)).toBeLessThan(1e-3);
        expect(settingsAt(space, again).miner).toBe(settings.miner);
      }),
    );
  });

  test("a member chosen by name keeps its name when an option is set", () => {
    const options = { loss: "triplet", image: { size: 32 } };
    expect(withSettings(options, { "loss.margin": 0.3, "image.size": 48, "optimizer.learningRate": 1 })).toEqual({
      loss: { name: "triplet", margin: 0.3 },
      image: { size: 48 },
      optimizer: { learningRate: 1 },
    });
    expect(options).toEqual({ loss: "triplet", image: { size: 32 } });
  });
});

describe("the Gaussian process", () => {
  test("passes through noiseless scores and is unsure between them", () => {
    const points = [[0.1], [0.4], [0.9]];
    const predict = gaussianProcess(points, [1, 2, 0]);
    expect(predict([0.4]).mean).toBeCloseTo(2, 1);
    expect(predict([0.65]).deviation).toBeGreaterThan(3 * predict([0.4]).deviation);
  });

  test("improvement expected of a normal score is that of its integral", () => {
    const [mean, deviation, best] = [0.2, 0.5, 0.3];
    let total = 0;
    const n = 200_000;
    for (let i = 0; i < n; i++) {
      const z = -8 + (16 * (i + 0.5)) / n;
      const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
      total += (Math.max(0, mean + deviation * z - best) * density * 16) / n;
    }
    expect(expectedImprovement({ mean, deviation }, best)).toBeCloseTo(total, 5);
  });
});

/** A search of `trials` settings of two numbers, whose score is highest at (0.7, 0.2). */
function search(kind: "bayesian" | "random", seed: number, trials = 25): number {
  const plane: SearchSpace = { a: between(0, 1), b: between(0, 1) };
  const tried: Tried[] = [];
  const score = ({ a, b }: { a: number; b: number }) => Math.exp(-8 * ((a - 0.7) ** 2 + (b - 0.2) ** 2));
  for (let number = 0; number < trials; number++) {
    const before = tried.slice(0, number - (number % 5));
    const settings = propose(plane, { a: 0.5, b: 0.9 }, before, number, kind, new Random(seed));
    tried.push({ settings, score: score(settings as { a: number; b: number }) });
  }
  return Math.max(...tried.map((each) => each.score!));
}

test("Bayesian search comes nearer to the best than random search does", () => {
  const seeds = [1, 2, 3, 4, 5, 6];
  const mean = (kind: "bayesian" | "random") => seeds.reduce((sum, seed) => sum + search(kind, seed), 0) / seeds.length;
  const bayesian = mean("bayesian");
  expect(bayesian).toBeGreaterThan(0.98);
  expect(bayesian).toBeGreaterThan(mean("random"));
});

test("the first trial has the defaults; a trial depends on the rounds before and on nothing else", () => {
  const initial = { "optimizer.learningRate": 1e-3, "loss.margin": 1, "loss.bins": 10, miner: "none" };
  const tried: Tried[] = Array.from({ length: 5 }, (_, i) => ({
    settings: propose(space, initial, [], i, "bayesian", new Random(3)),
    score: i === 2 ? null : i / 10,
  }));
  expect(tried[0]!.settings).toEqual(initial);
  const at = (number: number) => propose(space, initial, tried, number, "bayesian", new Random(3));
  expect(at(7)).toEqual(at(7));
  expect(new Set([5, 6, 7, 8, 9].map((number) => JSON.stringify(at(number)))).size).toBe(5);
});
