import { z } from "zod";
import { SimileError } from "../errors/index.js";
import { losses } from "../losses/index.js";
import { miners } from "../miners/index.js";
import { type SearchSpace, scaled, searchDimension } from "../registry/index.js";
import { type Choice, parseConfig, type TrainConfig, type TrainOptions } from "../train/index.js";
import { type Settings, type SettingValue, withSettings } from "./space.js";

/** Options of a training run, as a configuration file holds them. */
const settingsSchema = z.record(z.string(), z.unknown());

const methodSchema = z.strictObject({
  name: z.string().min(1).describe("how the report calls it"),
  settings: settingsSchema.describe("what it trains with, over the plan's settings: loss, miner, sampler, ..."),
  search: z
    .record(z.string(), searchDimension)
    .optional()
    .describe("what is tuned, by dotted path; default: the learning rate and what the loss declares"),
});

/** The plan of a benchmark; `plan.yaml` of its folder is this. */
export const planSchema = z.strictObject({
  data: z.string().describe("data set, as for train"),
  backbone: z
    .string()
    .optional()
    .describe(
      "ONNX file whose features are taken once; heads are trained over them. Default: whole networks are trained",
    ),
  methods: z
    .array(z.union([z.string(), methodSchema]))
    .min(1)
    .describe("losses by name, with a miner as loss+miner, or methods with settings of their own"),
  baseline: z.string().optional().describe("method that the others are compared with; default the first"),
  folds: z.number().int().min(2).default(4).describe("parts of the trainval classes, each of which validates in turn"),
  trials: z.number().int().min(1).default(20).describe("settings tried for every method"),
  minutes: z
    .number()
    .positive()
    .optional()
    .describe("instead of trials: as many, for every method alike, as fit into this time on this machine"),
  search: z.enum(["bayesian", "random"]).default("bayesian").describe("how settings are chosen"),
  seeds: z
    .number()
    .int()
    .min(1)
    .default(3)
    .describe("times that the best setting of a method is trained again and tested"),
  seed: z.number().int().min(0).default(1).describe("decides every random choice"),
  settings: settingsSchema.default({}).describe("what all methods train with: steps, batchSize, head, ..."),
});

/** A plan as users write it. */
export type PlanOptions = z.input<typeof planSchema>;
/** A plan with every default filled in. */
export type Plan = z.output<typeof planSchema>;

/** A method ready to be tuned. */
export interface Method {
  readonly name: string;
  readonly settings: TrainOptions;
  readonly search: SearchSpace;
  /** Values of what is tuned when nothing is tuned. */
  readonly initial: Settings;
}

/** A plan with its methods made out, or an error that names what is wrong. */
export function parsePlan(options: unknown, where = "plan"): Plan {
  const parsed = planSchema.safeParse(options);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    throw invalid(where, "a plan as `simile benchmark --help` describes it", problems.join("; "));
  }
  const methods = methodsOf(parsed.data);
  const names = methods.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw invalid(`${where}, methods`, "a name of its own for every method", `${twice} twice`);
  const { baseline } = parsed.data;
  if (baseline !== undefined && !names.includes(baseline))
    throw invalid(`${where}, baseline`, `one of ${names.join(", ")}`, baseline);
  for (const method of methods) configOf(parsed.data, method, method.initial, 0);
  return parsed.data;
}

/** The methods of a plan. */
export function methodsOf(plan: Pick<Plan, "methods" | "settings">): Method[] {
  return plan.methods.map((method) => {
    const { name, settings, search } = typeof method === "string" ? named(method) : method;
    const config = parseConfig({ ...plan.settings, ...settings }, `method ${name}`);
    const space = search ?? declaredSpace(config);
    const initial = Object.entries(space).map(
      ([path, dimension]) => [path, initialOf(config, path, dimension)] as const,
    );
    return { name, settings: settings as TrainOptions, search: space, initial: Object.fromEntries(initial) };
  });
}

/** `loss` or `loss+miner`. */
function named(text: string): { name: string; settings: TrainOptions; search?: undefined } {
  const [loss = "", miner] = text.split("+");
  losses.entry(loss);
  if (miner !== undefined) miners.entry(miner);
  return { name: text, settings: { loss, ...(miner !== undefined && { miner }) } };
}

/** The learning rate, and what the loss declares. */
function declaredSpace({ loss }: TrainConfig): SearchSpace {
  const own = Object.entries(losses.entry(loss.name).search ?? {});
  return {
    "optimizer.learningRate": scaled(1e-4, 3e-2),
    ...Object.fromEntries(own.map(([option, dimension]) => [`loss.${option}`, dimension])),
  };
}

function initialOf(config: TrainConfig, path: string, dimension: SearchSpace[string]): SettingValue {
  const value = path.split(".").reduce<unknown>((at, key) => (at as Choice | undefined)?.[key], config);
  if (["number", "string", "boolean"].includes(typeof value)) return value as SettingValue;
  // A setting without a default begins in the middle of its range.
  return "choices" in dimension
    ? dimension.choices[0]!
    : dimension.log
      ? Math.sqrt(dimension.low * dimension.high)
      : (dimension.low + dimension.high) / 2;
}

/** The configuration of one training of a method. */
export function configOf(plan: Plan, { name, settings }: Method, tuned: Settings, seed: number): TrainConfig {
  const options = withSettings({ ...plan.settings, ...settings }, tuned);
  return parseConfig({ threads: 1, ...options, data: plan.data, seed }, `method ${name}`);
}

function invalid(where: string, expected: string, received: string): SimileError {
  return new SimileError({ code: "invalid-plan", where, expected, received, remedy: "correct the plan" });
}
