import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { profileCommand } from "../../src/cli/commands/profile.js";
import { profileText } from "../../src/cli/profile-text.js";
import { input, scope } from "../../src/graph/index.js";
import { writeModel } from "../../src/onnx/index.js";
import { sampleReport } from "../report/sample-report.js";

const common = { steps: "2", warmup: "1", depth: "3" };
let folder: string;
let model: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "simile-profile-cli-"));
  model = join(folder, "net.onnx");
  const x = input("x", "float32", ["batch", 4]);
  writeFileSync(model, writeModel({ outputs: { y: scope("layer", () => x.exp()) } }).bytes);
});
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

/** What a command prints. */
async function printed(...words: Parameters<typeof profileCommand>): Promise<string> {
  const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    expect(await profileCommand(...words)).toBe(0);
    return write.mock.calls.map(([text]) => text).join("");
  } finally {
    write.mockRestore();
  }
}

test("a model's profile is printed, as JSON on request, and written as a report", async () => {
  const report = join(folder, "profile.html");
  const text = await printed([model, "--batchSize", "3"], { ...common, report });
  expect(text).toContain("net.onnx, batch 3, cpu");
  expect(text).toMatch(/^layer +\d/m);
  expect(text).toContain("[3, 4] -> [3, 4]");
  expect(readFileSync(report, "utf8")).toContain("layer/Exp.0");
  const summary = JSON.parse(await printed([model, "--threads", "1"], { ...common, json: true }));
  expect(summary).toMatchObject({ steps: 2, warmup: 1, source: "net.onnx, batch 32, cpu" });
});

test("the text has scopes down to a depth, and parts that add up", () => {
  const { profile } = sampleReport("a/b");
  expect(
    profileText(profile, 1)
      .split("\n")
      .filter((line) => line.includes("a/b")),
  ).not.toEqual([]);
  const lines = (depth: number) => profileText(profile, depth).split("\n").length;
  expect(lines(2)).toBe(lines(1) + 1);
  expect(lines(9)).toBe(lines(2));
});

describe("refused", () => {
  test.each([
    [[], { ...common, steps: "0" }, "--steps"],
    [[], { ...common, warmup: "-1" }, "--warmup"],
    [[], { ...common, depth: "deep" }, "--depth"],
    [["demo"], { ...common, sizes: ["a=1"] }, "--sizes"],
    [["net.onnx"], { ...common, sizes: ["a"] }, "--sizes"],
    [["net.onnx", "--loss", "triplet"], common, "--loss"],
    [["net.onnx", "--threads", "0"], common, "--threads"],
    [["absent.onnx"], common, "absent.onnx"],
    [["one", "two"], common, "one two"],
    [["demo", "--los", "triplet"], common, "--los"],
  ])("%j %j", async (words, options, named) => {
    await expect(profileCommand(words, options)).rejects.toMatchObject({ name: "SimileError" });
    await expect(profileCommand(words, options)).rejects.toThrow(named);
  });
});
