import { type Rows, rowCount } from "../../linalg/rows.js";
import { centroid, groupRows } from "./grouped-rows.js";
import { squaredEuclidean } from "./row-distance.js";

/**
 * Davies-Bouldin index (1979), lower is better: for each group the largest (s_i + s_j) / d_ij over the other groups, averaged;
 * s = mean Euclidean distance to the centroid, d = distance of the centroids.
 *
 * Example: on a line, {0, 1} and {10, 12}: s = .5 and 1, centroids .5 and 11: 1.5 / 10.5 = .14286.
 * NaN with fewer than two groups. Throws `SimileError` (`embeddings`).
 */
export function daviesBouldin(embeddings: Rows, labels: Int32Array): number {
  const groups = groupRows(embeddings, labels, "daviesBouldin");
  const centres = groups.map(centroid);
  const spreads = groups.map(
    (rows, at) => rows.reduce((sum, row) => sum + Math.sqrt(squaredEuclidean(row, centres[at]!)), 0) / rows.length,
  );
  if (groups.length < 2) return Number.NaN;
  const worst = centres.map((centre, i) =>
    centres.reduce((largest, other, j) => {
      if (i === j) return largest;
      return Math.max(largest, (spreads[i]! + spreads[j]!) / Math.sqrt(squaredEuclidean(centre, other)));
    }, 0),
  );
  return worst.reduce((sum, value) => sum + value, 0) / groups.length;
}

/**
 * Calinski-Harabasz index (1974), higher is better: (B / (K - 1)) / (W / (N - K)) with B the squared distances of the centroids to
 * the overall mean, weighted by group size, and W the squared distances of the samples to their centroids.
 *
 * Example: on a line, {0, 1} and {10, 12}: B = 110.25, W = 2.5: 110.25 / (2.5 / 2) = 88.2.
 * NaN with fewer than two groups. Throws `SimileError` (`embeddings`).
 */
export function calinskiHarabasz(embeddings: Rows, labels: Int32Array): number {
  const groups = groupRows(embeddings, labels, "calinskiHarabasz");
  const centre = centroid(groups.flat());
  let between = 0;
  let within = 0;
  for (const rows of groups) {
    const mean = centroid(rows);
    between += rows.length * squaredEuclidean(mean, centre);
    within += rows.reduce((sum, row) => sum + squaredEuclidean(row, mean), 0);
  }
  if (groups.length < 2) return Number.NaN;
  return between / (groups.length - 1) / (within / (rowCount(embeddings) - groups.length));
}
