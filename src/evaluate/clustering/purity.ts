import type { Contingency } from "./contingency.js";

/**
 * Purity: the share of samples that belong to the largest class of their cluster. 1 is reached trivially by one cluster a
 * sample, so compare only at equal numbers of clusters. Example: classes 0 0 1 1, clusters 0 0 0 1: (2 + 1) / 4 = .75.
 */
export function purity({ total, clusterSizes, cells }: Contingency): number {
  const largest = new Array<number>(clusterSizes.length).fill(0);
  for (const { cluster, count } of cells) largest[cluster] = Math.max(largest[cluster]!, count);
  return largest.reduce((sum, count) => sum + count, 0) / total;
}
