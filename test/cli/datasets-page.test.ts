import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { datasetsPage } from "../../src/cli/datasets-page.js";

test("docs/datasets.md is what the sources say (npm run docs)", () => {
  expect(readFileSync(new URL("../../docs/datasets.md", import.meta.url), "utf8")).toBe(datasetsPage());
});
