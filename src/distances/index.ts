import { z } from "zod";
import { Registry } from "../registry/index.js";
import { cosineEntry } from "./cosine.js";
import type { Distance } from "./distance.js";
import { dotEntry } from "./dot.js";
import type { DistanceEntry } from "./entry.js";
import { lpEntry } from "./lp.js";
import { snrEntry } from "./snr.js";

export { type CosineOptions, cosine } from "./cosine.js";
export * from "./distance.js";
export { type DotOptions, dot } from "./dot.js";
export type { DistanceEntry } from "./entry.js";
export { type LpOptions, lp, squaredEuclidean } from "./lp.js";
export { normalize } from "./normalize.js";
export { type SnrOptions, snr } from "./snr.js";

/** Every distance by name. */
export const distances = new Registry<Distance, DistanceEntry>("distance", [cosineEntry, dotEntry, lpEntry, snrEntry]);

function isDistance(value: unknown): value is Distance {
  return typeof value === "object" && value !== null && "matrix" in value && "paired" in value;
}

/**
 * An option that takes a distance: one that was made, its name, or `{ name, ...options }` as configuration files have
 * it.
 */
export function distanceOption(preset: () => Distance, what = "distance between embeddings") {
  const named = z.union([z.enum(distances.names), z.looseObject({ name: z.enum(distances.names) })]);
  return z
    .union([z.custom<Distance>(isDistance), named])
    .transform((value): Distance => {
      if (isDistance(value)) return value;
      const { name, ...options } = typeof value === "string" ? { name: value } : value;
      return distances.create(name, options);
    })
    .prefault(preset)
    .describe(`${what}; default ${preset().key}`);
}
