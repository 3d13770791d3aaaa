import { describe, expect, test } from "vitest";
import { standingsMarkdown } from "../../src/protocol/markdown.js";
import { type ScoreTable, standingsOf } from "../../src/protocol/standings.js";
import { Random } from "../../src/rng/index.js";
import { crossedMean, holm } from "../../src/stats/index.js";

const CLASSES = 40;
const SEEDS = 3;

/** Methods with true qualities on the same classes: their luck differs by seed, their strengths by class. */
function table(qualities: Record<string, number>): ScoreTable {
  const random = new Random(11);
  const difficulty = Array.from({ length: CLASSES }, () => 0.1 * random.normal());
  const methods = Object.entries(qualities).map(([name, quality]) => {
    const own = difficulty.map(() => 0.02 * random.normal());
    const scores = Array.from({ length: SEEDS }, () => {
      const luck = 0.002 * random.normal();
      return difficulty.map((value, at) => quality + value + own[at]! + luck + 0.01 * random.normal());
    });
    return { name, scores: { "MAP@R": scores, "P@1": scores.map((row) => row.map((value) => value + 0.2)) } };
  });
  return { metrics: ["MAP@R", "P@1"], methods, baseline: "triplet" };
}

const scores = table({ triplet: 0.4, "much better": 0.5, same: 0.4, worse: 0.35 });
const standings = standingsOf(scores, new Random(1));
const row = (name: string) => standings.methods.find((method) => method.name === name)!;

describe("standingsOf", () => {
  test("puts the best first, the means with the intervals of crossed seeds and classes", () => {
    const values = standings.methods.map(({ scores: [first] }) => first!.value);
    expect(values).toEqual(values.toSorted((a, b) => b - a));
    expect([standings.methods[0]!.name, standings.methods[3]!.name]).toEqual(["much better", "worse"]);
    const { value, low, high } = crossedMean(scores.methods[1]!.scores["MAP@R"]!);
    expect(row("much better").scores[0]).toEqual({ value, low, high });
    expect(row("much better").scores[1]!.value).toBeCloseTo(value + 0.2, 12);
  });

  test("compares with the baseline seed by seed and class by class, which is far sharper than the means", () => {
    const better = row("much better").differences![0]!;
    expect(better.value).toBeCloseTo(row("much better").scores[0]!.value - row("triplet").scores[0]!.value, 12);
    expect(better.high! - better.low!).toBeLessThan(
      0.5 * (row("triplet").scores[0]!.high! - row("triplet").scores[0]!.low!),
    );
    expect(better.adjustedPValue).toBeLessThan(0.001);
    expect(better.effect).toBeGreaterThan(1);
    expect(row("same").differences![0]!.adjustedPValue).toBeGreaterThan(0.05);
    expect(row("triplet").differences).toBeUndefined();
  });

  test("corrects by Holm over the methods of a metric", () => {
    const compared = ["much better", "same", "worse"].map((name) => row(name).differences![1]!);
    const adjusted = [...holm(compared.map(({ pValue }) => pValue!))];
    expect(compared.map(({ adjustedPValue }) => adjustedPValue)).toEqual(adjusted);
  });

  test("ranks move only where methods are close", () => {
    const { methods } = standings.ranks!;
    expect(methods.map(({ rank }) => rank.value)).toEqual([1, 2, 3, 4]);
    expect(methods[0]).toEqual({ name: "much better", rank: { value: 1, low: 1, high: 1 }, first: 1 });
    expect(methods.slice(1, 3).map(({ rank }) => [rank.low, rank.high])).toEqual([
      [2, 3],
      [2, 3],
    ]);
    expect(standings.ranks!.alike).toBeLessThan(0.001);
    expect(standingsOf(table({ triplet: 0.4, a: 0.4, b: 0.4 }), new Random(1)).ranks!.alike).toBeGreaterThan(0.001);
    expect(methods.reduce((all, { first }) => all + first, 0)).toBe(1);
  });

  test("classes count by their queries when weights are given", () => {
    const weights = Array.from({ length: CLASSES }, (_, at) => 1 + (at % 5));
    const weighted = standingsOf({ ...scores, weights }, new Random(1));
    const { value } = crossedMean(scores.methods[0]!.scores["MAP@R"]!, { weights });
    expect(weighted.methods.find(({ name }) => name === "triplet")!.scores[0]!.value).toBe(value);
  });

  test("scores without classes are compared by their seeds; a single number has no interval and no p", () => {
    const seeds = (values: number[]) => ({ NMI: values.map((value) => [value]) });
    const of = (a: number[], b: number[]) =>
      standingsOf(
        {
          metrics: ["NMI"],
          baseline: "a",
          methods: [
            { name: "a", scores: seeds(a) },
            { name: "b", scores: seeds(b) },
          ],
        },
        new Random(1),
      ).methods.find(({ name }) => name === "b")!;
    expect(of([0.5, 0.52, 0.51], [0.6, 0.61, 0.63]).differences![0]!.pValue).toBeLessThan(0.05);
    expect(of([0.5], [0.6])).toEqual({
      name: "b",
      scores: [{ value: 0.6 }],
      differences: [{ value: expect.closeTo(0.1) }],
    });
  });

  test("a metric that a method lacks is a gap", () => {
    const [triplet, better] = scores.methods;
    const { "P@1": _, ...lacking } = better!.scores;
    const partial = standingsOf({ ...scores, methods: [triplet!, { name: "better", scores: lacking }] }, new Random(1));
    expect(partial.methods[0]).toMatchObject({ name: "better", scores: [{}, null], differences: [{}, null] });
  });

  test("is the same for the same seed, and refuses an unknown baseline", () => {
    expect(standingsOf(scores, new Random(1))).toEqual(standings);
    expect(() => standingsOf({ ...scores, baseline: "none" }, new Random(1))).toThrow(/one of triplet, much better/);
  });
});

test("Markdown: one line a method, gaps as dashes, nothing that breaks a table", () => {
  const text = standingsMarkdown({
    metrics: ["MAP@R", "NMI"],
    baseline: "triplet",
    note: "A note.",
    methods: [
      {
        name: "a|b <i>",
        scores: [{ value: 0.4, low: 0.39, high: 0.41 }, null],
        differences: [{ value: 0.1, low: 0.05, high: 0.15, adjustedPValue: 0.0001 }, null],
      },
      { name: "triplet", scores: [{ value: 0.3 }, { value: 0.5 }] },
    ],
  });
  expect(text.replaceAll("\u202F", " ").split("\n")).toEqual([
    "| Method | MAP@R | NMI | MAP@R - triplet | p |",
    "| --- | ---: | ---: | ---: | ---: |",
    "| a\\|b &lt;i> | 40.0 % (39.0–41.0) | – | +10.00 (+5.00 to +15.00) | &lt; 0.001 |",
    "| triplet | 30.0 % | 50.0 % |  |  |",
    "",
    "A note.",
  ]);
});
