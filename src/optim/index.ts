import { z } from "zod";
import type { Parameter } from "../graph/index.js";
import { bindOptimizer, type Optimizer, type Rule } from "./optimizer.js";
import { adam, rmsprop, sgd } from "./rules.js";

export * from "./average.js";
export * from "./optimizer.js";
export * from "./rules.js";
export * from "./schedules.js";

/** Options of an optimiser as a configuration holds them. */
export const optimizerSchema = z.strictObject({
  name: z.enum(["sgd", "adam", "adamw", "rmsprop"]).default("adamw").describe("rule of the step"),
  learningRate: z.number().positive().default(1e-3).describe("learning rate before the schedule"),
  weightDecay: z.number().min(0).default(1e-4).describe("L2 penalty; decoupled in adamw"),
  momentum: z.number().min(0).max(1).default(0.9).describe("sgd, rmsprop: weight of past steps"),
  nesterov: z.boolean().default(false).describe("sgd: look ahead along the momentum"),
  beta1: z.number().min(0).max(1).default(0.9).describe("adam, adamw: decay of the mean of gradients"),
  beta2: z.number().min(0).max(1).default(0.999).describe("adam, adamw: decay of the mean of squared gradients"),
  epsilon: z.number().positive().default(1e-8).describe("adam, adamw, rmsprop: added to the divisor"),
  decay: z.number().min(0).max(1).default(0.99).describe("rmsprop: decay of the mean of squared gradients"),
  clipNorm: z.number().positive().optional().describe("largest joint norm of all gradients"),
  groups: z
    .array(
      z.strictObject({
        match: z.string().describe("regular expression over a parameter's dotted path"),
        learningRateMultiplier: z.number().min(0).optional(),
        weightDecay: z.number().min(0).optional(),
      }),
    )
    .default([])
    .describe("overrides for parameters by name"),
});

/** Settings of {@link optimizer}. */
export type OptimizerSettings = z.infer<typeof optimizerSchema>;

/** The optimiser that a configuration describes, bound to named parameters; `begins` as in {@link OptimizerOptions}. */
export function optimizer(
  settings: OptimizerSettings,
  named: readonly (readonly [string, Parameter])[],
  begins?: ReadonlyMap<Parameter, number>,
): Optimizer {
  const rules: Record<OptimizerSettings["name"], () => Rule> = {
    sgd: () => sgd(settings),
    adam: () => adam(settings),
    adamw: () => adam(settings),
    rmsprop: () => rmsprop(settings),
  };
  const groups = settings.groups.map(({ match, learningRateMultiplier, weightDecay }) => ({
    match,
    ...(learningRateMultiplier !== undefined && { learningRateMultiplier }),
    ...(weightDecay !== undefined && { weightDecay }),
  }));
  return bindOptimizer(rules[settings.name](), named, {
    weightDecay: settings.weightDecay,
    groups,
    decoupledWeightDecay: settings.name === "adamw",
    ...(settings.clipNorm !== undefined && { clipNorm: settings.clipNorm }),
    ...(begins && { begins }),
  });
}
