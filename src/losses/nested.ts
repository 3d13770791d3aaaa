import { z } from "zod";
import { createMember, type Known, type MemberChoice, memberChoice } from "../registry/index.js";
import { losses } from "./index.js";
import type { Loss } from "./loss.js";

/** A loss that was made, its name, or its name and options. */
export type LossChoice = MemberChoice<Loss>;

function isLoss(value: unknown): value is Loss {
  return typeof value === "object" && value !== null && "terms" in value && "parameters" in value;
}

/** Option that takes a loss. */
export const lossChoice = memberChoice(() => losses, isLoss, "loss");

/** Options that are passed on to losses which own class vectors. */
export const nestedOptions = {
  classes: z.number().int().positive().optional().describe("number of classes, for losses inside that need it"),
  dimension: z.number().int().positive().optional().describe("dimension of the embedding, for losses inside"),
  dtype: z.enum(["float32", "float64"]).optional().describe("element type of the embedding, for losses inside"),
};

/** The loss of a choice, given those of the known options that it has. */
export function createLoss(choice: LossChoice, known?: Known): Loss {
  return createMember(losses, isLoss, choice, known);
}
