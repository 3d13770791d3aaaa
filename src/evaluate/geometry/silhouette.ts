import { type Rows, rowAt } from "../../linalg/rows.js";
import { groupRows } from "./grouped-rows.js";
import { type RowDistanceName, rowDistances } from "./row-distance.js";

/**
 * Silhouette of each sample [N] (Rousseeuw, 1987): with a the mean distance to the others of its group and b the smallest mean
 * distance to another group, (b - a) / max(a, b). From -1 to 1; 0 for a sample alone in its group. Quadratic in N.
 *
 * Example: on a line, groups {0, 1} and {10, 12}: sample 0 has a = 1, b = 11: 10/11 = .90909.
 * With fewer than two groups there is no b and every value is NaN. Throws `SimileError` (`embeddings`).
 */
export function silhouettes(
  embeddings: Rows,
  labels: Int32Array,
  distance: RowDistanceName = "euclidean",
): Float64Array {
  const groups = groupRows(embeddings, labels, "silhouettes");
  const identifiers = [...new Set(labels)].sort((a, b) => a - b);
  return Float64Array.from(labels, (label, sample) => {
    const row = rowAt(embeddings, sample);
    const sums = groups.map((members) => members.reduce((sum, other) => sum + rowDistances[distance](row, other), 0));
    return silhouette(sums, groups, identifiers.indexOf(label));
  });
}

function silhouette(sums: readonly number[], groups: readonly (readonly unknown[])[], own: number): number {
  if (groups.length < 2) return Number.NaN;
  const size = groups[own]!.length;
  if (size === 1) return 0;
  const inside = sums[own]! / (size - 1);
  const outside = Math.min(
    ...sums.map((sum, at) => (at === own ? Number.POSITIVE_INFINITY : sum / groups[at]!.length)),
  );
  const larger = Math.max(inside, outside);
  return larger === 0 ? 0 : (outside - inside) / larger;
}
