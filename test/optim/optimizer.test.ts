import { expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { input, Parameter } from "../../src/graph/index.js";
import {
  exponentialAverage,
  type OptimizerSettings,
  optimizer,
  optimizerSchema,
  schedule,
  scheduleSchema,
} from "../../src/optim/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";

const start = [1.5, -2, 0.25, 3];
const curvature = [1, 2, 0.5, 0.1];
const rate = 0.1;

/** Steps of the real thing on sum(c x^2) / 2, whose gradient is c x. */
async function run(settings: Partial<OptimizerSettings>, steps: number, averageDecay?: number) {
  const x = new Parameter([2, 2], { initializer: () => start });
  const rule = optimizer(optimizerSchema.parse({ weightDecay: 0, ...settings }), [["x", x]]);
  const average = averageDecay === undefined ? undefined : exponentialAverage([["x", x]], averageDecay);
  const variables = new Variables();
  variables.add({ x, rule: rule.parameters, ...(average && { average: average.parameters }) }, new Random(1));
  const loss = x
    .square()
    .mul([curvature.slice(0, 2), curvature.slice(2)])
    .sum()
    .mul(0.5);
  const learningRate = input("rate", "float32", []);
  const updates = rule.update(grad(loss, rule.trained), learningRate);
  average?.update(updates);
  const program = await compileGraph({ outputs: { loss }, updates }, { variables });
  for (let i = 0; i < steps; i++) await program.run({ rate: Float32Array.of(rate) });
  await program.release();
  const mean = average && [...average.replacements.values()][0];
  return {
    x: Array.from(variables.value(x), Number),
    mean: mean && Array.from(variables.value(mean as Parameter), Number),
  };
}

type Plain = (x: number, g: number, state: Record<string, number>, t: number) => number;

/** The same with plain numbers. */
function plain(rule: Plain, steps: number, decay = 0): number[] {
  return start.map((first, i) => {
    let x = first;
    const state: Record<string, number> = { m: 0, v: 0 };
    for (let t = 1; t <= steps; t++) x = rule(x, curvature[i]! * x + decay * x, state, t);
    return x;
  });
}

const adamStep: Plain = (x, g, state, t) => {
  state.m = 0.9 * state.m! + 0.1 * g;
  state.v = 0.999 * state.v! + 0.001 * g * g;
  return x - (rate * state.m!) / (1 - 0.9 ** t) / (Math.sqrt(state.v! / (1 - 0.999 ** t)) + 1e-8);
};
const momentumStep: Plain = (x, g, state) => {
  state.v = 0.9 * state.v! + g;
  return x - rate * state.v!;
};

test.each<[string, Partial<OptimizerSettings>, number[]]>([
  ["sgd", { name: "sgd", momentum: 0 }, plain((x, g) => x - rate * g, 7)],
  ["sgd with momentum", { name: "sgd" }, plain(momentumStep, 7)],
  [
    "sgd with Nesterov momentum",
    { name: "sgd", nesterov: true },
    plain((x, g, state) => {
      state.v = 0.9 * state.v! + g;
      return x - rate * (g + 0.9 * state.v!);
    }, 7),
  ],
  ["sgd with weight decay", { name: "sgd", weightDecay: 0.3 }, plain(momentumStep, 7, 0.3)],
  ["adam", { name: "adam" }, plain(adamStep, 7)],
  ["adam with coupled weight decay", { name: "adam", weightDecay: 0.3 }, plain(adamStep, 7, 0.3)],
  [
    "adamw",
    { name: "adamw", weightDecay: 0.3 },
    plain((x, g, state, t) => adamStep(x * (1 - rate * 0.3), g, state, t), 7),
  ],
  [
    "rmsprop",
    { name: "rmsprop", momentum: 0 },
    plain((x, g, state) => {
      state.v = 0.99 * state.v! + 0.01 * g * g;
      return x - (rate * g) / (Math.sqrt(state.v!) + 1e-8);
    }, 7),
  ],
])("%s takes the published steps", async (_, settings, expected) => {
  const { x } = await run(settings, 7);
  x.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
});

test("clipping scales all gradients to the joint norm", async () => {
  const norm = Math.hypot(...start.map((x, i) => x * curvature[i]!));
  const { x } = await run({ name: "sgd", momentum: 0, clipNorm: 0.5 }, 1);
  x.forEach((value, i) => expect(value).toBeCloseTo(start[i]! - (rate * 0.5 * start[i]! * curvature[i]!) / norm, 5));
  const loose = await run({ name: "sgd", momentum: 0, clipNorm: 100 }, 1);
  loose.x.forEach((value, i) => expect(value).toBeCloseTo(start[i]! * (1 - rate * curvature[i]!), 5));
});

test("groups change rates by name, and 0 freezes", async () => {
  const slow = await run({ name: "sgd", momentum: 0, groups: [{ match: "^x$", learningRateMultiplier: 0.5 }] }, 1);
  slow.x.forEach((value, i) => expect(value).toBeCloseTo(start[i]! * (1 - 0.5 * rate * curvature[i]!), 5));
  const y = new Parameter([1], { initializer: () => [1] });
  expect(
    optimizer(optimizerSchema.parse({ groups: [{ match: "y", learningRateMultiplier: 0 }] }), [["y", y]]).trained,
  ).toEqual([]);
});

test("the average follows the parameter", async () => {
  const { mean } = await run({ name: "sgd", momentum: 0 }, 3, 0.6);
  const expected = start.map((first, i) => {
    let x = first;
    let average = first;
    for (let t = 0; t < 3; t++) {
      x -= rate * curvature[i]! * x;
      average = 0.6 * average + 0.4 * x;
    }
    return average;
  });
  mean!.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
});

test("schedules", () => {
  const make = (options: object, steps = 100) => schedule(scheduleSchema.parse(options), steps);
  expect(make({ name: "constant" }).factor(50)).toBe(1);
  expect(make({ name: "step", every: 10, factor: 0.5 }).factor(25)).toBe(0.25);
  const cosine = make({ name: "cosine", warmup: 10, final: 0.1 }, 110);
  expect(cosine.factor(4)).toBeCloseTo(5 / 11);
  expect(cosine.factor(10)).toBeCloseTo(1);
  expect(cosine.factor(60)).toBeCloseTo(0.55);
  expect(cosine.factor(110)).toBeCloseTo(0.1);
  const plateau = make({ name: "plateau", patience: 2, factor: 0.1 });
  for (const score of [0.1, 0.2, 0.2, 0.15]) plateau.observe(score);
  expect(plateau.factor(0)).toBeCloseTo(0.1);
  const resumed = make({ name: "plateau", patience: 2, factor: 0.1 });
  resumed.restore(JSON.parse(JSON.stringify(plateau.state())));
  resumed.observe(0.1);
  resumed.observe(0.1);
  expect(resumed.factor(0)).toBeCloseTo(0.01);
});
