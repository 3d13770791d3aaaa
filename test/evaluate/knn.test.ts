import fc from "fast-check";
import { expect, test } from "vitest";
import { nearestNeighbours, type SearchDistance } from "../../src/evaluate/knn.js";
import { Random } from "../../src/rng/index.js";

function naive(vectors: Float32Array, dimension: number, k: number, distance: SearchDistance): number[][] {
  const row = (i: number) => [...vectors.subarray(i * dimension, (i + 1) * dimension)];
  const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
  const length = (a: number[]) => Math.max(Math.sqrt(dot(a, a)), 1e-12);
  const measure = (a: number[], b: number[]) =>
    distance === "dot"
      ? -dot(a, b)
      : distance === "cosine"
        ? 1 - dot(a, b) / length(a) / length(b)
        : Math.hypot(...a.map((x, i) => x - b[i]!));
  const count = vectors.length / dimension;
  return Array.from({ length: count }, (_, q) =>
    Array.from({ length: count }, (_, g) => g)
      .filter((g) => g !== q)
      .map((g) => measure(row(q), row(g)))
      .sort((a, b) => a - b)
      .slice(0, k),
  );
}

test.each([
  "cosine",
  "euclidean",
  "dot",
] as const)("%s neighbours equal a plain search for any block size", async (distance) => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 40 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 50 }),
      async (count, dimension, blockSize) => {
        const random = new Random(count * 100 + dimension);
        const vectors = Float32Array.from({ length: count * dimension }, () => random.normal());
        const k = Math.min(5, count - 1);
        const rows = { data: vectors, dimension };
        const found = await nearestNeighbours(rows, rows, { k, distance, queriesInGallery: true, blockSize });
        const expected = naive(vectors, dimension, k, distance).flat();
        expected.forEach((value, i) => expect(found.distances[i]).toBeCloseTo(value, 2));
        found.indices.forEach((index, i) => expect(index).not.toBe(Math.floor(i / k)));
      },
    ),
    { numRuns: 15 },
  );
});

test("equal distances go to the lowest index, across blocks", async () => {
  const rows = { data: new Float32Array(12).fill(1), dimension: 2 };
  const { indices } = await nearestNeighbours(rows, rows, { k: 3, queriesInGallery: true, blockSize: 2 });
  expect([...indices]).toEqual([1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
});

test("NaN and too large k are named", async () => {
  const rows = { data: Float32Array.of(1, 2, Number.NaN, 4), dimension: 2 };
  await expect(nearestNeighbours(rows, rows, { k: 1 })).rejects.toThrow("NaN in query 1");
  const good = { data: Float32Array.of(1, 2, 3, 4), dimension: 2 };
  await expect(nearestNeighbours(good, good, { k: 2, queriesInGallery: true })).rejects.toThrow(
    "k from 0 to the 1 candidates",
  );
});
