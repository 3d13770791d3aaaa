import { rowAt, rowCount } from "../linalg/rows.js";
import { Random } from "../rng/index.js";
import type { Embeddings, SearchDistance } from "./search/prepare.js";
import { type ScanOptions, scanDistances } from "./search/scan.js";
import { distanceBetween } from "./verification/pairs.js";

/**
 * Share of given triplets whose positive is nearer to the anchor than the negative, strictly: an equal distance is wrong.
 * `triplets` [T, 3] holds positions of anchor, positive and negative. NaN without triplets.
 *
 * Example: on a line at 0, 1, 3 and 1: (0, 1, 2) right, (0, 2, 1) wrong, (0, 1, 3) equal, hence wrong: 1/3.
 */
export function tripletAccuracy(
  rows: Embeddings,
  triplets: ArrayLike<number>,
  distance: SearchDistance = "cosine",
): number {
  let right = 0;
  for (let at = 0; at < triplets.length; at += 3) {
    const [anchor, positive, negative] = [0, 1, 2].map((part) => rowAt(rows, triplets[at + part]!));
    if (distanceBetween(anchor!, positive!, distance) < distanceBetween(anchor!, negative!, distance)) right++;
  }
  return right / (triplets.length / 3);
}

/** Options of {@link classTripletAccuracy}. */
export interface ClassTripletOptions extends ScanOptions {
  /** Anchors drawn at random when there are more; default all. */
  readonly anchors?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * {@link tripletAccuracy} over every triplet that class labels allow (of the anchors drawn, when limited): each anchor with each other
 * of its class and each of another. It is the mean over triplets, so large classes weigh more. NaN without triplets.
 */
export async function classTripletAccuracy(
  rows: Embeddings,
  labels: Int32Array,
  { anchors = Number.POSITIVE_INFINITY, seed = 0, ...options }: ClassTripletOptions = {},
): Promise<number> {
  const all = Array.from({ length: rowCount(rows) }, (_, row) => row);
  const chosen = anchors < all.length ? new Random(seed).sample(all, anchors).sort((a, b) => a - b) : all;
  const { dimension } = rows;
  const queries = { data: new Float32Array(chosen.length * dimension), dimension };
  chosen.forEach((row, at) => queries.data.set(rowAt(rows, row), at * dimension));
  let [right, triplets] = [0, 0];
  await scanDistances(chosen === all ? rows : queries, rows, options, (query, distances) => {
    const anchor = chosen[query]!;
    const positives = distances.filter((_, item) => item !== anchor && labels[item] === labels[anchor]).sort();
    distances.forEach((distance, item) => {
      if (labels[item] === labels[anchor]) return;
      right += countBelow(positives, distance);
      triplets += positives.length;
    });
  });
  return right / triplets;
}

/** How many of some ascending values are below one. */
function countBelow(ascending: Float32Array, value: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
