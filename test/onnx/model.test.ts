import fc from "fast-check";
import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { SimileError } from "../../src/errors/index.js";
import { grad, simplify } from "../../src/grad/index.js";
import { constant, input, Parameter, randomTensor, scope, type Tensor } from "../../src/graph/index.js";
import { decodeModel, encodeModel, writeModel } from "../../src/onnx/index.js";
import { openModelFile } from "../../src/run/index.js";

const weight = new Parameter([3, 2], { initializer: () => [1, 2, 3, 4, 5, 6] });
const offset = new Parameter([2], { initializer: () => [0.5, -0.5] });
const parameters = new Map([
  [weight, "head.weight"],
  [offset, "head.offset"],
]);
const values = new Map([
  [weight, Float32Array.of(1, 2, 3, 4, 5, 6)],
  [offset, Float32Array.of(0.5, -0.5)],
]);

function embedding(): Tensor {
  const x = input("x", "float32", ["batch", 3]);
  return scope("head", () => {
    const hidden = scope("dense", () => x.matmul(weight).add(offset));
    return scope("norm", () => hidden.l2Normalize());
  });
}

const metadata = { simile: '{"kind":"vector"}', note: "é ✓" };
const file = () => writeModel({ outputs: { embedding: embedding() }, parameters, values, metadata, name: "embedding" });

describe("a written file", () => {
  test("decodes to what was written and encodes to the same bytes", () => {
    const { bytes } = file();
    const model = decodeModel(bytes);
    expect(encodeModel(model)).toEqual(bytes);
    expect(model.metadataProps).toEqual(Object.entries(metadata).map(([key, value]) => ({ key, value })));
    expect(model.graph.input.map(({ name }) => name)).toEqual(["x"]);
    expect(model.graph.output.map(({ name }) => name)).toEqual(["embedding"]);
    const stored = model.graph.initializer.find(({ name }) => name === "head.weight")!;
    expect(stored.dims).toEqual([3, 2]);
    expect([...new Float32Array(stored.rawData!.slice().buffer)]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("names its nodes after the scopes they were made in, each differently", () => {
    const { node } = decodeModel(file().bytes).graph;
    expect(node.find(({ opType }) => opType === "MatMul")!.name).toMatch(/^head\/dense\/MatMul/);
    expect(node.find(({ opType }) => opType === "Sqrt")!.name).toMatch(/^head\/norm\/Sqrt/);
    expect(new Set(node.map(({ name }) => name)).size).toBe(node.length);
  });

  test("runs in plain ONNX Runtime with all optimisations", async () => {
    const session = await InferenceSession.create(file().bytes, { graphOptimizationLevel: "all" });
    const results = await session.run({ x: new RuntimeTensor("float32", Float32Array.of(1, 0, 0, 0, -1, 1), [2, 3]) });
    const [a, b] = [Math.hypot(1.5, 1.5), Math.hypot(2.5, 1.5)];
    const expected = [1.5 / a, 1.5 / a, 2.5 / b, 1.5 / b];
    Array.from(results.embedding!.data as Float32Array).forEach((value, i) =>
      expect(value).toBeCloseTo(expected[i]!, 6),
    );
    await session.release();
  });

  test("runs as a model file, its metadata readable, its feeds checked", async () => {
    const model = await openModelFile(file().bytes);
    expect(model.metadata).toEqual(metadata);
    expect([model.inputNames, model.outputNames]).toEqual([["x"], ["embedding"]]);
    const x = { data: Float32Array.of(1, 0, 0), shape: [1, 3] };
    expect((await model.run({ x })).embedding!.shape).toEqual([1, 2]);
    await expect(model.run({})).rejects.toMatchObject({ code: "wrong-feed", received: "nothing" });
    await expect(model.run({ x: { data: x.data, shape: [3] } })).rejects.toMatchObject({ code: "wrong-feed" });
    await expect(model.run({ x: { data: Float64Array.of(1, 0, 0), shape: [1, 3] } })).rejects.toMatchObject({
      code: "wrong-feed",
      expected: "float32 [batch, 3]",
    });
    await expect(model.run({ x, y: x })).rejects.toMatchObject({ code: "wrong-feed", where: "model file, input y" });
    await model.release();
  });
});

describe("names that users choose", () => {
  const hostile = ["constant.0", "Add.0", "Mul.1", "random.0", "Add.0'", "output/y"];

  test("may look like those that the writer makes up", async () => {
    const inputs = hostile.map((name) => input(name, "float32", [2]));
    const noise = randomTensor({ kind: "uniform" }, [2]);
    const y = inputs.reduce((sum, tensor) => sum.add(tensor.mul([1, 2]))).add(noise.mul([3, 4]));
    const { bytes, inputs: wanted } = writeModel({ outputs: { "Mul.2": y, "constant.1": y, "Relu.5": y.relu() } });
    expect(new Set(wanted.map(({ name }) => name)).size).toBe(hostile.length + 1);
    const session = await InferenceSession.create(bytes);
    const feeds = wanted.map(({ name }) => [name, new RuntimeTensor("float32", Float32Array.of(1, 1), [2])]);
    const results = await session.run(Object.fromEntries(feeds));
    expect([...(results["constant.1"]!.data as Float32Array)]).toEqual([1 + 5 + 3, 1 + 10 + 4]);
    expect(results["Mul.2"]!.data).toEqual(results["constant.1"]!.data);
    await session.release();
  });

  test.each<[string, () => unknown]>([
    ["two inputs", () => writeModel({ outputs: { y: input("a", "float32", []).add(input("a", "float32", [])) } })],
    ["an input and an output", () => writeModel({ outputs: { a: input("a", "float32", []).add(1) } })],
    [
      "an input and a parameter",
      () => writeModel({ outputs: { y: input("head.offset", "float32", [2]).add(offset) }, parameters, values }),
    ],
  ])("must differ: %s", (_, write) => {
    expect(write).toThrow(expect.objectContaining({ code: "duplicate-name" }));
  });

  test("a parameter that no tree names is an error with its scope", () => {
    const lost = scope("arcface", () => new Parameter([2], { initializer: () => [0, 0] }));
    const write = () => writeModel({ outputs: { y: lost.mul(2) }, name: "training step" });
    expect(write).toThrow(
      expect.objectContaining({ code: "undeclared-parameter", where: "training step, scope arcface" }),
    );
  });
});

test("outputs may be inputs, parameters, constants, or one tensor under several names", async () => {
  const x = input("x", "float32", [2]);
  const twice = x.mul(2);
  const outputs = { same: x, stored: offset, fixed: constant([7, 8]), a: twice, b: twice, c: twice.add(1) };
  const model = await openModelFile(writeModel({ outputs, parameters, values }).bytes);
  const results = await model.run({ x: { data: Float32Array.of(1, 2), shape: [2] } });
  const numbers = Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, [...data]]));
  expect(numbers).toEqual({ same: [1, 2], stored: [0.5, -0.5], fixed: [7, 8], a: [2, 4], b: [2, 4], c: [3, 5] });
  await model.release();
});

test("what is computed twice is written once, and what differs in a setting is not the same", async () => {
  const x = input("x", "float32", [2, 2]);
  const outputs = { a: x.exp(), b: x.exp(), rows: x.sum({ axes: 1 }), columns: x.sum({ axes: 0 }), up: x.exp().neg() };
  const { bytes } = writeModel({ outputs });
  const { node } = decodeModel(bytes).graph;
  expect(node.filter(({ opType }) => opType === "Exp")).toHaveLength(1);
  expect(node.filter(({ opType }) => opType === "ReduceSum")).toHaveLength(2);
  const model = await openModelFile(bytes);
  const results = await model.run({ x: { data: Float32Array.of(0, 1, 2, 3), shape: [2, 2] } });
  expect(results.a).toEqual(results.b);
  expect([results.rows!.data, results.columns!.data]).toEqual([Float32Array.of(1, 5), Float32Array.of(2, 4)]);
  await model.release();
});

test("every gradient graph encodes stably", () => {
  const x = input("x", "float32", ["batch", 1, 6, 6]);
  const kernel = constant([
    [
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ]);
  const y = x.conv2d(kernel, { stride: 2 }).maxPool2d(2).topK(1).values.logSumExp();
  const { bytes } = writeModel({
    outputs: Object.fromEntries(simplify(grad(y, [x])).map((tensor, i) => [`g${i}`, tensor])),
  });
  expect(encodeModel(decodeModel(bytes))).toEqual(bytes);
});

describe("damaged files", () => {
  const { bytes } = file();

  /** What decoding does may only be to succeed or to explain itself. */
  function decodes(damaged: Uint8Array): boolean {
    try {
      decodeModel(damaged);
      return true;
    } catch (error) {
      if (error instanceof SimileError && error.code === "malformed-onnx") return false;
      throw error;
    }
  }

  test("cut short anywhere", () => {
    const survivors = Array.from({ length: bytes.length }, (_, end) => end).filter((end) =>
      decodes(bytes.subarray(0, end)),
    );
    // Only cuts between the fields after the graph leave a whole model.
    expect(survivors.length).toBeLessThan(6);
  });

  test("with bytes changed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const damaged = bytes.slice();
          for (const [at, value] of changes) damaged[at] = value;
          decodes(damaged);
        },
      ),
      { numRuns: 2000, seed: 5 },
    );
  });

  test("that are noise", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        decodes(noise);
      }),
      { numRuns: 2000, seed: 6 },
    );
  });

  test("nested deeper than models are", () => {
    // An attribute holding a graph holding a node holding an attribute, and so on.
    let nested = new Uint8Array();
    const wrap = (tag: number, inner: Uint8Array) => {
      const length: number[] = [];
      for (let rest = inner.length; ; rest >>= 7) {
        length.push(rest > 127 ? (rest & 127) | 128 : rest);
        if (rest <= 127) break;
      }
      return Uint8Array.from([tag, ...length, ...inner]);
    };
    for (let depth = 0; depth < 200; depth++) nested = wrap(0x0a, wrap(0x2a, wrap(0x32, nested)));
    expect(decodes(wrap(0x3a, nested))).toBe(false);
  });

  test("are refused with a way out", async () => {
    expect(() => decodeModel(new TextEncoder().encode("<html>not found</html>"))).toThrow(
      /ONNX file: expected .*get it again/s,
    );
    expect(() => decodeModel(new Uint8Array())).toThrow("a model with a graph");
    const future = encodeModel({ ...decodeModel(bytes), opsetImport: [{ domain: "", version: 9999 }] });
    await expect(openModelFile(future)).rejects.toMatchObject({ code: "unloadable-model" });
  });
});

test("bounds beyond exact numbers are read as the largest exact one", () => {
  const model = decodeModel(file().bytes);
  const huge = encodeModel({
    ...model,
    graph: {
      ...model.graph,
      node: [{ input: [], output: ["y"], opType: "Slice", attribute: [{ name: "ends", ints: [2 ** 63], type: 7 }] }],
    },
  });
  expect(decodeModel(huge).graph.node[0]!.attribute[0]!.ints).toEqual([Number.MIN_SAFE_INTEGER]);
});
