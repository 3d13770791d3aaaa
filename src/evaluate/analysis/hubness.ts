import type { Neighbours } from "../neighbours.js";

/** How unevenly items turn up as neighbours. */
export interface Hubness {
  /** Neighbours looked at in each list. */
  readonly k: number;
  /** [G] in how many lists each gallery item is. */
  readonly occurrences: Int32Array;
  /** Skewness of the occurrences: 0 for an even spread, large when a few hubs are everywhere. NaN when all are equal. */
  readonly skewness: number;
  /** Share of items that are in no list and so are never found. */
  readonly antiHubs: number;
}

/**
 * Hubness (Radovanovic, Nanopoulos, Ivanovic: Hubs in Space, JMLR 2010) from lists of neighbours of `gallery` items: k-occurrences, their
 * skewness E[(N - mean)^3] / deviation^3, and anti-hubs.
 *
 * Example: occurrences 0, 0, 0, 4: mean 1, deviation sqrt 3, skewness 6 / 5.19615 = 1.1547, anti-hubs .75.
 */
export function hubness({ indices, k: listed }: Neighbours, gallery: number, k = 10): Hubness {
  const depth = Math.min(k, listed);
  const occurrences = new Int32Array(gallery);
  indices.forEach((item, at) => {
    if (at % listed < depth && item >= 0) occurrences[item]!++;
  });
  const mean = occurrences.reduce((sum, count) => sum + count, 0) / gallery;
  const moment = (power: number) => occurrences.reduce((sum, count) => sum + (count - mean) ** power, 0) / gallery;
  return {
    k: depth,
    occurrences,
    skewness: moment(3) / moment(2) ** 1.5,
    antiHubs: occurrences.filter((count) => count === 0).length / gallery,
  };
}
