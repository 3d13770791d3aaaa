import { rowAt, rowCount } from "../../linalg/rows.js";
import type { Embeddings } from "../search/prepare.js";
import { contingency } from "./contingency.js";
import { type Clusters, type KMeansOptions, kMeans } from "./k-means.js";
import { adjustedMutualInformation, normalizedMutualInformation } from "./mutual-information.js";
import { adjustedRandIndex, pairCounts, pairF1 } from "./pair-counts.js";
import { purity } from "./purity.js";

/** Scores of clusters against classes, by the names used in reports. */
export interface ClusteringScores {
  readonly NMI: number;
  readonly AMI: number;
  readonly ARI: number;
  readonly F1: number;
  readonly purity: number;
}

/** Options of {@link evaluateClustering}: those of k-means, with as many clusters as classes unless told otherwise. */
export interface ClusteringOptions extends Omit<KMeansOptions, "clusters"> {
  readonly clusters?: number;
  /** Divide rows by their length before (default true), as for embeddings compared by cosine. */
  readonly normalize?: boolean;
}

/** k-means with exactly as many clusters as there are classes, scored against them. */
export async function evaluateClustering(
  rows: Embeddings,
  labels: Int32Array,
  { clusters = new Set(labels).size, normalize = true, ...options }: ClusteringOptions = {},
): Promise<{ readonly scores: ClusteringScores; readonly clustering: Clusters }> {
  const clustering = await kMeans(normalize ? unitRows(rows) : rows, { clusters, ...options });
  return { scores: clusteringScores(labels, clustering.assignments), clustering };
}

/** Scores of a clustering against classes. */
export function clusteringScores(labels: Int32Array, clusters: Int32Array): ClusteringScores {
  const table = contingency(labels, clusters);
  const pairs = pairCounts(table);
  return {
    NMI: normalizedMutualInformation(table),
    AMI: adjustedMutualInformation(table),
    ARI: adjustedRandIndex(pairs),
    F1: pairF1(pairs),
    purity: purity(table),
  };
}

/** Rows divided by their length; a zero row stays zero. */
export function unitRows(rows: Embeddings): Embeddings {
  const data = rows.data.slice();
  for (let row = 0; row < rowCount(rows); row++) {
    const values = rowAt({ data, dimension: rows.dimension }, row);
    let square = 0;
    for (const value of values) square += value * value;
    if (square > 0) for (let d = 0; d < values.length; d++) values[d]! /= Math.sqrt(square);
  }
  return { data, dimension: rows.dimension };
}
