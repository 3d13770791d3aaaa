import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runGolden } from "./run.js";

const own = fileURLToPath(new URL("./", import.meta.url));
const shared = fileURLToPath(new URL("../../../shared/golden/", import.meta.url));

describe.each([
  ["the subset in the repository", own],
  ["the shared reference vectors", shared],
])("%s", (_, folder) => {
  it.skipIf(!existsSync(folder))("agree with Simile", async () => {
    const lines: string[] = [];
    const { passed, failed } = await runGolden(folder, (line) => lines.push(line));
    expect(lines.filter((line) => line.startsWith("FAILED"))).toEqual([]);
    expect(failed).toBe(0);
    expect(passed).toBeGreaterThan(150);
  });
});

describe("runGolden", () => {
  it("names a case whose numbers are wrong, with its relative error", async () => {
    const folder = mkdtempSync(join(tmpdir(), "golden-"));
    cpSync(join(own, "losses/contrastive.json"), join(folder, "contrastive.json"));
    const text = readFileSync(join(folder, "contrastive.json"), "utf8");
    writeFileSync(join(folder, "contrastive.json"), text.replace(/"loss":1\.47583/, '"loss":1.57583'));
    const lines: string[] = [];
    const { failed } = await runGolden(folder, (line) => lines.push(line));
    expect(failed).toBe(1);
    expect(lines[0]).toMatch(
      /^FAILED losses contrastive\/default-b12: relative error 6\.\d\de-2; loss 1\.47583.* for 1\.57583/,
    );
    expect(lines.at(-1)).toMatch(/^\d+ passed, 1 failed$/);
  });

  it("counts what Simile has not got apart from failures", async () => {
    const folder = mkdtempSync(join(tmpdir(), "golden-"));
    const one = { case: "x/y", config: { loss: "UnheardOfLoss" }, inputs: {}, expected: {} };
    const file = { format: "metric-learning-golden/1", source: "", area: "losses", name: "x", cases: [one] };
    writeFileSync(join(folder, "x.json"), JSON.stringify(file));
    const { passed, failed, missing } = await runGolden(folder, () => {});
    expect({ passed, failed, missing }).toEqual({
      passed: 0,
      failed: 0,
      missing: [{ case: "losses x/y", reason: "loss UnheardOfLoss" }],
    });
  });
});
