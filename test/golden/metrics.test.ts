import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readGolden } from "./format.js";
import { checkMetrics } from "./run-metrics.js";

const folders = {
  "the subset in the repository": fileURLToPath(new URL("metrics/", import.meta.url)),
  "the shared reference vectors": fileURLToPath(new URL("../../../shared/golden/metrics/", import.meta.url)),
};

describe.each(Object.entries(folders))("metrics agree with %s", (_, folder) => {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  describe.skipIf(files.length === 0)("file by file", () => {
    it.each(files)("%s", (name) => {
      const results = [...checkMetrics(readGolden(folder + name))];
      expect(results.length).toBeGreaterThan(0);
      expect(results.filter((result) => !result.passed)).toEqual([]);
    });
  });
});

describe("checkMetrics", () => {
  const folder = folders["the subset in the repository"];

  it("fails a case whose expected value is off by more than the tolerance, naming it", () => {
    const file = readGolden(`${folder}clustering-f1.json`);
    const wrong = file.cases.map((golden) => ({ ...golden, expected: { f1: 0.7126 } }));
    const [result] = [...checkMetrics({ ...file, cases: wrong })];
    expect(result).toMatchObject({ passed: false, message: "f1 is 0.7125, expected 0.7126" });
    expect(result?.error).toBeCloseTo(1e-4, 10);
  });

  it("does not pass a file it has no check for", () => {
    const file = { ...readGolden(`${folder}clustering-f1.json`), name: "unheard-of" };
    expect([...checkMetrics(file)]).toMatchObject([{ passed: false, message: "no check knows the file unheard-of" }]);
  });
});
