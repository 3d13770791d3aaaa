import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluateClustering, kMeans } from "../../src/evaluate/index.js";
import { Random } from "../../src/rng/index.js";

/** `each` points around each of some centres, and which one each belongs to. */
function blobs(centres: readonly (readonly number[])[], each: number, spread: number) {
  const random = new Random(3);
  const points = centres.flatMap((centre) =>
    Array.from({ length: each }, () => centre.map((x) => x + spread * random.normal())),
  );
  const labels = Int32Array.from(points, (_, i) => Math.floor(i / each));
  return { rows: { data: Float32Array.from(points.flat()), dimension: centres[0]!.length }, labels };
}

const apart = blobs(
  [
    [0, 0],
    [10, 0],
    [0, 10],
    [10, 10],
    [20, 20],
  ],
  12,
  0.5,
);

describe("kMeans", () => {
  test("finds groups that are apart, the same for the same seed", async () => {
    const first = await kMeans(apart.rows, { clusters: 5, restarts: 4 });
    expect(first.converged).toBe(true);
    const groups = new Set([...first.assignments].map((cluster, i) => `${cluster} ${apart.labels[i]}`));
    expect(groups.size).toBe(5);
    const again = await kMeans(apart.rows, { clusters: 5, restarts: 4 });
    expect(again.assignments).toEqual(first.assignments);
    expect((await kMeans(apart.rows, { clusters: 5, initial: "random", seed: 2 })).assignments).toHaveLength(60);
  });

  test("gives exactly K clusters, also of copies, each row nearest to its own centroid when converged", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 99 }),
        async (values, wanted, seed) => {
          const clusters = Math.min(wanted, values.length);
          const rows = { data: Float32Array.from(values), dimension: 1 };
          const { assignments, centroids, inertia, converged } = await kMeans(rows, { clusters, seed, iterations: 50 });
          expect([...new Set(assignments)].sort((a, b) => a - b)).toEqual([...Array(clusters).keys()]);
          let total = 0;
          assignments.forEach((cluster, i) => {
            total += (values[i]! - centroids.data[cluster]!) ** 2;
          });
          expect(inertia).toBeCloseTo(total, 4);
          if (!converged) return;
          assignments.forEach((cluster, i) => {
            const distances = [...centroids.data].map((centre) => Math.abs(centre - values[i]!));
            const own = distances[cluster]!;
            // An emptied cluster was given its row, which may leave others of the same value where they were.
            if (new Set(values).size >= clusters) expect(own).toBeLessThanOrEqual(Math.min(...distances) + 1e-3);
          });
        },
      ),
      { numRuns: 15 },
    );
  });

  test("more clusters than rows are refused", async () => {
    await expect(kMeans(apart.rows, { clusters: 61 })).rejects.toThrow("1 to 60 clusters");
  });
});

test("clusters are scored against classes, as many as there are", async () => {
  const { scores, clustering } = await evaluateClustering(apart.rows, apart.labels, { normalize: false, restarts: 5 });
  for (const name of ["NMI", "AMI", "ARI", "F1", "purity"] as const) expect(scores[name], name).toBeCloseTo(1, 12);
  expect(Math.max(...clustering.assignments)).toBe(4);
});
