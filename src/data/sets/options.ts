import { z } from "zod";

const partial = z.boolean().default(false).describe("take what is there of an incomplete copy, and check no counts");

/** The schema of a data set's options: its own, and `partial`, which all have. */
export function setOptions<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject({ partial, ...shape });
}

/** `crop`, for sets that publish a box with every picture. */
export const crop = z.boolean().default(false).describe("cut every picture to its published bounding box");
