import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nearestNeighbours, planSearch, type SearchDistance } from "../../src/evaluate/index.js";
import { Random } from "../../src/rng/index.js";
import { bruteForceNeighbours, rowDistanceOracles } from "../oracles/neighbours.js";

const distances: readonly SearchDistance[] = ["cosine", "euclidean", "dot", "snr"];

function gaussian(count: number, dimension: number, seed: number, offset = 0) {
  const random = new Random(seed);
  return { data: Float32Array.from({ length: count * dimension }, () => random.normal() + offset), dimension };
}

describe.each(distances)("%s", (distance) => {
  test("neighbours equal a plain search for any block size, with or without the query itself", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 4, max: 5000 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (count, dimension, scoreBytes, wanted, queriesInGallery) => {
          const rows = gaussian(count, dimension, count * 100 + dimension);
          const queries = queriesInGallery ? rows : gaussian(7, dimension, dimension);
          const k = Math.min(wanted, count - 1);
          const oracle = { k, queriesInGallery, distance: rowDistanceOracles[distance] };
          const found = await nearestNeighbours(queries, rows, { k, distance, queriesInGallery, scoreBytes });
          const expected = bruteForceNeighbours(queries, rows, oracle);
          expected.distances.forEach((value, i) =>
            expect(found.distances[i]! / (1 + value)).toBeCloseTo(value / (1 + value), 3),
          );
          // Where distances are apart, so are the items.
          expected.indices.forEach((index, i) => {
            if (found.indices[i] === index) return;
            const other = rowDistanceOracles[distance](
              queries.data.subarray(Math.floor(i / k) * dimension, (Math.floor(i / k) + 1) * dimension),
              rows.data.subarray(found.indices[i]! * dimension, (found.indices[i]! + 1) * dimension),
            );
            expect(other / (1 + other)).toBeCloseTo(expected.distances[i]! / (1 + other), 3);
          });
        },
      ),
      { numRuns: 20 },
    );
  });
});

test("equal distances go to the lowest index, across blocks", async () => {
  const rows = { data: new Float32Array(12).fill(1), dimension: 2 };
  for (const distance of ["cosine", "euclidean", "dot"] as const) {
    const { indices } = await nearestNeighbours(rows, rows, { k: 3, distance, queriesInGallery: true, scoreBytes: 8 });
    expect([...indices]).toEqual([1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2, 0, 1, 2, 0, 1, 2]);
  }
});

test("a query behind more copies of itself than wanted still leaves itself out", async () => {
  const rows = { data: new Float32Array(10).fill(3), dimension: 1 };
  const { indices } = await nearestNeighbours(rows, rows, { k: 2, distance: "euclidean", queriesInGallery: true });
  expect([...indices.subarray(18)]).toEqual([0, 1]);
});

test("far from the origin euclidean distances keep their digits", async () => {
  const rows = gaussian(30, 4, 5, 10_000);
  const { distances: found } = await nearestNeighbours(rows, rows, {
    k: 3,
    distance: "euclidean",
    queriesInGallery: true,
  });
  const { distances: expected } = bruteForceNeighbours(rows, rows, {
    k: 3,
    queriesInGallery: true,
    distance: rowDistanceOracles.euclidean,
  });
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 3));
});

test("a zero vector is at cosine distance 1 from everything, and its order is that of the indices", async () => {
  const rows = { data: Float32Array.of(0, 0, 1, 0, 0, 2, 5, 5), dimension: 2 };
  const found = await nearestNeighbours(rows, rows, { k: 3, queriesInGallery: true });
  expect([...found.indices.subarray(0, 3)]).toEqual([1, 2, 3]);
  expect([...found.distances.subarray(0, 3)]).toEqual([1, 1, 1]);
});

test("progress ends at the last query", async () => {
  const rows = gaussian(50, 3, 1);
  const seen: number[] = [];
  await nearestNeighbours(rows, rows, { k: 1, scoreBytes: 2000, onProgress: (done) => seen.push(done) });
  expect(seen.length).toBeGreaterThan(2);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(50);
});

describe("planSearch", () => {
  const sized = (count: number, dimension: number) => ({
    data: { length: count * dimension } as Float32Array,
    dimension,
  });

  test("Stanford Online Products' test set at 512 dimensions takes well under 2 GB, the embeddings included", () => {
    const rows = sized(60_502, 512);
    const { bytes } = planSearch(rows, rows, { k: 11, queriesInGallery: true, distance: "euclidean" });
    expect(bytes + 4 * rows.data.length).toBeLessThan(0.5e9);
  });

  test("blocks cover the gallery once, hold at least what is kept of them, and stay within the bytes allowed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200_000 }),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 2 ** 12, max: 2 ** 28 }),
        (count, wanted, scoreBytes) => {
          const k = Math.min(wanted, count);
          const { galleryBlocks, queryRows, kept } = planSearch(sized(10, 8), sized(count, 8), { k, scoreBytes });
          expect(galleryBlocks.reduce((sum, size) => sum + size, 0)).toBe(count);
          expect(Math.min(...galleryBlocks)).toBeGreaterThanOrEqual(kept);
          if (queryRows > 1) expect(4 * queryRows * galleryBlocks[0]!).toBeLessThanOrEqual(scoreBytes);
        },
      ),
    );
  });
});

test("NaN, unequal dimensions and too large k are named", async () => {
  const rows = { data: Float32Array.of(1, 2, Number.NaN, 4), dimension: 2 };
  await expect(nearestNeighbours(rows, rows, { k: 1 })).rejects.toThrow("NaN in query 1");
  const good = { data: Float32Array.of(1, 2, 3, 4), dimension: 2 };
  await expect(nearestNeighbours(good, rows, { k: 1 })).rejects.toThrow("NaN in gallery 1");
  await expect(nearestNeighbours(good, { ...good, dimension: 4 }, { k: 1 })).rejects.toThrow("4 dimensions");
  await expect(nearestNeighbours(good, good, { k: 2, queriesInGallery: true })).rejects.toThrow(
    "k from 0 to the 1 candidates",
  );
});
