import { expect, it } from "vitest";
import type { Parameter } from "../../src/graph/index.js";
import { upperBoundTriplet } from "../../src/losses/index.js";
import { Random } from "../../src/rng/index.js";
import { normalRows } from "../laws/evaluate.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, euclideanNorm, total, unitDistance } from "../oracles/vectors.js";

const oracle = ({ query, labels, parameters: { centroids } }: OracleBatch) =>
  average(
    query.map((q, i) => {
      const d = centroids!.map((c) => unitDistance(q, c));
      return d[labels[i]!]! - total(d.filter((_, c) => c !== labels[i])) / 12;
    }),
  );

lossLaws("upper-bound-triplet", { oracle });
lossLaws("upper-bound-triplet", { options: { centroids: "corners" }, oracle });

/** Sum of d_ap - d_an over all ordered triplets. */
function tripletSum(rows: readonly (readonly number[])[], labels: readonly number[]): number {
  const d = (i: number, j: number) => euclideanNorm(rows[i]!.map((x, k) => x - rows[j]![k]!));
  let sum = 0;
  for (const a of labels.keys())
    for (const p of labels.keys())
      for (const n of labels.keys())
        if (a !== p && labels[a] === labels[p] && labels[a] !== labels[n]) sum += d(a, p) - d(a, n);
  return sum;
}

const plain = { name: "lp", normalize: false };

it("bounds the sum over all triplets, whatever the embeddings and the centroids", async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = new Random(seed);
    const [classes, samples] = [2 + random.integer(3), 2 + random.integer(3)];
    const labels = Array.from({ length: classes * samples }, (_, i) => Math.floor(i / samples));
    const rows = normalRows(labels.length, 5, seed);
    const loss = upperBoundTriplet({ classes, dimension: 5, distance: plain, dtype: "float64" });
    const centroids = normalRows(classes, 5, 100 + seed).flat();
    const value = await lossOf(loss, rows, labels, {
      parameters: new Map([[loss.classVectors as Parameter, centroids]]),
    });
    const factor = 3 * (classes - 1) * samples * (samples - 1) * labels.length;
    expect(factor * value).toBeGreaterThanOrEqual(tripletSum(rows, labels) - 1e-9);
  }
});

it("equals it where every sample is at its class's centroid", async () => {
  const rows = [
    [1, 0],
    [1, 0],
    [0, 1],
    [0, 1],
  ];
  const labels = [0, 0, 1, 1];
  const loss = upperBoundTriplet({ classes: 2, dimension: 2, dtype: "float64" });
  const value = await lossOf(loss, rows, labels);
  expect(6 * 4 * value).toBeCloseTo(-8 * Math.SQRT2, 10);
  expect(6 * 4 * value).toBeCloseTo(tripletSum(rows, labels), 10);
  const squared = upperBoundTriplet({ classes: 2, dimension: 2, dtype: "float64", distance: { name: "lp", power: 2 } });
  expect(6 * 4 * (await lossOf(squared, rows, labels))).toBeCloseTo(-16, 10);
});

it("has as many different centroids as classes, or says that there is no room", () => {
  const loss = upperBoundTriplet({ classes: 8, dimension: 3 });
  const values = Array.from((loss.classVectors as Parameter).initializer([8, 3], new Random(1)));
  const rows = new Set(Array.from({ length: 8 }, (_, i) => values.slice(3 * i, 3 * i + 3).join()));
  expect(rows.size).toBe(8);
  expect(() => upperBoundTriplet({ classes: 4, dimension: 3, centroids: "one-hot" })).toThrow(/at least 4 dimensions/);
  const crowded = upperBoundTriplet({ classes: 9, dimension: 3 });
  expect(() => (crowded.classVectors as Parameter).initializer([9, 3], new Random(1))).toThrow(/9 different corners/);
});
