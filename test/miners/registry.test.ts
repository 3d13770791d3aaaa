import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { miners } from "../../src/miners/index.js";

it.each(miners.names)("%s has a test file of its name and a summary", (name) => {
  expect(existsSync(new URL(`./${name}.test.ts`, import.meta.url))).toBe(true);
  expect(miners.entry(name).summary.length).toBeGreaterThan(10);
});

it("refuses unknown names", () => {
  expect(() => miners.create("batch-soft")).toThrow(/miner: expected one of .*batch-hard.*, received batch-soft/);
});
