import { describe, expect, test } from "vitest";
import { losses } from "../../src/losses/index.js";
import { configOf, methodsOf, parsePlan } from "../../src/protocol/plan.js";
import { type Settings, settingsAt } from "../../src/protocol/space.js";
import { propose, ROUND, type Tried, trialsBefore } from "../../src/protocol/tuner.js";
import { between, type SearchSpace, scaled } from "../../src/registry/index.js";
import { Random } from "../../src/rng/index.js";

const plane: SearchSpace = { rate: scaled(1e-4, 1e-1), margin: between(0, 1) };
const initial: Settings = { rate: 1e-3, margin: 0.9 };

/** Scores between 0.5 and 1 that rise up to the edge beyond which training diverges. */
function score({ rate, margin }: Settings): number | null {
  const place = (Math.log10(Number(rate)) + 4) / 3;
  return place > 0.8 ? null : 0.5 + 0.5 * Math.exp(-8 * ((place - 0.7) ** 2 + (Number(margin) - 0.3) ** 2));
}

test("search keeps away from where trials fail, and still finds the best beside it", () => {
  const tried: Tried[] = [];
  for (let number = 0; number < 30; number++) {
    const settings = propose(
      plane,
      initial,
      tried.slice(0, trialsBefore(number)),
      number,
      "bayesian",
      new Random(2).fork("search"),
    );
    tried.push({ settings, score: score(settings) });
  }
  const late = tried.slice(2 * ROUND);
  expect(late.filter((trial) => trial.score === null).length).toBeLessThan(late.length / 3);
  expect(Math.max(...late.map((trial) => trial.score ?? 0))).toBeGreaterThan(0.95);
});

test("trials that all failed do not end the search", () => {
  const failed = Array.from({ length: ROUND }, (_, i) => ({
    settings: settingsAt(plane, [i / ROUND, 0.5]),
    score: null,
  }));
  const settings = propose(plane, initial, failed, ROUND, "bayesian", new Random(1));
  expect(Object.keys(settings)).toEqual(["rate", "margin"]);
});

describe("search spaces that losses declare", () => {
  const declared = losses.entries.filter(({ search }) => search !== undefined).map(({ name }) => name);

  test("a dozen losses and more have one", () => {
    expect(declared.length).toBeGreaterThanOrEqual(12);
  });

  test.each(declared)("%s: both ends and the middle are options that the loss takes", (name) => {
    const plan = parsePlan({ data: "demo", methods: [name] });
    const [method] = methodsOf(plan);
    for (const place of [0, 0.5, 1]) {
      const point = Object.keys(method!.search).map(() => place);
      const settings = settingsAt(method!.search, point);
      const config = configOf(plan, method!, settings, 1);
      for (const [path, value] of Object.entries(settings)) {
        expect(path.split(".").reduce<unknown>((at, key) => (at as Settings)[key], config)).toBe(value);
      }
    }
  });
});
