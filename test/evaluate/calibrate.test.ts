import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { calibrateThreshold } from "../../src/evaluate/index.js";
import { Random } from "../../src/rng/index.js";

const NOISE = 0.5;
const DIMENSION = 2;

/** Classes around centres of a normal distribution, their items around them. */
function population(classes: number, each: number, random: Random) {
  const data: number[] = [];
  for (let c = 0; c < classes; c++) {
    const centre = Array.from({ length: DIMENSION }, () => random.normal());
    for (let i = 0; i < each; i++) data.push(...centre.map((x) => x + NOISE * random.normal()));
  }
  const labels = Int32Array.from({ length: classes * each }, (_, i) => Math.floor(i / each));
  return { rows: { data: Float32Array.from(data), dimension: DIMENSION }, labels };
}

describe("calibrateThreshold", () => {
  test("keeps the wanted rate as closely as the pairs allow, against plain counting", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 1000 }),
        fc.double({ min: 0.001, max: 0.9, noNaN: true }),
        async (seed, rate) => {
          const { rows, labels } = population(6, 3, new Random(seed));
          const found = await calibrateThreshold(rows, labels, {
            falseMatchRate: rate,
            distance: "euclidean",
            resamples: 20,
          });
          const different: number[] = [];
          for (let a = 0; a < labels.length; a++)
            for (let b = 0; b < a; b++)
              if (labels[a] !== labels[b])
                different.push(Math.hypot(...[0, 1].map((d) => rows.data[2 * a + d]! - rows.data[2 * b + d]!)));
          const passing = (threshold: number) => different.filter((distance) => distance <= threshold).length;
          expect(found.differentPairs).toBe(different.length);
          expect(found.falseMatches).toBe(Math.floor(rate * different.length * (1 + 1e-12)));
          // Distances of the search are of single precision.
          expect(passing(found.threshold.value * (1 + 1e-4))).toBeGreaterThanOrEqual(found.falseMatches);
          expect(passing(found.threshold.value * (1 - 1e-4))).toBeLessThanOrEqual(found.falseMatches);
        },
      ),
      { numRuns: 15 },
    );
  });

  test("its interval covers the true threshold about as often as it says", async () => {
    // The squared distance of items of two classes is 2 (1 + NOISE^2) times chi-square of 2 degrees, which is exponential.
    const rate = 0.05;
    const truth = Math.sqrt(2 * (1 + NOISE ** 2) * -2 * Math.log(1 - rate));
    const random = new Random(11);
    const trials = 80;
    let covered = 0;
    for (let trial = 0; trial < trials; trial++) {
      const { rows, labels } = population(40, 3, random);
      const { threshold } = await calibrateThreshold(rows, labels, {
        falseMatchRate: rate,
        distance: "euclidean",
        confidence: 0.9,
        resamples: 200,
        seed: trial,
      });
      if (threshold.low <= truth && truth <= threshold.high) covered++;
    }
    // 72 expected; an interval of pairs taken one by one would cover the truth about half as often.
    expect(covered).toBeGreaterThanOrEqual(62);
    expect(covered).toBeLessThan(trials);
  });

  test("says when the data cannot support the rate", async () => {
    const { rows, labels } = population(30, 4, new Random(5));
    const enough = await calibrateThreshold(rows, labels, {
      falseMatchRate: 0.01,
      resamples: 50,
      distance: "euclidean",
    });
    expect(enough).toMatchObject({ supported: true, reason: "", differentPairs: 6960, samePairs: 180, classes: 30 });
    expect(enough.smallestRate).toBeCloseTo(30 / 6960, 12);
    const small = await calibrateThreshold(rows, labels, {
      falseMatchRate: 1e-5,
      resamples: 50,
      distance: "euclidean",
    });
    expect(small.supported).toBe(false);
    expect(small.reason).toContain("only 0.1 false matches are expected");
    expect(small.falseMatches).toBe(0);
    expect(Number.isFinite(small.threshold.low)).toBe(true);
    const few = population(5, 40, new Random(6));
    const { reason } = await calibrateThreshold(few.rows, few.labels, { falseMatchRate: 0.01, resamples: 50 });
    expect(reason).toBe("5 classes are fewer than 20");
  });

  test("wrong rates, and data without pairs, are named", async () => {
    const { rows, labels } = population(5, 2, new Random(1));
    await expect(calibrateThreshold(rows, labels, { falseMatchRate: 0 })).rejects.toThrow("between 0 and 1");
    const alone = labels.map((_, i) => i);
    await expect(calibrateThreshold(rows, alone, { falseMatchRate: 0.1 })).rejects.toThrow("0 same and 45 different");
  });
});
