import { SimileError } from "../../errors/index.js";
import { rowAt, rowCount } from "../../linalg/rows.js";
import { Random } from "../../rng/index.js";
import type { DeviceOptions } from "../../run/index.js";
import { squaredEuclidean } from "../geometry/row-distance.js";
import { nearestNeighbours } from "../search/nearest.js";
import type { Embeddings } from "../search/prepare.js";

/** Settings of {@link kMeans}. */
export interface KMeansOptions extends DeviceOptions {
  readonly clusters: number;
  /** Default 0. */
  readonly seed?: number;
  /** Independent starts, of which the one of least inertia is kept. Default 1. */
  readonly restarts?: number;
  /** Most rounds of a start. Default 100. */
  readonly iterations?: number;
  /** `k-means++` (default; N x K distances one after the other) or `random`: different rows, which is quick for thousands of clusters. */
  readonly initial?: "k-means++" | "random";
  readonly onProgress?: (round: number, inertia: number) => void;
}

/** Clusters of rows. */
export interface Clusters {
  /** [N] cluster of each row, 0 to K - 1; every cluster has a row. */
  readonly assignments: Int32Array;
  /** [K, D] means of the rows. */
  readonly centroids: Embeddings;
  /** Sum of squared Euclidean distances of the rows to their centroids. */
  readonly inertia: number;
  readonly iterations: number;
  /** Whether the last round moved nothing. */
  readonly converged: boolean;
}

/**
 * k-means by Lloyd's rounds from k-means++ starts (Arthur, Vassilvitskii, SODA 2007), squared Euclidean; give rows of length 1 for
 * cosine. Exactly K clusters come out: one that loses its rows gets the row farthest from its own centroid among those not alone.
 * One seed gives one result. Throws `SimileError` (`clustering`) unless 1 <= K <= N.
 */
export async function kMeans(rows: Embeddings, options: KMeansOptions): Promise<Clusters> {
  const { clusters, restarts = 1, seed = 0 } = options;
  if (!(Number.isInteger(clusters) && clusters >= 1 && clusters <= rowCount(rows))) {
    throw new SimileError({
      code: "clustering",
      where: "kMeans",
      expected: `1 to ${rowCount(rows)} clusters, one for each row at most`,
      received: `${clusters}`,
      remedy: "ask for as many clusters as there are classes",
    });
  }
  const random = new Random(seed);
  let best: Clusters | undefined;
  for (let start = 0; start < restarts; start++) {
    const found = await lloyd(rows, random.fork(`start ${start}`), options);
    if (best === undefined || found.inertia < best.inertia) best = found;
  }
  return best!;
}

async function lloyd(rows: Embeddings, random: Random, options: KMeansOptions): Promise<Clusters> {
  const { clusters, iterations = 100, initial = "k-means++", device, threads, onProgress } = options;
  const search = { k: 1, distance: "euclidean", ...(device && { device }), ...(threads && { threads }) } as const;
  const starts = initial === "k-means++" ? plusPlus(rows, clusters, random) : distinctRows(rows, clusters, random);
  let centroids = pick(rows, starts);
  let assignments = new Int32Array(rowCount(rows)).fill(-1);
  for (let round = 1; ; round++) {
    const { indices } = await nearestNeighbours(rows, centroids, search);
    fillEmpty(rows, centroids, indices);
    const moved = indices.some((cluster, row) => cluster !== assignments[row]);
    assignments = indices as Int32Array<ArrayBuffer>;
    centroids = means(rows, assignments, clusters);
    const inertia = totalDistance(rows, centroids, assignments);
    onProgress?.(round, inertia);
    if (!moved || round === iterations)
      return { assignments, centroids, inertia, iterations: round, converged: !moved };
  }
}

/** Rows drawn one after another, each with a chance in proportion to its squared distance from those before. */
function plusPlus(rows: Embeddings, clusters: number, random: Random): number[] {
  const count = rowCount(rows);
  const nearest = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const chosen = [random.integer(count)];
  for (;;) {
    const last = rowAt(rows, chosen.at(-1)!);
    let total = 0;
    for (let row = 0; row < count; row++) {
      nearest[row] = Math.min(nearest[row]!, squaredEuclidean(rowAt(rows, row), last));
      total += nearest[row]!;
    }
    if (chosen.length === clusters) return chosen;
    let left = random.uniform() * total;
    // Only copies are left when the total is 0: any row does, and empty clusters are filled later.
    const next = nearest.findIndex((weight) => {
      left -= weight;
      return left < 0 && weight > 0;
    });
    chosen.push(next >= 0 ? next : random.integer(count));
  }
}

function distinctRows(rows: Embeddings, clusters: number, random: Random): number[] {
  return random.sample(
    Array.from({ length: rowCount(rows) }, (_, row) => row),
    clusters,
  );
}

function pick(rows: Embeddings, chosen: readonly number[]): Embeddings {
  const { dimension } = rows;
  const data = new Float32Array(chosen.length * dimension);
  chosen.forEach((row, at) => data.set(rowAt(rows, row), at * dimension));
  return { data, dimension };
}

/** Gives each cluster without rows the row farthest from its centroid, of clusters that keep another. */
function fillEmpty(rows: Embeddings, centroids: Embeddings, assignments: Int32Array): void {
  const sizes = new Int32Array(rowCount(centroids));
  for (const cluster of assignments) sizes[cluster]!++;
  if (!sizes.includes(0)) return;
  const far = Float64Array.from(assignments, (cluster, row) =>
    squaredEuclidean(rowAt(rows, row), rowAt(centroids, cluster)),
  );
  const order = Int32Array.from(assignments.keys()).sort((a, b) => far[b]! - far[a]! || a - b);
  let next = 0;
  sizes.forEach((size, cluster) => {
    if (size > 0) return;
    while (sizes[assignments[order[next]!]!]! < 2) next++;
    const row = order[next++]!;
    sizes[assignments[row]!]!--;
    assignments[row] = cluster;
    sizes[cluster] = 1;
  });
}

function means(rows: Embeddings, assignments: Int32Array, clusters: number): Embeddings {
  const { dimension } = rows;
  const sums = new Float64Array(clusters * dimension);
  const sizes = new Int32Array(clusters);
  assignments.forEach((cluster, row) => {
    sizes[cluster]!++;
    const values = rowAt(rows, row);
    for (let d = 0; d < dimension; d++) sums[cluster * dimension + d]! += values[d]!;
  });
  return { data: Float32Array.from(sums, (sum, at) => sum / sizes[Math.floor(at / dimension)]!), dimension };
}

function totalDistance(rows: Embeddings, centroids: Embeddings, assignments: Int32Array): number {
  let total = 0;
  assignments.forEach((cluster, row) => {
    total += squaredEuclidean(rowAt(rows, row), rowAt(centroids, cluster));
  });
  return total;
}
