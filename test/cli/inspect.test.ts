import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { besideModel, inspectCommand, reportText } from "../../src/cli/commands/inspect.js";
import { inspectModel } from "../../src/onnx/index.js";
import { modelBytes, node } from "../onnx/import/builder.js";
import { convolutionalModel, sequenceModel, transformerModel } from "../onnx/import/models.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "simile-inspect-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("tells what a convolutional network holds, and where its features are", () => {
  const report = inspectModel(convolutionalModel());
  expect(report.opset).toBe(17);
  expect(report.operators).toContainEqual({ op: "Conv", count: 6, known: true });
  expect(report.parameters).toMatchObject({ fixed: 2 * (8 + 16 + 16 + 8) });
  expect(report.parameters.trainable).toBe(report.layers.reduce((total, { size }) => total + size, 0));
  expect(report.layers.map(({ op }) => op)).toContain("Gemm");
  expect(report.assumed).toEqual({ height: 224, width: 224 });
  expect(report.features[0]).toMatchObject({ reason: "the default", shape: ["batch", 8] });
  expect(report.features.filter(({ reason }) => reason === "GlobalAveragePool").map(({ shape }) => shape)).toEqual([
    ["batch", 8, 1, 1],
    ["batch", 16, 1, 1],
  ]);
  expect(report.problem).toBeUndefined();
});

test.each([
  ["convolutional", convolutionalModel()],
  ["transformer", transformerModel()],
  ["sequence", sequenceModel()],
])("the %s report fits 80 columns", (name, bytes) => {
  const text = reportText(`${"folder/".repeat(20)}${name}.onnx`, inspectModel(bytes));
  expect(text).toContain("Parameters: ");
  expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("a model of unknown operators is described all the same, with each of them named", () => {
  const bytes = modelBytes({
    inputs: { x: { shape: [2, 3] } },
    nodes: [node("Relu", ["x"], ["a"]), node("Sparkle", ["a"], ["b"], {}, "acme"), node("Twinkle", ["b"], ["y"])],
    outputs: { y: "float32" },
  });
  const report = inspectModel(bytes);
  expect(report.problem).toMatchObject({ code: "unknown-operator" });
  expect(report.problem!.message).toMatch(/acme\.Sparkle, Twinkle/);
  expect(reportText("m.onnx", report)).toContain("acme.Sparkle (unknown)");
});

test("files that are none are an error", async () => {
  await expect(inspectCommand(join(folder, "absent.onnx"), {})).rejects.toMatchObject({ code: "unreadable-file" });
  const text = join(folder, "text.onnx");
  writeFileSync(text, "no model");
  await expect(inspectCommand(text, {})).rejects.toMatchObject({ code: "malformed-onnx" });
});

test("weights beside the model are read, but not through links that lead away", () => {
  const models = join(folder, "models");
  mkdirSync(join(models, "data"), { recursive: true });
  writeFileSync(join(models, "data", "weights.bin"), "12345678");
  writeFileSync(join(folder, "secret"), "secret");
  symlinkSync(join(folder, "secret"), join(models, "link"));
  const read = besideModel(join(models, "model.onnx"));
  expect(read("data/weights.bin").length).toBe(8);
  expect(() => read("link")).toThrow(/link out of the model's folder/);
  expect(() => read("missing")).toThrow(expect.objectContaining({ code: "unreadable-file" }));
});
