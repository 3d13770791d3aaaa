import { z } from "zod";

/** Where a run stands: all of a checkpoint that is not a tensor. */
export const progressSchema = z.object({
  step: z.number().int(),
  queue: z.object({ pending: z.array(z.array(z.number())), sampler: z.unknown() }),
  schedule: z.unknown(),
  /** Best validation so far, and how many validations have passed since. */
  best: z.object({ step: z.number().int(), score: z.number() }).nullable(),
  waited: z.number().int(),
  /** Training classes that have been in a batch. */
  seen: z.array(z.number().int()),
  /** Seconds spent before this checkpoint. */
  seconds: z.number(),
});

/** See {@link progressSchema}. */
export type Progress = z.infer<typeof progressSchema>;
