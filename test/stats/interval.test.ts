import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/rng/index.js";
import {
  bootstrapInterval,
  bootstrapMean,
  clopperPearsonInterval,
  type Estimate,
  mean,
  meanInterval,
  quantile,
  wilsonInterval,
} from "../../src/stats/index.js";

const covers = ({ low, high }: Estimate, truth: number) => low <= truth && truth <= high;

/** How often `interval` covers `truth` in `times` simulated experiments. */
function coverage(times: number, truth: number, interval: (random: Random) => Estimate): number {
  const random = new Random(20);
  let covered = 0;
  for (let at = 0; at < times; at++) if (covers(interval(random), truth)) covered++;
  return covered / times;
}

/** Skewed: log-normal with median 1, mean e^(1/8). */
const skewed = (random: Random, count: number) =>
  Float64Array.from({ length: count }, () => Math.exp(0.5 * random.normal()));

describe("shares", () => {
  // scipy 1.10.1, binomtest(...).proportion_ci(method="wilson" and "exact")
  test.each([
    [0, 10, 0, 0.27753279986288926, 0, 0.30849710781876294],
    [3, 12, 0.08894166839405471, 0.5323053349335657, 0.05486064452799241, 0.5718584618780997],
    [50, 100, 0.4038315303659956, 0.5961684696340044, 0.3983211295033011, 0.6016788704966989],
    [10, 10, 0.7224672001371109, 1, 0.6915028921812371, 1],
  ])("%d of %d", (successes, trials, wilsonLow, wilsonHigh, exactLow, exactHigh) => {
    const wilson = wilsonInterval(successes, trials);
    const exact = clopperPearsonInterval(successes, trials);
    expect([wilson.low, wilson.high]).toEqual([expect.closeTo(wilsonLow, 11), expect.closeTo(wilsonHigh, 11)]);
    expect([exact.low, exact.high]).toEqual([expect.closeTo(exactLow, 11), expect.closeTo(exactHigh, 11)]);
  });

  test("Clopper-Pearson never covers less than promised; Wilson does on average (summed exactly)", () => {
    const trials = 15;
    const shares = Array.from({ length: 39 }, (_, at) => (at + 1) / 40);
    const choose = (k: number) =>
      Array.from({ length: k }, (_, i) => (trials - i) / (i + 1)).reduce((a, b) => a * b, 1);
    const covered = (share: number, of: typeof wilsonInterval) =>
      Array.from({ length: trials + 1 }, (_, k) =>
        covers(of(k, trials, 0.9), share) ? choose(k) * share ** k * (1 - share) ** (trials - k) : 0,
      ).reduce((a, b) => a + b, 0);
    for (const share of shares) expect(covered(share, clopperPearsonInterval)).toBeGreaterThanOrEqual(0.9);
    expect(mean(shares.map((share) => covered(share, wilsonInterval)))).toBeGreaterThan(0.89);
    expect(mean(shares.map((share) => covered(share, wilsonInterval)))).toBeLessThan(0.93);
  });
});

describe("mean of a few", () => {
  test("scipy's t interval of five seeds", () => {
    const { value, low, high } = meanInterval([0.431, 0.447, 0.439, 0.428, 0.455]);
    expect(value).toBeCloseTo(0.44, 12);
    expect(low).toBeCloseTo(0.42611777447401095, 11);
    expect(high).toBeCloseTo(0.45388222552598895, 11);
  });

  test("covers as often as promised with three seeds, where the bootstrap does not", () => {
    const three = (random: Random) => Float64Array.from({ length: 3 }, () => random.normal());
    const times = 2000;
    const student = coverage(times, 0, (random) => meanInterval(three(random)));
    expect(student).toBeGreaterThan(0.935);
    expect(student).toBeLessThan(0.965);
    const bootstrap = (random: Random) => bootstrapMean(three(random), { random, resamples: 100 });
    expect(coverage(300, 0, bootstrap)).toBeLessThan(0.9);
  });

  test("one value has no interval", () => {
    expect(meanInterval([0.4])).toEqual({ value: 0.4, low: Number.NaN, high: Number.NaN });
  });
});

describe("bootstrap", () => {
  test("covers the mean of skewed values nearly as often as promised, both ways", () => {
    const truth = Math.exp(1 / 8);
    const rates = (["bca", "percentile"] as const).map((method) =>
      coverage(600, truth, (random) =>
        bootstrapMean(skewed(random, 40), { random, resamples: 300, method, confidence: 0.9 }),
      ),
    );
    for (const rate of rates) {
      expect(rate).toBeGreaterThan(0.85);
      expect(rate).toBeLessThan(0.94);
    }
  });

  test("of clustered values covers only when clusters are drawn", () => {
    const draw = (random: Random) => {
      const effects = Array.from({ length: 25 }, () => random.normal());
      const clusters = Array.from({ length: 25 * 8 }, (_, at) => at % 25);
      return { values: clusters.map((cluster) => effects[cluster]! + 0.3 * random.normal()), clusters };
    };
    const clustered = coverage(400, 0, (random) => {
      const { values, clusters } = draw(random);
      return bootstrapMean(values, { random, clusters, resamples: 300 });
    });
    const naive = coverage(150, 0, (random) => bootstrapMean(draw(random).values, { random, resamples: 300 }));
    expect(clustered).toBeGreaterThan(0.89);
    expect(clustered).toBeLessThanOrEqual(0.975);
    expect(naive).toBeLessThan(0.7);
  });

  test("the mean's short cuts equal the general form: same draws, same replicates, same left-out values", () => {
    const values = [0.2, 0.9, 0.4, 0.4, 0.7, 0.1, 0.95];
    const clusters = [4, 9, 4, 7, 9, 9, 1];
    const groups = [[0.2, 0.4], [0.9, 0.7, 0.1], [0.4], [0.95]];
    const general = (drawn: Int32Array) => mean([...drawn].flatMap((unit) => groups[unit]!));
    for (const method of ["bca", "percentile"] as const) {
      const short = bootstrapMean(values, { clusters, random: new Random(5), method });
      const long = bootstrapInterval(4, general, { random: new Random(5), method });
      for (const end of ["value", "low", "high"] as const) expect(short[end]).toBeCloseTo(long[end], 12);
    }
  });

  test("BCa of a right-skewed sample lies to the right of the percentiles; of equal values it is a point", () => {
    const values = [1, 1.1, 0.9, 1.2, 1, 0.8, 1.05, 6, 1.3, 0.7];
    const [bca, percentile] = (["bca", "percentile"] as const).map((method) =>
      bootstrapMean(values, { random: new Random(1), method }),
    );
    expect(bca!.low).toBeGreaterThan(percentile!.low);
    expect(bca!.high).toBeGreaterThan(percentile!.high);
    expect(bootstrapMean([2, 2, 2], { random: new Random(1) })).toEqual({ value: 2, low: 2, high: 2 });
  });

  test("moves and scales with the values, whatever they are", () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 9 }), (list, scale) => {
        const of = (sample: number[]) => bootstrapMean(sample, { random: new Random(3), resamples: 99 });
        const [plain, moved] = [of(list), of(list.map((value) => scale * value + 7))];
        for (const end of ["value", "low", "high"] as const) expect(moved[end]).toBeCloseTo(scale * plain[end] + 7, 6);
        expect(plain.low).toBeLessThanOrEqual(plain.high);
        expect(plain.low).toBeGreaterThanOrEqual(Math.min(...list));
        expect(plain.high).toBeLessThanOrEqual(Math.max(...list));
      }),
      { numRuns: 50 },
    );
  });
});

test("quantile is linear between neighbours", () => {
  expect([0, 0.25, 0.5, 1].map((share) => quantile([1, 2, 4], share))).toEqual([1, 1.5, 2, 4]);
});

test.each([
  ["no value", () => bootstrapMean([], { random: new Random(0) }), /at least 1 values/],
  ["NaN", () => meanInterval([1, Number.NaN]), /NaN at position 1; leave out units without a value/],
  ["too few clusters", () => bootstrapMean([1, 2], { clusters: [1], random: new Random(0) }), /one cluster for each/],
  ["confidence", () => meanInterval([1, 2], 95), /confidence between 0 and 1, received 95/],
  ["more successes than trials", () => wilsonInterval(3, 2), /received 3 of 2/],
  ["no resample", () => bootstrapMean([1], { random: new Random(0), resamples: 0 }), /at least one resample/],
])("%s is refused", (_, call, message) => {
  expect(call).toThrow(message);
});
