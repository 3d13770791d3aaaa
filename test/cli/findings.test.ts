import { expect, test } from "vitest";
import { findingsText } from "../../src/cli/commands/doctor.js";
import { imagesFinding, nodeFinding, processorFinding } from "../../src/cli/findings.js";

test.each([
  ["18.20.0", "broken"],
  ["20.18.9", "broken"],
  ["20.19.0", "ok"],
  ["22.0.0", "ok"],
])("Node %s is %s", (version, state) => {
  const finding = nodeFinding(version);
  expect(finding).toMatchObject({ state, essential: true });
  expect(finding.remedy).toBe(state === "ok" ? undefined : "install Node 20.19 or later");
});

test("pictures are decoded here, and the formats are named", async () => {
  const { state, detail } = await imagesFinding();
  expect(state).toBe("ok");
  for (const format of ["jpeg", "png", "webp"]) expect(detail).toContain(format);
});

test("the processor is named", async () => {
  expect((await processorFinding()).detail).toMatch(/^\d+ x ./);
});

test("findings fit 80 columns, remedies below what they mend", () => {
  const text = findingsText([
    { what: "Node", state: "ok", detail: "v20" },
    { what: "images", state: "broken", detail: "word ".repeat(30).trim(), remedy: "install it again" },
  ]);
  const lines = text.split("\n");
  expect(lines[0]).toBe("Node           ok      v20");
  expect(lines[1]).toMatch(/^images {9}broken {2}word word/);
  expect(lines.at(-1)).toBe(`${" ".repeat(23)}install it again`);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});
