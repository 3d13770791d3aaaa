import { type Rows, rowAt, rowCount } from "../../linalg/rows.js";
import { Random } from "../../rng/index.js";
import type { DeviceOptions } from "../../run/index.js";
import { unitRows } from "../clustering/scores.js";
import { groupRows } from "../geometry/grouped-rows.js";
import type { Embeddings } from "../search/prepare.js";
import { scanDistances } from "../search/scan.js";

/**
 * Alignment (Wang, Isola, ICML 2020): mean squared distance of the pairs of one class on the unit sphere; 0 when each class is a point.
 *
 * Example: unit vectors at 0 and 60 degrees in one class: |x - y|^2 = 1. NaN without such a pair; zero rows stay where they are.
 */
export function alignment(rows: Embeddings, labels: Int32Array): number {
  let [sum, pairs] = [0, 0];
  for (const members of groupRows(unitRows(rows), labels, "alignment")) {
    // The sum over pairs of |x - y|^2 is n times the sum of |x|^2 less |sum of x|^2.
    const total = new Float64Array(rows.dimension);
    let squares = 0;
    for (const row of members) {
      for (let d = 0; d < total.length; d++) {
        total[d]! += row[d]!;
        squares += row[d]! ** 2;
      }
    }
    sum += members.length * squares - total.reduce((part, value) => part + value * value, 0);
    pairs += (members.length * (members.length - 1)) / 2;
  }
  return Math.max(0, sum) / pairs;
}

/** Options of {@link uniformity}. */
export interface UniformityOptions extends DeviceOptions {
  /** t in exp(-t |x - y|^2). Default 2, as published. */
  readonly temperature?: number;
  /** Rows drawn when there are more. Default 8,192: 33 million pairs. */
  readonly rows?: number;
  readonly seed?: number;
}

/**
 * Uniformity (Wang, Isola, ICML 2020): ln of the mean of exp(-2 |x - y|^2) over all pairs on the unit sphere; 0 when all is one point,
 * near -4 (less than 1 / dimension away) when spread evenly over many dimensions.
 *
 * Example: unit vectors at 0 and 60 degrees: ln exp(-2) = -2. NaN with fewer than two rows.
 */
export async function uniformity(
  rows: Embeddings,
  { temperature = 2, rows: most = 8192, seed = 0, ...device }: UniformityOptions = {},
): Promise<number> {
  const drawn = sampleRows(rows, most, seed);
  const count = rowCount(drawn);
  let sum = 0;
  // On the sphere |x - y|^2 is twice the cosine distance.
  await scanDistances(drawn, drawn, { ...device, distance: "cosine" }, (row, distances) => {
    for (let other = row + 1; other < count; other++) sum += Math.exp(-2 * temperature * distances[other]!);
  });
  return Math.log(sum / ((count * (count - 1)) / 2));
}

/** At most so many of the rows, drawn at random, in their order. */
export function sampleRows<T extends Rows>(rows: T, most: number, seed: number): T | Embeddings {
  const count = rowCount(rows);
  if (count <= most) return rows;
  const all = Array.from({ length: count }, (_, row) => row);
  const chosen = new Random(seed).sample(all, most).sort((a, b) => a - b);
  const data = new Float32Array(most * rows.dimension);
  chosen.forEach((row, at) => data.set(rowAt(rows, row), at * rows.dimension));
  return { data, dimension: rows.dimension };
}
