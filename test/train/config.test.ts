import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { flagsOf } from "../../src/cli/flags.js";
import { configSchema, parseConfig } from "../../src/train/index.js";

test("an empty configuration is complete, and survives a file", () => {
  const config = parseConfig({});
  expect(config.loss).toMatchObject({ name: "multi-similarity", alpha: 2 });
  expect(parseConfig(parse(stringify(config)))).toEqual(config);
});

test("choices by name, by object, and by option alone", () => {
  expect(parseConfig({ loss: "triplet" }).loss.name).toBe("triplet");
  expect(parseConfig({ loss: { name: "contrastive", negativeMargin: 0.7 } }).loss).toMatchObject({
    name: "contrastive",
    negativeMargin: 0.7,
  });
  expect(parseConfig({ sampler: { samplesPerClass: 2 } }).sampler).toMatchObject({
    name: "m-per-class",
    samplesPerClass: 2,
  });
  expect(parseConfig({}).miner).toBeUndefined();
  expect(parseConfig({}).sampler).toBeUndefined();
});

test("a distance inside a loss stays as it was written", () => {
  const config = parseConfig({ loss: { name: "contrastive", distance: { name: "lp", p: 1 } } });
  expect(parseConfig(parse(stringify(config)))).toEqual(config);
  expect(config.loss.distance).toEqual({ name: "lp", p: 1 });
});

test.each([
  [{ steps: -1 }, /steps: Too small/],
  [{ stepz: 1 }, /Unrecognized key: "stepz"/],
  [{ image: { size: "big" } }, /image\.size: Invalid input: expected number, received string/],
  [{ loss: "nothing" }, /loss: "nothing" is not known; choose one of .*triplet/],
  [{ loss: { name: "triplet", marginn: 1 } }, /loss: Unrecognized key: "marginn"/],
  [{ loss: { name: "arcface", scale: -1 } }, /loss\.scale: Too small/],
  [{ loss: 3 }, /loss: a name, or an object of a name and options/],
  [{ optimizer: { groups: [{ learningRateMultiplier: 1 }] } }, /optimizer\.groups\.0\.match/],
])("%j is named with its path", (options, message) => {
  expect(() => parseConfig(options)).toThrow(message);
});

test("every field of the schema says what it means", () => {
  for (const { path, description } of flagsOf(configSchema)) expect(description, path).toBeTruthy();
});
