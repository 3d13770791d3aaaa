import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../../src/rng/index.js";
import { studentTwoSided } from "../../src/stats/distributions.js";
import { comparePaired, crossedMean, holm, mean, meanInterval, signFlipTest } from "../../src/stats/index.js";

interface Spread {
  readonly rows: number;
  readonly columns: number;
  readonly ofRow: number;
  readonly ofColumn: number;
}

/** Values of mean zero: luck of a row + difficulty of a column + noise of deviation 0.05. */
function table(random: Random, { rows, columns, ofRow, ofColumn }: Spread): number[][] {
  const difficulty = Array.from({ length: columns }, () => ofColumn * random.normal());
  return Array.from({ length: rows }, () => {
    const luck = ofRow * random.normal();
    return difficulty.map((value) => value + luck + 0.05 * random.normal());
  });
}

describe("crossedMean", () => {
  test.each([
    { rows: 3, columns: 50, ofRow: 0.005, ofColumn: 0.15 },
    { rows: 5, columns: 98, ofRow: 0.01, ofColumn: 0.03 },
    { rows: 5, columns: 40, ofRow: 0, ofColumn: 0.05 },
    { rows: 4, columns: 30, ofRow: 0.02, ofColumn: 0 },
    { rows: 1, columns: 30, ofRow: 0, ofColumn: 0.1 },
  ])("covers zero as often as promised: %o", (spread) => {
    const random = new Random(7);
    let covered = 0;
    for (let at = 0; at < 500; at++) {
      const { low, high } = crossedMean(table(random, spread));
      if (low <= 0 && 0 <= high) covered++;
    }
    expect(covered / 500).toBeGreaterThan(0.92);
    expect(covered / 500).toBeLessThanOrEqual(0.985);
  });

  test("by hand: rows 1 3 / 5 11", () => {
    // mean 5; rows 2 and 8: MS = 2 (9 + 9) = 36; columns 3 and 7: MS = 2 (4 + 4) = 16; rest -+1: MS = 4
    const { value, error, parts, degrees, pValue } = crossedMean([
      [1, 3],
      [5, 11],
    ]);
    expect(value).toBe(5);
    expect(parts).toEqual({ rows: 8, columns: 3, rest: 1 });
    expect(error).toBeCloseTo(Math.sqrt(12), 12);
    expect(pValue).toBeCloseTo(studentTwoSided(5 / Math.sqrt(12), degrees), 12);
    expect(degrees).toBeCloseTo(48 ** 2 / (36 ** 2 + 16 ** 2 + 4 ** 2), 12);
  });

  test("one row, or one column, is an ordinary t interval", () => {
    const list = [0.3, 0.5, 0.4, 0.9];
    for (const values of [[list], list.map((value) => [value])]) {
      const { value, low, high } = crossedMean(values);
      const plain = meanInterval(list);
      expect([value, low, high]).toEqual([plain.value, plain.low, plain.high].map((end) => expect.closeTo(end, 10)));
    }
    expect(crossedMean([[1]])).toMatchObject({ value: 1, low: Number.NaN });
  });

  test("rows and columns are alike; weights count as repeats do in the mean; equal values are a point", () => {
    const cell = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 4 }),
        (values) => {
          const turned = [0, 1, 2].map((column) => values.map((row) => row[column]!));
          const [a, b] = [crossedMean(values), crossedMean(turned)];
          expect(a.error).toBeCloseTo(b.error, 10);
          expect(a.degrees).toBeCloseTo(b.degrees, 6);
          expect(a.error ** 2).toBeCloseTo(a.parts.rows + a.parts.columns + a.parts.rest, 10);
          const weighted = crossedMean(values, { weights: [1, 2, 3] }).value;
          expect(weighted).toBeCloseTo(mean(values.flatMap(([x, y, z]) => [x!, y!, y!, z!, z!, z!])), 10);
        },
      ),
    );
    expect(
      crossedMean([
        [2, 2],
        [2, 2],
      ]),
    ).toMatchObject({ value: 2, low: 2, high: 2, error: 0 });
  });

  test("ragged tables are refused", () => {
    expect(() => crossedMean([[1, 2], [1]])).toThrow(/2 columns in each row, received 1/);
    expect(() => crossedMean([])).toThrow(/rows of values, received none/);
  });
});

describe("comparePaired", () => {
  const random = () => new Random(2);
  const base = Array.from({ length: 40 }, (_, at) => (at % 7) / 7);
  const better = base.map((value, at) => value + 0.05 + 0.02 * Math.sin(at));
  const other = base.map((value, at) => value + 0.1 * Math.sin(3 * at));

  test("finds the better one and not the other; the first has nothing to be compared with", () => {
    const [first, second, third] = comparePaired(
      [
        { name: "base", values: base },
        { name: "better", values: better },
        { name: "other", values: other },
      ],
      { random: random() },
    );
    expect(first).toMatchObject({ name: "base", difference: null });
    expect(second!.difference!.value).toBeCloseTo(second!.mean.value - first!.mean.value, 12);
    expect(second!.difference!.low).toBeGreaterThan(0.04);
    expect(second!.difference!.high).toBeLessThan(0.06);
    expect(second!.difference).toMatchObject({ better: 40, worse: 0 });
    expect(second!.difference!.adjustedPValue).toBeLessThan(0.001);
    expect(third!.difference!.adjustedPValue).toBeGreaterThan(0.3);
    expect(third!.difference!.low).toBeLessThan(0);
    const raw = [second!, third!].map(({ difference }) => difference!.pValue);
    expect([second!, third!].map(({ difference }) => difference!.adjustedPValue)).toEqual([...holm(raw)]);
  });

  test("clusters are the units: ten copies of a query are one query", () => {
    const copies = <T>(list: readonly T[]) => list.flatMap((value) => Array.from({ length: 10 }, () => value));
    const few = { base: [0.1, 0.4, 0.2, 0.6], system: [0.3, 0.5, 0.1, 0.9] };
    const [, copied] = comparePaired(
      [
        { name: "base", values: copies(few.base) },
        { name: "system", values: copies(few.system) },
      ],
      { random: random(), clusters: copies([0, 1, 2, 3]) },
    );
    const plain = signFlipTest([0.2, 0.1, -0.1, 0.3], { random: random() }).pValue;
    expect(copied!.difference).toMatchObject({ pValue: plain, better: 3, worse: 1 });
  });

  test("systems measured on different units are refused", () => {
    const systems = [
      { name: "a", values: [1, 2] },
      { name: "b", values: [1] },
    ];
    expect(() => comparePaired(systems, { random: random() })).toThrow(/b: expected the 2 units of a, received 1/);
  });
});
