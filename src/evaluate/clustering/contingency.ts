import { SimileError } from "../../errors/index.js";

/** How two partitions of the same samples overlap. Only the non-empty cells are kept: thousands of classes are fine. */
export interface Contingency {
  readonly total: number;
  /** Samples a class, classes ascending. */
  readonly classSizes: readonly number[];
  /** Samples a cluster, clusters ascending. */
  readonly clusterSizes: readonly number[];
  /** Non-empty cells; `class` and `cluster` are positions in the two size lists. */
  readonly cells: readonly { readonly class: number; readonly cluster: number; readonly count: number }[];
}

/**
 * Cross-tabulate the classes of N samples with the clusters they were put in; the identifiers themselves carry no meaning.
 * Throws `SimileError` (`clustering`) if the two lists differ in length or are empty.
 */
export function contingency(labels: Int32Array, clusters: Int32Array): Contingency {
  if (labels.length !== clusters.length || labels.length === 0) {
    throw new SimileError({
      code: "clustering",
      where: "contingency",
      expected: "one class and one cluster for each of at least one sample",
      received: `${labels.length} labels and ${clusters.length} clusters`,
      remedy: "pass two lists over the same samples",
    });
  }
  const rows = dense(labels);
  const columns = dense(clusters);
  const counts = new Map<number, number>();
  rows.ids.forEach((row, sample) => {
    const key = row * columns.sizes.length + columns.ids[sample]!;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  const cells = [...counts].map(([key, count]) => ({
    class: Math.floor(key / columns.sizes.length),
    cluster: key % columns.sizes.length,
    count,
  }));
  return { total: labels.length, classSizes: rows.sizes, clusterSizes: columns.sizes, cells };
}

function dense(identifiers: Int32Array): { ids: number[]; sizes: number[] } {
  const order = new Map([...new Set(identifiers)].sort((a, b) => a - b).map((identifier, at) => [identifier, at]));
  const ids = Array.from(identifiers, (identifier) => order.get(identifier)!);
  const sizes = new Array<number>(order.size).fill(0);
  for (const id of ids) sizes[id]!++;
  return { ids, sizes };
}
