import { z } from "zod";
import { losses } from "./index.js";
import type { Loss } from "./loss.js";

/** A loss that was made, its name, or its name and options. */
export type LossChoice = Loss | string | { readonly name: string; readonly [option: string]: unknown };

function isLoss(value: unknown): value is Loss {
  return typeof value === "object" && value !== null && "terms" in value && "parameters" in value;
}

/** Option that takes a loss. */
export const lossChoice = z.custom<LossChoice>(
  (value) =>
    typeof value === "string" || (typeof value === "object" && value !== null && (isLoss(value) || "name" in value)),
  { error: "a loss, its name, or an object of its name and options" },
);

/** Options that are passed on to losses which own class vectors. */
export const nestedOptions = {
  classes: z.number().int().positive().optional().describe("number of classes, for losses inside that need it"),
  dimension: z.number().int().positive().optional().describe("dimension of the embedding, for losses inside"),
  dtype: z.enum(["float32", "float64"]).optional().describe("element type of the embedding, for losses inside"),
};

/** The loss of a choice, given those of the known options that it has. */
export function createLoss(choice: LossChoice, known: Readonly<Record<string, unknown>> = {}): Loss {
  if (isLoss(choice)) return choice;
  const { name, ...options } = typeof choice === "string" ? { name: choice } : choice;
  const { shape } = losses.entry(name).options;
  const wanted = Object.entries(known).filter(([key, value]) => value !== undefined && Object.hasOwn(shape, key));
  return losses.create(name, { ...Object.fromEntries(wanted), ...options });
}
