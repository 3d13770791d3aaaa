import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  betaQuantile,
  chiSquaredTail,
  fTail,
  normalCdf,
  normalQuantile,
  normalRangeQuantile,
  studentQuantile,
  studentTwoSided,
} from "../../src/stats/distributions.js";
import { incompleteBeta, logGamma, upperGamma } from "../../src/stats/special-functions.js";

function near(value: number, expected: number, relative = 1e-11) {
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(relative * Math.max(Math.abs(expected), 1e-300));
}

/** Expected values: scipy 1.10.1. */
describe("values of scipy", () => {
  test.each([
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247],
    [3.3, 0.9870985778947343],
    [50, 144.56574394634487],
    [1e5, 1051287.7089736569],
  ])("logGamma(%d)", (x, expected) => near(logGamma(x), expected, 1e-12));

  test.each([
    [-8, 6.22096057427174e-16],
    [-3, 0.0013498980316300933],
    [-1, 0.15865525393145707],
    [0.5, 0.6914624612740131],
    [2.5, 0.9937903346742238],
  ])("normalCdf(%d)", (x, expected) => near(normalCdf(x), expected));

  test.each([
    [1e-10, -6.361340902404056],
    [0.025, -1.9599639845400545],
    [0.3, -0.5244005127080409],
    [0.975, 1.959963984540054],
  ])("normalQuantile(%d)", (p, expected) => near(normalQuantile(p), expected));

  test.each([
    [1.5, 1, 0.1871670418109988],
    [2.776, 4, 0.0250113891599882],
    [3, 30, 0.002694982032825972],
    [12, 7.5, 1.830403227809737e-6],
  ])("Student's t, beyond %d with %d degrees", (t, degrees, tail) => near(studentTwoSided(t, degrees), 2 * tail));

  test.each([
    [1, 12.706204736432095],
    [2, 4.302652729911275],
    [3.7, 2.8675207071912086],
    [4, 2.7764451051977987],
    [100, 1.9839715184496334],
  ])("Student's t, 95 %% with %d degrees", (degrees, t) => near(studentQuantile(0.95, degrees), t, 1e-10));

  test.each([
    [0.1, 1, 0.7518296340458492],
    [5.99, 2, 0.05003662708658629],
    [30, 10, 0.000856641210775301],
    [0.5, 12, 0.9999997261864366],
  ])("chi-squared beyond %d, %d degrees", (x, degrees, tail) => near(chiSquaredTail(x, degrees), tail));

  test.each([
    [1, 2, 3, 0.46475800154489],
    [4.5, 3, 27, 0.010990462542548473],
    [0.2, 5, 9, 0.9544516850435978],
  ])("F beyond %d, degrees %d and %d", (x, a, b, tail) => near(fTail(x, a, b), tail));

  test.each([
    [0.025, 3, 8, 0.06673951117773447],
    [0.975, 0.5, 0.5, 0.9984586668665639],
    [0.5, 200, 300, 0.3998665627141165],
  ])("quantile %d of beta(%d, %d)", (p, a, b, x) => near(betaQuantile(p, a, b), x));

  test.each([
    [2, 1.9599639845400534],
    [3, 2.343700586378409],
    [5, 2.7277743708703763],
    [20, 3.5437991315177815],
  ])("studentized range of %d groups, 95 %%", (groups, q) =>
    near(normalRangeQuantile(0.95, groups) / Math.SQRT2, q, 1e-7));
});

const positive = fc.double({ min: 0.05, max: 80, noNaN: true });

test("Student's quantiles of closed form", () => {
  near(studentQuantile(0.95, 1), Math.tan(0.475 * Math.PI), 1e-13);
  near(studentQuantile(0.95, 2), 0.95 * Math.sqrt(2 / (1 - 0.95 ** 2)), 1e-13);
});

test("identities: recurrences of the gamma function, symmetry of the beta, quantiles undo distributions", () => {
  fc.assert(
    fc.property(positive, positive, fc.double({ min: 0.001, max: 0.999, noNaN: true }), (a, b, p) => {
      expect(logGamma(a + 1)).toBeCloseTo(logGamma(a) + Math.log(a), 9);
      const step = Math.exp(a * Math.log(b) - b - logGamma(a + 1));
      expect(upperGamma(a + 1, b)).toBeCloseTo(upperGamma(a, b) + step, 10);
      expect(incompleteBeta(a, b, p)).toBeCloseTo(1 - incompleteBeta(b, a, 1 - p), 10);
      // Where nearly all weight is at 1, the doubles below 1 are too few to tell quantiles apart.
      if (b > 0.5) expect(incompleteBeta(a, b, betaQuantile(p, a, b))).toBeCloseTo(p, 9);
      expect(normalCdf(normalQuantile(p))).toBeCloseTo(p, 12);
      expect(studentTwoSided(studentQuantile(p, a), a)).toBeCloseTo(1 - p, 9);
    }),
  );
});
