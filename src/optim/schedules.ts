import { z } from "zod";

/** A factor on the learning rate that changes as training goes on. */
export interface Schedule {
  /** Factor at a step, counted from 0. */
  factor(step: number): number;
  /** Tells the schedule a validation score (larger is better); only `plateau` listens. */
  observe(score: number): void;
  /** What `restore` needs to go on later. */
  state(): unknown;
  restore(state: unknown): void;
}

/** Options of every schedule; `steps` is the length of training. */
export const scheduleSchema = z.strictObject({
  name: z.enum(["constant", "step", "cosine", "plateau"]).default("cosine").describe("how the learning rate changes"),
  warmup: z.number().int().min(0).default(0).describe("steps of linear rise from 0 before the schedule begins"),
  every: z.number().int().min(1).default(1000).describe("step: steps between drops"),
  factor: z.number().min(0).max(1).default(0.1).describe("step, plateau: factor of a drop"),
  final: z.number().min(0).max(1).default(0).describe("cosine: factor at the end"),
  patience: z.number().int().min(1).default(3).describe("plateau: validations without a gain before a drop"),
});

/** Settings of {@link schedule}. */
export type ScheduleOptions = z.infer<typeof scheduleSchema>;

/** Makes a schedule for a training of `steps` steps. Cosine: Loshchilov and Hutter, "SGDR", ICLR 2017. */
export function schedule(options: ScheduleOptions, steps: number): Schedule {
  let drops = 0;
  let best = Number.NEGATIVE_INFINITY;
  let waited = 0;
  const shape = (step: number): number => {
    const after = step - options.warmup;
    switch (options.name) {
      case "constant":
        return 1;
      case "step":
        return options.factor ** Math.floor(after / options.every);
      case "cosine": {
        const progress = Math.min(1, after / Math.max(1, steps - options.warmup));
        return options.final + ((1 - options.final) * (1 + Math.cos(Math.PI * progress))) / 2;
      }
      case "plateau":
        return options.factor ** drops;
    }
  };
  return {
    factor: (step) => (step < options.warmup ? (step + 1) / (options.warmup + 1) : shape(step)),
    observe(score) {
      waited = score > best ? 0 : waited + 1;
      best = Math.max(best, score);
      if (waited < options.patience) return;
      drops++;
      waited = 0;
    },
    state: () => ({ drops, best: Number.isFinite(best) ? best : null, waited }),
    restore(state) {
      const saved = state as { drops: number; best: number | null; waited: number };
      drops = saved.drops;
      best = saved.best ?? Number.NEGATIVE_INFINITY;
      waited = saved.waited;
    },
  };
}
