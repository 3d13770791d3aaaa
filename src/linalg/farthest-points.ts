import { squaredDistance } from "./pairwise-distances.js";
import { type Rows, rowAt, rowCount } from "./rows.js";

/** Rows that cover all the others. */
export interface FarthestPoints {
  /** [count] indices in the order they were chosen. */
  readonly chosen: Int32Array;
  /** [count] largest distance of a row to its nearest chosen one, after each choice; never increases. */
  readonly radii: Float64Array;
}

/**
 * Farthest-point selection (Gonzalez 1985; the greedy core-set of Sener and Savarese 2018): begins with row `start`, and
 * takes each time the row that is farthest (Euclidean) from all chosen, the first of equals. The covering radius is at
 * most twice the best possible. `count` above the number of rows gives all rows.
 */
export function farthestPoints(rows: Rows, count: number, start: number): FarthestPoints {
  const total = rowCount(rows);
  const size = Math.min(count, total);
  const nearest = new Float64Array(total).fill(Number.POSITIVE_INFINITY);
  const chosen = new Int32Array(size);
  const radii = new Float64Array(size);
  for (let step = 0, next = start; step < size; step++) {
    chosen[step] = next;
    const from = rowAt(rows, next);
    nearest[next] = -1; // never again, even among rows that are equal
    next = 0;
    for (let i = 0; i < total; i++) {
      if (nearest[i]! > 0) {
        const distance = squaredDistance(from, rowAt(rows, i));
        if (distance < nearest[i]!) nearest[i] = distance;
      }
      if (nearest[i]! > nearest[next]!) next = i;
    }
    radii[step] = Math.sqrt(Math.max(0, nearest[next]!));
  }
  return { chosen, radii };
}
