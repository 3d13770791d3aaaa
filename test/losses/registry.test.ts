import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { z } from "zod";
import { losses } from "../../src/losses/index.js";

it.each(losses.names)("%s has a test file of its name, a summary, and described options", (name) => {
  expect(existsSync(new URL(`./${name}.test.ts`, import.meta.url))).toBe(true);
  const { summary, accepts, options } = losses.entry(name);
  expect(summary.length).toBeGreaterThan(10);
  expect(accepts.length).toBeGreaterThan(0);
  const schema = z.toJSONSchema(options, { io: "input", unrepresentable: "any" });
  for (const [option, { description }] of Object.entries(
    schema.properties as Record<string, { description?: string }>,
  )) {
    expect(description, option).toBeTruthy();
  }
});

it("names are unique, and unknown names and options are refused with the choices", () => {
  expect(new Set(losses.names).size).toBe(losses.names.length);
  expect(() => losses.create("contrastve")).toThrow(/loss: expected one of .*contrastive.*, received contrastve/);
  expect(() => losses.create("contrastive", { margin: 1 })).toThrow(/options are positiveMargin, negativeMargin/);
  expect(() => losses.create("triplet", { margin: "x" })).toThrow(/loss triplet\.margin: .*received "x"/);
  expect(() => losses.create("contrastive", { distance: { name: "lp", p: 0.5 } })).toThrow(/p/);
});
