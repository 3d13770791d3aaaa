import { z } from "zod";
import type { Distance } from "./distance.js";
import { dot } from "./dot.js";
import type { DistanceEntry } from "./entry.js";

const options = z.strictObject({
  power: z.number().positive().default(1).describe("exponent of the cosine"),
});

/** Options of {@link cosine}. */
export type CosineOptions = z.input<typeof options>;

/** Cosine of the angle between vectors, a similarity in [-1, 1]; 0 beside a zero vector. */
export function cosine(settings: CosineOptions = {}): Distance {
  return dot({ ...options.parse(settings), normalize: true });
}

export const cosineEntry: DistanceEntry<typeof options> = {
  name: "cosine",
  summary: "cosine of the angle between vectors (similarity)",
  options,
  create: cosine,
};
