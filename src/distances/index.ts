import { createMember, memberChoice, Registry } from "../registry/index.js";
import { cosineEntry } from "./cosine.js";
import type { Distance } from "./distance.js";
import { dotEntry } from "./dot.js";
import type { DistanceEntry } from "./entry.js";
import { lpEntry } from "./lp.js";
import { mahalanobisEntry } from "./mahalanobis.js";
import { snrEntry } from "./snr.js";

export { type CosineOptions, cosine } from "./cosine.js";
export * from "./distance.js";
export { type DotOptions, dot } from "./dot.js";
export type { DistanceEntry } from "./entry.js";
export { type LpOptions, lp, squaredEuclidean } from "./lp.js";
export { type MahalanobisOptions, mahalanobis } from "./mahalanobis.js";
export { normalize } from "./normalize.js";
export { type SnrOptions, snr } from "./snr.js";

/** Every distance by name. */
export const distances: Registry<Distance, DistanceEntry> = new Registry<Distance, DistanceEntry>("distance", [
  cosineEntry,
  dotEntry,
  lpEntry,
  mahalanobisEntry,
  snrEntry,
]);

function isDistance(value: unknown): value is Distance {
  return typeof value === "object" && value !== null && "matrix" in value && "paired" in value;
}

/**
 * An option that takes a distance: one that was made, its name, or `{ name, ...options }` as configuration files have
 * it.
 */
export function distanceOption(preset: () => Distance, what = "distance between embeddings") {
  return memberChoice(() => distances, isDistance, "distance")
    .transform((choice): Distance => createMember(distances, isDistance, choice))
    .prefault(preset)
    .describe(`${what}; default ${preset().key}`);
}
