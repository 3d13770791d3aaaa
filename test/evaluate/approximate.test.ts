import { describe, expect, it } from "vitest";
import { approximateIndex, nearestNeighbours, type SearchDistance } from "../../src/evaluate/index.js";
import { Random } from "../../src/rng/index.js";

const DIMENSION = 16;

function rows(count: number, seed: number) {
  const random = new Random(seed);
  return { data: Float32Array.from({ length: count * DIMENSION }, () => random.normal()), dimension: DIMENSION };
}

// usearch has binaries for Linux and macOS; elsewhere it may be absent.
const isInstalled = await import("usearch").then(
  () => true,
  () => false,
);

describe.skipIf(!isInstalled)("approximateIndex", () => {
  it.each<SearchDistance>([
    "cosine",
    "euclidean",
    "snr",
  ])("finds what the exact search finds by %s", async (distance) => {
    const [gallery, queries] = [rows(500, 1), rows(20, 2)];
    // With as many candidates as items nothing can be missed.
    const index = await approximateIndex(gallery, { distance, expansionSearch: 500, expansionAdd: 500 });
    const found = index.search(queries, { k: 5 });
    const exact = await nearestNeighbours(queries, gallery, { k: 5, distance });
    expect(found.indices).toEqual(exact.indices);
    found.distances.forEach((value, i) => expect(value).toBeCloseTo(exact.distances[i]!, 4));
    expect(await index.recall(queries, { k: 5 })).toBe(1);
  });

  it("leaves the query out of its own neighbours", async () => {
    const gallery = rows(200, 3);
    const index = await approximateIndex(gallery, { expansionSearch: 200 });
    const { indices } = index.search(gallery, { k: 3, queriesInGallery: true });
    for (let query = 0; query < 200; query++)
      expect([...indices.subarray(3 * query, 3 * query + 3)]).not.toContain(query);
    expect(await index.recall(gallery, { k: 3, queriesInGallery: true, sample: 50 })).toBeGreaterThan(0.99);
  });

  it("measures a recall below 1 where few candidates are looked at", async () => {
    const gallery = rows(3000, 4);
    const index = await approximateIndex(gallery, { connectivity: 2, expansionAdd: 2, expansionSearch: 1 });
    const recall = await index.recall(gallery, { k: 10, queriesInGallery: true });
    expect(recall).toBeGreaterThan(0);
    expect(recall).toBeLessThan(0.95);
  });

  it("gives the same index for the same rows", async () => {
    const [gallery, queries] = [rows(800, 5), rows(30, 6)];
    const search = async () => (await approximateIndex(gallery, { expansionSearch: 4 })).search(queries, { k: 4 });
    expect(await search()).toEqual(await search());
  });

  it.each([
    ["another dimension", { data: new Float32Array(4), dimension: 4 }, 1, /16 dimensions/],
    ["too many neighbours", rows(1, 7), 11, /k from 1 to the 10 candidates/],
  ])("refuses %s", async (_, queries, k, message) => {
    const index = await approximateIndex(rows(10, 8));
    expect(() => index.search(queries, { k })).toThrow(message);
  });
});
