import { describe, expect, test } from "vitest";
import { simplify } from "../../../src/grad/index.js";
import { Parameter, reachableParameters, type Tensor } from "../../../src/graph/index.js";
import { importModel, writeModel } from "../../../src/onnx/index.js";
import { Random } from "../../../src/rng/index.js";
import { compareWithOriginal, distance, runOriginal } from "./compare.js";
import { convolutionalModel, sequenceModel, transformerModel } from "./models.js";

function normals(...shape: number[]) {
  const random = new Random(5);
  return { shape, data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()) };
}

const models = {
  "a convolutional network": {
    bytes: convolutionalModel(),
    feeds: { pixels: normals(2, 3, 11, 9) },
    dims: { height: 11, width: 9 },
    // Corners of the activations are near.
    step: 5e-4,
  },
  "a vision transformer": { bytes: transformerModel(), feeds: { pixels: normals(2, 3, 8, 8) } },
  "a vision transformer of older operators": {
    bytes: transformerModel({ decomposed: true }),
    feeds: { pixels: normals(2, 3, 8, 8) },
  },
  "a recurrent network": { bytes: sequenceModel(), feeds: { sequence: normals(5, 2, 3) }, open: false },
};

describe.each(Object.entries(models))("%s", (_, { bytes, feeds, ...options }) => {
  test("has the values and gradients of the file, whatever the size of the batch", async () => {
    await compareWithOriginal(bytes, feeds, { tolerance: 1e-5, ...options });
  });

  test("is written again as a file of the same values and weights", async () => {
    const { dims = {} } = options as { dims?: Record<string, number> };
    const model = importModel(bytes, { dims });
    const outputs = model.apply(model.placeholders());
    const simplified = simplify(Object.values(outputs));
    const named = Object.fromEntries(Object.keys(outputs).map((name, i) => [name, simplified[i] as Tensor]));
    const parameters = new Map(Object.entries(model.parameters).map(([name, parameter]) => [parameter, name]));
    const again = writeModel({ outputs: named, parameters, values: model.values, inputs: [] });
    const [first, second] = [await runOriginal(bytes, feeds), await runOriginal(again.bytes, feeds)];
    for (const name of Object.keys(first)) {
      expect(distance(second[name]!, first[name]!), name).toBeLessThan(1e-5);
    }
    expect(Object.keys(importModel(again.bytes).parameters).sort()).toEqual(Object.keys(model.parameters).sort());
  });
});

test("every weight is a parameter by the file's name; statistics are not trained", () => {
  const model = importModel(convolutionalModel(), { dims: { height: 16, width: 16 } });
  const trained = Object.entries(model.parameters).filter(([, parameter]) => parameter.trainable);
  expect(Object.keys(model.parameters)).toContain("block.depthwise.conv.weight");
  expect(trained.map(([name]) => name).filter((name) => /running/.test(name))).toEqual([]);
  expect(Object.keys(model.parameters).length - trained.length).toBe(8);
  const { logits } = model.apply(model.placeholders());
  expect(new Set(reachableParameters([logits!]))).toEqual(new Set(Object.values(model.parameters)));
});

test("rebuilds up to any value, and learns batch statistics only when asked", () => {
  const bytes = convolutionalModel();
  const dims = { height: 16, width: 16 };
  const model = importModel(bytes, { dims });
  const pool = model.nodes.filter(({ op }) => op === "GlobalAveragePool").at(-1)!;
  const updates = new Map<Parameter, Tensor>();
  const training = { training: true, update: (parameter: Parameter, value: Tensor) => updates.set(parameter, value) };
  const { [pool.name]: features } = model.apply(model.placeholders(), training, [pool.name]);
  expect(features!.shape).toEqual(["batch", 8, 1, 1]);
  expect(updates.size).toBe(0);
  const thawed = importModel(bytes, { dims, frozen: false });
  thawed.apply(thawed.placeholders(), training);
  expect([...updates.keys()].every((parameter) => parameter instanceof Parameter && !parameter.trainable)).toBe(true);
  expect(updates.size).toBe(8);
});
