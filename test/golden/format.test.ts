import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { asList, asNumber, asNumbers, asTensor, readGolden } from "./format.js";

function written(content: unknown): string {
  const path = join(mkdtempSync(join(tmpdir(), "golden-")), "sample.json");
  writeFileSync(path, JSON.stringify(content));
  return path;
}

const sample = {
  format: "metric-learning-golden/1",
  source: "by hand",
  area: "losses",
  name: "sample",
  cases: [
    {
      case: "sample/one",
      config: { margin: 0.5, high: null },
      inputs: { embeddings: { shape: [1, 2], data: [1, "NaN"] }, labels: [0, 3] },
      expected: { loss: "Infinity", steps: [{ loss: "-Infinity" }] },
      notes: ["a note"],
      seed: 4,
    },
  ],
};

describe("readGolden", () => {
  it("turns tensors, numbers written as strings and missing parts into typed values", () => {
    const file = readGolden(written(sample));
    const first = file.cases[0]!;
    expect(file).toMatchObject({ source: "by hand", area: "losses", name: "sample" });
    expect(asTensor(first.inputs.embeddings, "embeddings")).toEqual({
      shape: [1, 2],
      data: new Float64Array([1, Number.NaN]),
    });
    expect(asNumbers(first.inputs.labels, "labels")).toEqual([0, 3]);
    expect(asNumber(first.expected.loss, "loss")).toBe(Number.POSITIVE_INFINITY);
    expect(asList(first.expected.steps, "steps")).toEqual([{ loss: Number.NEGATIVE_INFINITY }]);
    expect(first).toMatchObject({
      config: { margin: 0.5, high: null },
      tolerance: {},
      notes: ["a note"],
      other: { seed: 4 },
    });
  });

  it("refuses another format and names what it wanted when a value has another type", () => {
    expect(() => readGolden(written({ ...sample, format: "other" }))).toThrow(
      /expected a file of format metric-learning-golden\/1/,
    );
    expect(() => asNumber("x", "loss")).toThrow('loss: expected a number, received "x"');
    expect(() => asTensor(undefined, "weights")).toThrow("weights: expected a tensor {shape, data}, received nothing");
  });
});
