import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type ChoiceKind, choices, choicesPage, describeChoices } from "../../src/cli/choices.js";

test("docs/choices.md is what the sources say (npm run docs)", () => {
  expect(readFileSync(new URL("../../docs/choices.md", import.meta.url), "utf8")).toBe(choicesPage());
});

test.each(Object.keys(choices) as ChoiceKind[])("every one of %s says what it is and what its options mean", (kind) => {
  const all = describeChoices(kind);
  expect(all.length).toBeGreaterThan(0);
  for (const { name, summary, options } of all) {
    expect(summary, name).not.toBe("");
    for (const { path, description } of options) expect(description, `${name}.${path}`).not.toBe("");
  }
});
