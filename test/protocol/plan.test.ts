import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { losses } from "../../src/losses/index.js";
import { methodsOf, parsePlan } from "../../src/protocol/index.js";

test("losses by name are tuned over the learning rate and what they declare", () => {
  const plan = parsePlan({ data: "demo", methods: ["triplet", "multi-similarity+multi-similarity"] });
  const [triplet, mined] = methodsOf(plan);
  expect(Object.keys(triplet!.search)).toEqual(["optimizer.learningRate", "loss.margin"]);
  expect(triplet!.initial).toMatchObject({ "loss.margin": 0.2, "optimizer.learningRate": 1e-3 });
  expect(mined!.settings).toEqual({ loss: "multi-similarity", miner: "multi-similarity" });
  expect(parsePlan(parse(stringify(plan)))).toEqual(plan);
});

test("every declared range has the loss's default inside it", () => {
  for (const { name, search } of losses.entries) {
    if (search === undefined) continue;
    const [method] = methodsOf(parsePlan({ data: "demo", methods: [name] }));
    for (const [option, dimension] of Object.entries(search)) {
      const initial = method!.initial[`loss.${option}`] as number;
      if (!("low" in dimension)) continue;
      expect(initial, `${name}.${option}`).toBeGreaterThanOrEqual(dimension.low);
      expect(initial, `${name}.${option}`).toBeLessThanOrEqual(dimension.high);
    }
  }
});

test.each([
  [{ methods: ["triplet"] }, /data/],
  [{ data: "demo", methods: [] }, /methods/],
  [{ data: "demo", methods: ["tripplet"] }, /loss: expected one of .* received tripplet/],
  [{ data: "demo", methods: ["triplet+nobody"] }, /miner: expected one of/],
  [{ data: "demo", methods: ["triplet", "triplet"] }, /triplet twice/],
  [{ data: "demo", methods: ["triplet"], baseline: "circle" }, /baseline: expected one of triplet/],
  [{ data: "demo", methods: ["triplet"], settings: { stepz: 3 } }, /method triplet: .*stepz/],
  [
    { data: "demo", methods: [{ name: "a", settings: { loss: "triplet" }, search: { x: { low: 2, high: 1 } } }] },
    /search/,
  ],
])("%j is refused with what is wrong", (options, message) => {
  expect(() => parsePlan(options)).toThrow(message);
});
