import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { grad, simplify } from "../../../src/grad/index.js";
import { input } from "../../../src/graph/index.js";
import { importModel, writeModel } from "../../../src/onnx/index.js";
import { Random } from "../../../src/rng/index.js";
import { compileGraph, Variables } from "../../../src/run/index.js";
import { distance, runOriginal } from "./compare.js";

const file = new URL("../../../../shared/models/squeezenet-features-512/squeezenet-features-512.onnx", import.meta.url);

describe.skipIf(!existsSync(file))("SqueezeNet as it was exported", () => {
  const bytes = existsSync(file) ? readFileSync(file) : new Uint8Array();
  const random = new Random(3);
  const shape = [2, 3, 67, 64];
  const data = Array.from({ length: 2 * 3 * 67 * 64 }, () => 255 * random.uniform());
  const feeds = { data: { shape, data: Float32Array.from(data) } };

  test("computes what ONNX Runtime computes, up to any value, and learns its preparation from the file", async () => {
    const model = importModel(bytes);
    expect(model.inputs).toEqual([{ name: "data", dtype: "float32", shape: ["N", 3, "H", "W"] }]);
    expect(model.outputs).toEqual([{ name: "embedding", dtype: "float32", shape: ["N", 512] }]);
    const count = Object.values(model.parameters).reduce((n, { shape }) => n + shape.reduce((a, b) => a * b, 1), 0);
    expect(count).toBe(722_496 + 3);
    expect(Object.entries(model.parameters).filter(([, parameter]) => !parameter.trainable).length).toBe(1);
    const x = input("data", "float32", ["batch", 3, 67, 64]);
    const { embedding } = model.apply({ data: x });
    expect(embedding!.shape).toEqual(["batch", 512]);
    const variables = new Variables();
    variables.add(model.parameters, random);
    const program = await compileGraph({ outputs: { embedding: embedding! } }, { variables });
    const original = await runOriginal(bytes, { data: { shape, data } });
    expect(distance((await program.run(feeds)).embedding!, original.embedding!)).toBeLessThan(1e-5);
    await program.release();
    // Written again it is a model like the first.
    const again = writeModel({
      outputs: { embedding: simplify([embedding!])[0]! },
      parameters: new Map(Object.entries(model.parameters).map(([name, parameter]) => [parameter, name])),
      values: model.values,
    });
    const rerun = await runOriginal(again.bytes, { data: { shape, data } });
    expect(distance(rerun.embedding!, original.embedding!)).toBeLessThan(1e-5);
    expect(Object.keys(importModel(again.bytes).parameters).sort()).toEqual(Object.keys(model.parameters).sort());
  });

  test("has the gradients of finite differences", async () => {
    const model = importModel(bytes);
    const x = input("data", "float32", shape);
    const { embedding } = model.apply({ data: x });
    const entries = Object.entries(model.parameters).filter(([, parameter]) => parameter.trainable);
    const loss = embedding!.square().sum();
    const gradients = grad(
      loss,
      entries.map(([, parameter]) => parameter),
    );
    const variables = new Variables();
    variables.add(model.parameters, random);
    const outputs = { loss, ...Object.fromEntries(gradients.map((tensor, i) => [`g${i}`, tensor])) };
    const program = await compileGraph({ outputs }, { variables });
    const results = await program.run(feeds);
    const directions = entries.map(([, parameter]) => {
      const start = model.values.get(parameter) as Float32Array;
      const scale = Math.sqrt(start.reduce((total, value) => total + value * value, 0) / start.length);
      return start.map(() => scale * random.normal());
    });
    const expected = directions.reduce(
      (total, direction, i) =>
        total + (results[`g${i}`]!.data as Float32Array).reduce((part, value, j) => part + value * direction[j]!, 0),
      0,
    );
    const lossAt = async (step: number) => {
      const moved = new Variables();
      moved.add(model.parameters, random);
      entries.forEach(([, parameter], i) => {
        const start = model.values.get(parameter) as Float32Array;
        moved.assign(
          parameter,
          start.map((value, j) => value + step * directions[i]![j]!),
        );
      });
      const again = await compileGraph({ outputs: { loss } }, { variables: moved });
      const value = Number((await again.run(feeds)).loss!.data[0]);
      await again.release();
      return value;
    };
    await program.release();
    const numeric = ((await lossAt(1e-3)) - (await lossAt(-1e-3))) / 2e-3;
    expect(Math.abs(numeric - expected) / Math.abs(expected)).toBeLessThan(2e-2);
  });
});
