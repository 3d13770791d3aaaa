import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  alignment,
  analyseEmbeddings,
  confusedClasses,
  hubness,
  spectralComplexity,
  uniformity,
} from "../../src/evaluate/index.js";
import { Random } from "../../src/rng/index.js";

function circle(...degrees: number[]) {
  const angles = degrees.map((degree) => (degree * Math.PI) / 180);
  return { data: Float32Array.from(angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])), dimension: 2 };
}

/** `each` points around each centre. */
function blobs(centres: readonly (readonly number[])[], each: number, spread = 1, seed = 1) {
  const random = new Random(seed);
  const points = centres.flatMap((centre) =>
    Array.from({ length: each }, () => centre.map((x) => x + spread * random.normal())),
  );
  return {
    rows: { data: Float32Array.from(points.flat()), dimension: centres[0]!.length },
    labels: Int32Array.from(points, (_, i) => Math.floor(i / each)),
  };
}

describe("alignment and uniformity", () => {
  test("of the documented example", async () => {
    expect(alignment(circle(0, 60), Int32Array.of(1, 1))).toBeCloseTo(1, 6);
    expect(await uniformity(circle(0, 60))).toBeCloseTo(-2, 5);
  });

  test("equal plain loops over pairs", async () => {
    const { rows, labels } = blobs(
      [
        [1, 0, 2],
        [0, 3, 1],
        [2, 2, 2],
      ],
      7,
    );
    const unit = Array.from(labels, (_, i) => {
      const row = [...rows.data.subarray(i * 3, i * 3 + 3)];
      const length = Math.hypot(...row);
      return row.map((x) => x / length);
    });
    const [inside, all]: [number[], number[]] = [[], []];
    unit.forEach((a, i) =>
      unit.slice(0, i).forEach((b, j) => {
        const square = a.reduce((sum, x, d) => sum + (x - b[d]!) ** 2, 0);
        if (labels[i] === labels[j]) inside.push(square);
        all.push(Math.exp(-2 * square));
      }),
    );
    const mean = (list: number[]) => list.reduce((a, b) => a + b, 0) / list.length;
    expect(alignment(rows, labels)).toBeCloseTo(mean(inside), 6);
    expect(await uniformity(rows)).toBeCloseTo(Math.log(mean(all)), 5);
  });
});

test("hubness of the documented example", () => {
  const neighbours = { indices: Int32Array.of(3, 3, 3, 3), distances: new Float32Array(4), k: 1 };
  const { skewness, antiHubs, occurrences } = hubness(neighbours, 4, 1);
  expect([...occurrences]).toEqual([0, 0, 0, 4]);
  expect(skewness).toBeCloseTo(6 / 3 ** 1.5, 10);
  expect(antiHubs).toBe(0.75);
});

test("confused classes of the documented example", () => {
  const retrieval = {
    queryLabels: Int32Array.of(0, 0),
    galleryLabels: Int32Array.of(0, 0, 1, 1),
    queriesInGallery: false,
    neighbours: { indices: Int32Array.of(0, 2, 2, 3), distances: new Float32Array(4), k: 2 },
  };
  expect(confusedClasses(retrieval)).toEqual([{ from: 0, to: 1, count: 3, share: 0.75 }]);
});

describe("spectralComplexity", () => {
  test("is 0 for classes apart, about K - 1 for classes that are one, and in between otherwise", () => {
    const apart = blobs(
      [
        [0, 0],
        [100, 0],
        [0, 100],
      ],
      40,
    );
    expect(spectralComplexity(apart.rows, apart.labels).value).toBeLessThan(0.01);
    const same = blobs(
      [
        [0, 0],
        [0, 0],
        [0, 0],
      ],
      200,
    );
    const whole = spectralComplexity(same.rows, same.labels).value;
    expect(whole).toBeGreaterThan(1.3);
    expect(whole).toBeLessThanOrEqual(2 + 1e-9);
    const near = blobs(
      [
        [0, 0],
        [2.5, 0],
        [100, 0],
      ],
      100,
    );
    const between = spectralComplexity(near.rows, near.labels).value;
    expect(between).toBeGreaterThan(0.01);
    expect(between).toBeLessThan(whole);
  });

  test("does not depend on how classes are called, nor on the scale", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.constantFrom(0.25, 4, 64), (seed, scale) => {
        const { rows, labels } = blobs(
          [
            [0, 0],
            [1, 0],
            [0, 2],
          ],
          12,
          1,
          seed,
        );
        const { value } = spectralComplexity(rows, labels);
        const renamed = labels.map((label) => 7 - 3 * label);
        const scaled = { ...rows, data: rows.data.map((x) => x * scale) };
        expect(spectralComplexity(scaled, renamed).value).toBeCloseTo(value, 6);
      }),
      { numRuns: 10 },
    );
  });

  test("in many dimensions no volume over- or underflows", () => {
    const centres = [0, 1].map((at) => Array.from({ length: 200 }, (_, d) => (d === at ? 4 : 0)));
    const { rows, labels } = blobs(centres, 20);
    expect(spectralComplexity(rows, labels, { dimensions: 200 }).value).toBeGreaterThanOrEqual(0);
  });
});

test("an analysis is whole, and the same twice", async () => {
  const { rows, labels } = blobs(
    [
      [5, 0, 0],
      [0, 5, 0],
      [0, 0, 5],
    ],
    15,
  );
  const first = await analyseEmbeddings(rows, labels);
  expect(await analyseEmbeddings(rows, labels)).toEqual(first);
  expect(first).toMatchObject({ items: 45, classes: 3, dimension: 3 });
  const sum = (list: Float64Array) => list.reduce((a, b) => a + b, 0);
  expect(sum(first.distances.same)).toBeCloseTo(1, 10);
  expect(sum(first.distances.different)).toBeCloseTo(1, 10);
  expect(first.effectiveRank).toBeGreaterThan(1);
  expect(first.effectiveRank).toBeLessThanOrEqual(3);
  expect(first.density.ratio).toBeLessThan(1);
});
