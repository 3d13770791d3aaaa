import { describe, expect, test } from "vitest";
import { constant, input, reachableParameters } from "../../../src/graph/index.js";
import { decodeModel, encodeModel, importModel, type TensorProto } from "../../../src/onnx/index.js";
import { Random } from "../../../src/rng/index.js";
import { compileGraph, Variables } from "../../../src/run/index.js";
import { modelBytes, node, tensorProto } from "./builder.js";
import { compareWithOriginal, distance, runOriginal } from "./compare.js";

const vector = { shape: [2], data: [1, 2] };
const scaled = () =>
  modelBytes({
    inputs: { x: { shape: ["n", 2] } },
    stored: { w: vector },
    nodes: [node("Relu", ["x"], ["r"]), node("Mul", ["r", "w"], ["y"])],
    outputs: { y: "float32" },
  });

/** The file with its only weight stored another way. */
function withWeight(change: (proto: TensorProto) => TensorProto): Uint8Array {
  const model = decodeModel(scaled());
  return encodeModel({ ...model, graph: { ...model.graph, initializer: model.graph.initializer.map(change) } });
}

function weightOf(bytes: Uint8Array, options = {}): number[] {
  const model = importModel(bytes, options);
  return [...(model.values.get(model.parameters.w!) as Float32Array)];
}

describe("weights", () => {
  test.each<[string, Partial<TensorProto>]>([
    ["float32 in a list", { dataType: 1, floatData: [1, 2] }],
    ["float16", { dataType: 10, rawData: Uint8Array.of(0x00, 0x3c, 0x00, 0x40) }],
    ["float16 in a list", { dataType: 10, int32Data: [0x3c00, 0x4000] }],
    ["bfloat16", { dataType: 16, rawData: Uint8Array.of(0x80, 0x3f, 0x00, 0x40) }],
  ])("stored as %s become float32", (_, stored) => {
    expect(weightOf(withWeight(({ name = "", dims }) => ({ name, dims, dataType: 1, ...stored })))).toEqual([1, 2]);
  });

  const beside = (location: string, more: { key: string; value: string }[] = []) =>
    withWeight(({ name = "", dims }) => ({
      name,
      dims,
      dataType: 1,
      dataLocation: 1,
      externalData: [{ key: "location", value: location }, ...more],
    }));

  test("in a file beside the model are read from their place", () => {
    const file = new Uint8Array(Float32Array.of(9, 1, 2, 9).buffer);
    const bytes = beside("weights/w.bin", [
      { key: "offset", value: "4" },
      { key: "length", value: "8" },
    ]);
    const asked: string[] = [];
    const externalData = (location: string) => {
      asked.push(location);
      return file;
    };
    expect(weightOf(bytes, { externalData })).toEqual([1, 2]);
    expect(asked).toEqual(["weights/w.bin"]);
    expect(() => weightOf(bytes)).toThrow(expect.objectContaining({ code: "external-data" }));
    expect(() => weightOf(bytes, { externalData: () => file.subarray(0, 8) })).toThrow(/bytes 4 to 12 of 8/);
  });

  test.each([
    "../secret",
    "a/../../b",
    "/etc/passwd",
    "C:\\secret",
    "..\\secret",
    "",
  ])("never lie outside its folder: %s", (location) => {
    const externalData = () => {
      throw new Error("must not be asked");
    };
    expect(() => weightOf(beside(location), { externalData })).toThrow(
      expect.objectContaining({ code: "external-data" }),
    );
  });

  test("are told from settings and from what prepares the input", () => {
    const bytes = modelBytes({
      inputs: { x: { shape: [1, 3, 4, 4] } },
      stored: {
        mean: { shape: [1, 3, 1, 1], data: [1, 2, 3] },
        w: { shape: [2, 3, 1, 1], data: [1, 2, 3, 4, 5, 6] },
        offset: { shape: [2, 1, 1], data: [1, 2] },
        scales: { shape: [4], data: [1, 1, 2, 2] },
        half: { shape: [], data: [0.5] },
      },
      nodes: [
        node("Sub", ["x", "mean"], ["a"]),
        node("Conv", ["a", "w"], ["b"]),
        node("Add", ["b", "offset"], ["c"]),
        node("Resize", ["c", "", "scales"], ["d"], { mode: "nearest" }),
        node("Mul", ["d", "half"], ["y"]),
      ],
      outputs: { y: "float32" },
    });
    const { parameters } = importModel(bytes);
    const trainable = Object.entries(parameters).map(([name, parameter]) => [name, parameter.trainable]);
    expect(Object.fromEntries(trainable)).toEqual({ mean: false, w: true, offset: true });
  });
});

describe("structure", () => {
  test("functions of the file are run with the attributes of their caller", async () => {
    const leaky = node("LeakyRelu", ["a"], ["b"]);
    leaky.attribute = [{ name: "alpha", type: 1, refAttrName: "slope" }];
    const bytes = modelBytes({
      inputs: { x: { shape: [3] } },
      nodes: [node("Bent", ["x"], ["y"], { slope: { float: 0.25 } }, "own")],
      outputs: { y: "float32" },
      domains: ["own"],
      functions: [
        {
          name: "Bent",
          domain: "own",
          input: ["a"],
          output: ["b"],
          attribute: ["slope"],
          attributeProto: [],
          node: [leaky],
          opsetImport: [{ domain: "", version: 17 }],
        },
      ],
    });
    await compareWithOriginal(bytes, { x: { shape: [3], data: [-1.3, 0.5, 2] } });
  });

  test("a condition that is given as a constant chooses its branch; otherwise both are computed", async () => {
    const branch = (op: string) => ({
      graph: {
        name: op,
        node: [node(op, ["x"], [`${op}.y`])],
        initializer: [],
        input: [],
        output: [{ name: `${op}.y` }],
      },
    });
    const bytes = modelBytes({
      inputs: { x: { shape: [2] }, c: { shape: [], type: "bool" } },
      nodes: [node("If", ["c"], ["y"], { then_branch: branch("Exp"), else_branch: branch("Neg") })],
      outputs: { y: "float32" },
    });
    for (const c of [0, 1]) {
      await compareWithOriginal(bytes, {
        x: { shape: [2], data: [0.3, -0.4] },
        c: { shape: [], data: [c], type: "bool" },
      });
    }
    const model = importModel(bytes);
    const { y } = model.apply({ x: input("x", "float32", [2]), c: constant(1, { dtype: "bool" }) });
    expect(y!.node.op.name).toBe("exp");
  });

  test("weights inside a branch are parameters where their names are their own", async () => {
    const branch = (name: string) => ({
      graph: {
        name,
        node: [node("Mul", ["x", name], [`${name}.s`]), node("Add", [`${name}.s`, "shared"], [`${name}.y`])],
        initializer: [tensorProto(name, vector), tensorProto("shared", vector)],
        input: [],
        output: [{ name: `${name}.y` }],
      },
    });
    const bytes = modelBytes({
      inputs: { x: { shape: [2] }, c: { shape: [], type: "bool" } },
      nodes: [node("If", ["c"], ["y"], { then_branch: branch("a"), else_branch: branch("b") })],
      outputs: { y: "float32" },
    });
    const model = importModel(bytes);
    expect(Object.keys(model.parameters).sort()).toEqual(["a", "b"]);
    const { y } = model.apply({ x: input("x", "float32", [2]), c: constant(1, { dtype: "bool" }) });
    expect(reachableParameters([y!])).toEqual([model.parameters.a]);
  });

  test("sizes of the inputs may be given by the names of the file", () => {
    const model = importModel(scaled(), { dims: { n: 5 } });
    expect(model.inputs[0]!.shape).toEqual([5, 2]);
    expect(model.apply(model.placeholders()).y!.shape).toEqual([5, 2]);
  });

  test("a batch that the file fixes to 1 can be opened", async () => {
    const stored = (n: number) => ({ shape: { shape: [3], data: [n, 2, -1], type: "int64" as const } });
    const model = (n: number) =>
      modelBytes({
        inputs: { x: { shape: [n, 2, 2, 2] } },
        stored: {
          ...stored(n),
          token: { shape: [n, 2, 1], data: Array.from({ length: 2 * n }, (_, i) => 5 + (i % 2)) },
        },
        nodes: [
          node("Reshape", ["x", "shape"], ["rows"]),
          node("Concat", ["token", "rows"], ["all"], { axis: 2 }),
          node("Tanh", ["all"], ["y"]),
        ],
        outputs: { y: "float32" },
      });
    const opened = importModel(model(1), { openBatch: true });
    const x = opened.placeholders();
    expect(x.x!.shape).toEqual(["batch", 2, 2, 2]);
    const { y } = opened.apply(x);
    expect(y!.shape).toEqual(["batch", 2, 5]);
    expect(() => importModel(model(1)).apply({ x: input("x", "float32", [3, 2, 2, 2]) })).toThrow(/input "x"/);
    const data = Array.from({ length: 24 }, (_, i) => i / 10 - 1);
    const expected = await runOriginal(model(3), { x: { shape: [3, 2, 2, 2], data } });
    const variables = new Variables();
    variables.add(opened.parameters, new Random(0));
    const program = await compileGraph({ outputs: { y: y! } }, { variables });
    const results = await program.run({ x: { data: Float32Array.from(data), shape: [3, 2, 2, 2] } });
    await program.release();
    expect(distance(results.y!, expected.y!)).toBeLessThan(1e-6);
  });

  test("values between the nodes can be asked for, by node or by name, and need only their own inputs", () => {
    const model = importModel(scaled());
    const x = input("x", "float32", ["b", 2]);
    expect(Object.keys(model.apply({ x }, undefined, ["r", "Mul:y"]))).toEqual(["r", "Mul:y"]);
    expect(() => model.apply({ x }, undefined, ["absent"])).toThrow(expect.objectContaining({ code: "unknown-name" }));
    expect(() => model.apply({ z: x })).toThrow(expect.objectContaining({ code: "wrong-input" }));
    expect(() => model.apply({ x: input("x", "float32", [3, 3]) })).toThrow(/input "x"/);
    expect(() => model.apply({})).toThrow(expect.objectContaining({ code: "malformed-onnx" }));
  });
});

describe("refusals", () => {
  const one = (op: string, settings = {}, opset = 17) =>
    modelBytes({
      inputs: { x: { shape: [2, 2] } },
      nodes: [node(op, ["x"], ["y"], settings)],
      outputs: { y: "float32" },
      opset,
    });

  test("name all unknown operators at once, with the first node and what can be done", () => {
    const bytes = modelBytes({
      inputs: { x: { shape: [2] } },
      nodes: [node("Foo", ["x"], ["a"]), node("Foo", ["a"], ["b"]), node("Bar", ["b"], ["y"], {}, "acme")],
      outputs: { y: "float32" },
    });
    expect(() => importModel(bytes)).toThrow(/node "Foo:a" \(Foo\) and 2 more.*Foo \(2 times\), acme\.Bar.*onnxsim/s);
  });

  test.each([
    "QuantizeLinear",
    "DequantizeLinear",
    "QLinearConv",
    "MatMulInteger",
    "DynamicQuantizeLinear",
  ])("tell that %s belongs to a quantised model", (op) => {
    expect(() => importModel(one(op))).toThrow(expect.objectContaining({ code: "quantized-model" }));
  });

  test.each([6, 23])("of opset %d say which are read", (opset) => {
    expect(() => importModel(one("Relu", {}, opset))).toThrow(/opset 7 to 22/);
  });

  test("of settings that would change the result", () => {
    const model = importModel(one("Relu", { leak: 1 }));
    expect(() => model.apply(model.placeholders())).toThrow(/node "Relu:y" \(Relu\).*leak/s);
  });

  test("of broken graphs", () => {
    const late = modelBytes({
      inputs: { x: { shape: [2] } },
      nodes: [node("Add", ["x", "b"], ["y"]), node("Relu", ["x"], ["b"])],
      outputs: { y: "float32" },
    });
    expect(() => importModel(late)).toThrow(expect.objectContaining({ code: "malformed-onnx" }));
    const model = decodeModel(scaled());
    model.graph.initializer.push(tensorProto("w", vector));
    expect(() => importModel(encodeModel(model))).toThrow(/same name twice/);
  });
});
