import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/rng/index.js";
import {
  benjaminiHochberg,
  cliffsDelta,
  compareRanks,
  holm,
  midranks,
  pairedTTest,
  signedRankTest,
  signFlipTest,
  standardizedDifference,
} from "../../src/stats/index.js";

/** Hamilton's depression scores and Darwin's plants, the differences of scipy's own examples. */
const depression = [0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01];
const plants = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75];

const whole = fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 1, maxLength: 9 });

/** Every sign pattern of some values. */
function* flips(values: readonly number[]): Generator<number[]> {
  for (let pattern = 0; pattern < 2 ** values.length; pattern++)
    yield values.map((value, at) => ((pattern >> at) & 1 ? -value : value));
}

describe("sign flips", () => {
  test("scipy's exact permutation p", () => {
    const random = new Random(0);
    expect(signFlipTest(depression, { random })).toEqual({ pValue: 0.02734375, exact: true });
    expect(signFlipTest(plants, { random, permutations: 2 ** 15 }).pValue).toBeCloseTo(0.05267333984375, 12);
  });

  test("counts every pattern once", () => {
    fc.assert(
      fc.property(whole, (values) => {
        const sums = [...flips(values)].map((list) => Math.abs(list.reduce((a, b) => a + b, 0)));
        const observed = Math.abs(values.reduce((a, b) => a + b, 0));
        const share = sums.filter((sum) => sum >= observed).length / sums.length;
        expect(signFlipTest(values, { random: new Random(0) }).pValue).toBeCloseTo(share, 12);
      }),
    );
  });

  test("drawn patterns come near all of them; clusters flip as one", () => {
    const random = new Random(4);
    const drawn = signFlipTest(plants, { random, permutations: 20_000 });
    expect(drawn.exact).toBe(false);
    expect(drawn.pValue).toBeCloseTo(0.0527, 2);
    expect(signFlipTest([1, 2, 3, 4], { random, clusters: [7, 7, 8, 8] }).pValue).toBe(0.5);
  });

  test("no difference is no evidence", () => {
    expect(signFlipTest([0, 0, 0], { random: new Random(0) }).pValue).toBe(1);
  });

  test("claims a difference that is not there as rarely as promised", () => {
    const random = new Random(9);
    let claimed = 0;
    for (let at = 0; at < 500; at++) {
      const noise = Float64Array.from({ length: 20 }, () => random.normal());
      if (signFlipTest(noise, { random, permutations: 199 }).pValue <= 0.1) claimed++;
    }
    expect(claimed / 500).toBeGreaterThan(0.06);
    expect(claimed / 500).toBeLessThan(0.14);
  });
});

describe("signed ranks", () => {
  test("scipy's exact p and statistic", () => {
    expect(signedRankTest(depression)).toMatchObject({ pValue: 0.0390625, exact: true, positiveRanks: 40, pairs: 9 });
    expect(signedRankTest(plants).pValue).toBeCloseTo(0.041259765625, 12);
  });

  test("is exact with ties and zeros too", () => {
    fc.assert(
      fc.property(whole, (values) => {
        const moved = values.filter((value) => value !== 0);
        const ranks = midranks(moved.map(Math.abs));
        const positive = (list: readonly number[]) =>
          list.reduce((sum, value, at) => sum + (value > 0 ? ranks[at]! : 0), 0);
        const all = ranks.reduce((a, b) => a + b, 0);
        const smaller = Math.min(positive(moved), all - positive(moved));
        const patterns = [...flips(moved)].map(positive);
        const tail = patterns.filter((sum) => sum <= smaller).length / patterns.length;
        expect(signedRankTest(values).pValue).toBeCloseTo(Math.min(1, 2 * tail), 12);
      }),
    );
  });

  test("goes over into the normal approximation without a step", () => {
    const values = Array.from({ length: 200 }, (_, at) => (at % 9 < 4 ? -1 : 1) * (1 + ((at * 37) % 201)));
    const [exact, normal] = [signedRankTest(values), signedRankTest([...values, 0.1])];
    expect([exact.exact, normal.exact]).toEqual([true, false]);
    expect(Math.abs(exact.pValue - normal.pValue)).toBeLessThan(0.01);
  });

  test("effect is the share of rank for less the share against", () => {
    expect(signedRankTest([3, 2, -1]).effect).toBeCloseTo((5 - 1) / 6, 12);
    expect(signedRankTest([0, 0])).toMatchObject({ pValue: 1, effect: 0, pairs: 0 });
  });
});

test("paired t: scipy's p; no spread is no or full evidence", () => {
  const { t, pValue, degrees } = pairedTTest(depression);
  expect([t, pValue, degrees]).toEqual([expect.closeTo(3.0353754156, 9), expect.closeTo(0.0161766274, 9), 8]);
  expect(pairedTTest([0, 0]).pValue).toBe(1);
  expect(pairedTTest([1, 1, 1]).pValue).toBe(0);
});

describe("many comparisons", () => {
  test("by hand", () => {
    const pValues = [0.01, 0.04, 0.03, 0.005];
    expect([...holm(pValues)]).toEqual([0.03, 0.06, 0.06, 0.02].map((p) => expect.closeTo(p, 12)));
    expect([...benjaminiHochberg(pValues)]).toEqual([0.02, 0.04, 0.04, 0.02].map((p) => expect.closeTo(p, 12)));
  });

  test("raw <= Benjamini-Hochberg <= Holm <= Bonferroni, in the same order", () => {
    const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
    fc.assert(
      fc.property(shares, (pValues) => {
        const [weak, strong] = [benjaminiHochberg(pValues), holm(pValues)];
        pValues.forEach((p, at) => {
          expect(weak[at]!).toBeGreaterThanOrEqual(p);
          expect(strong[at]!).toBeGreaterThanOrEqual(weak[at]! - 1e-12);
          expect(strong[at]!).toBeLessThanOrEqual(Math.min(1, p * pValues.length) + 1e-12);
          pValues.forEach((q, other) => {
            if (p <= q) expect(strong[at]!).toBeLessThanOrEqual(strong[other]!);
          });
        });
      }),
    );
  });

  test("Holm keeps the chance of any false claim", () => {
    const random = new Random(6);
    let wrong = 0;
    for (let at = 0; at < 2000; at++) {
      if (holm(Array.from({ length: 10 }, () => random.uniform())).some((p) => p <= 0.05)) wrong++;
    }
    expect(wrong / 2000).toBeGreaterThan(0.03);
    expect(wrong / 2000).toBeLessThan(0.065);
  });

  test("what is no probability is refused", () => {
    expect(() => holm([0.1, 1.1])).toThrow(/p-values from 0 to 1, received 1\.1/);
  });
});

describe("ranks", () => {
  const scores = [
    [0.763, 0.768, 0.771, 0.798],
    [0.599, 0.591, 0.59, 0.569],
    [0.954, 0.971, 0.968, 0.967],
    [0.628, 0.661, 0.654, 0.657],
    [0.882, 0.888, 0.886, 0.898],
    [0.936, 0.931, 0.916, 0.931],
    [0.661, 0.668, 0.609, 0.685],
    [0.583, 0.583, 0.563, 0.625],
    [0.775, 0.838, 0.866, 0.875],
    [1, 1, 1, 1],
    [0.94, 0.962, 0.965, 0.962],
    [0.619, 0.666, 0.614, 0.669],
    [0.972, 0.981, 0.975, 0.975],
    [0.957, 0.978, 0.946, 0.97],
  ];

  test("scipy's Friedman test, Demsar's critical difference (JMLR 2006, section 3.2)", () => {
    const { averageRanks, chiSquared, pValue, pValueF, criticalDifference } = compareRanks(scores);
    expect([...averageRanks]).toEqual([3.14285714, 2, 2.92857143, 1.92857143].map((rank) => expect.closeTo(rank, 8)));
    expect(chiSquared).toBeCloseTo(10.952380952380956, 10);
    expect(pValue).toBeCloseTo(0.011986176325417788, 10);
    expect(pValueF).toBeLessThan(pValue);
    expect(criticalDifference).toBeCloseTo(2.569 * Math.sqrt((4 * 5) / (6 * 14)), 3);
  });

  test("full agreement of several blocks is all evidence, one block is none", () => {
    expect(
      compareRanks([
        [1, 2, 3],
        [4, 5, 6],
        [0, 1, 2],
      ]).pValueF,
    ).toBe(0);
    expect(compareRanks([[1, 2, 3]]).pValueF).toBe(1);
  });

  test("equal methods: one rank, no evidence", () => {
    expect(compareRanks([[1, 1, 1]])).toMatchObject({
      averageRanks: Float64Array.of(2, 2, 2),
      chiSquared: 0,
      pValue: 1,
    });
  });

  test("blocks must hold the same methods", () => {
    expect(() =>
      compareRanks([
        [1, 2],
        [1, 2, 3],
      ]),
    ).toThrow(/2 methods in each block, received 3/);
    expect(() => compareRanks([])).toThrow(/two or more methods/);
  });
});

describe("effect sizes", () => {
  test("by hand", () => {
    expect(standardizedDifference([1, 2, 3])).toBeCloseTo((1 - 3 / 7) * 2, 12);
    expect(standardizedDifference([0, 0])).toBe(0);
    expect(cliffsDelta([1, 2, 3], [2, 2])).toBeCloseTo((2 - 2) / 6, 12);
  });

  test("Cliff's delta counts all pairs and turns with its arguments", () => {
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        const pairs = a.flatMap((x) => b.map((y) => Math.sign(x - y)));
        expect(cliffsDelta(a, b)).toBeCloseTo(pairs.reduce<number>((x, y) => x + y, 0) / pairs.length, 12);
        expect(cliffsDelta(b, a)).toBeCloseTo(-cliffsDelta(a, b), 12);
      }),
    );
  });
});
