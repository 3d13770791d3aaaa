import { expect, test } from "vitest";
import {
  type AttributeProto,
  defaultFeatures,
  type ModelProto,
  type NodeProto,
  valueCalled,
} from "../../src/onnx/index.js";

const ints = (name: string, values: number[]): AttributeProto => ({ name, ints: values, type: 7 });

/** A model of nodes written as `Type input... -> output`; inputs that begin with W are stored. */
function model(lines: readonly string[], outputs: readonly string[], producerName = "pytorch"): ModelProto {
  const node = lines.map((line): NodeProto => {
    const [left, output] = line.split(" -> ") as [string, string];
    const [head, ...input] = left.split(" ") as [string, ...string[]];
    const [opType, kernel] = head.split("@") as [string, string?];
    const attribute = kernel === undefined ? [] : [ints("kernel_shape", [Number(kernel), Number(kernel)])];
    return { opType, name: `node_${output}`, input, output: [output], attribute };
  });
  const stored = new Set(node.flatMap(({ input }) => input.filter((name) => name.startsWith("W"))));
  const initializer = [...stored].map((name) => ({ name, dims: [1], dataType: 1, floatData: [1] }));
  const graph = { node, initializer, input: [{ name: "x" }], output: outputs.map((name) => ({ name })) };
  return { irVersion: 8, graph, opsetImport: [{ version: 17 }], metadataProps: [], producerName };
}

const body = ["Conv@3 x W1 -> a", "Relu a -> b"];

test.each<[string, string, ModelProto]>([
  [
    "a classifier's input",
    "d",
    model([...body, "GlobalAveragePool b -> c", "Flatten c -> d", "Gemm d W2 W3 -> y"], ["y"]),
  ],
  [
    "behind softmax and a bias of its own",
    "d",
    model([...body, "ReduceMean b -> d", "MatMul d W2 -> e", "Add e W3 -> f", "Softmax f -> y"], ["y"]),
  ],
  [
    "with weights turned around in the file",
    "d",
    model([...body, "ReduceMean b -> d", "Transpose W2 -> t", "MatMul d t -> y"], ["y"]),
  ],
  ["a feature extractor's output", "d", model([...body, "GlobalAveragePool b -> c", "Flatten c -> d"], ["d"])],
  ["a map", "b", model(body, ["b"])],
  [
    "an output that says it is an embedding",
    "embedding",
    model([...body, "Flatten b -> d", "Gemm d W2 W3 -> embedding"], ["embedding"]),
  ],
  [
    "a file of ours, whose last layer is the head of what it was trained for",
    "d",
    model([...body, "ReduceSum b -> d", "MatMul d W2 -> e", "Add e W3 -> embedding"], ["embedding"], "simile"),
  ],
  [
    "a classifier of 1x1 convolutions before the pooling",
    "b",
    model([...body, "Conv@1 b W2 W3 -> c", "Relu c -> d", "GlobalAveragePool d -> e", "Softmax e -> y"], ["y"]),
  ],
  [
    "a last 3x3 convolution is no classifier",
    "y",
    model([...body, "Conv@3 b W2 W3 -> c", "GlobalAveragePool c -> y"], ["y"]),
  ],
  [
    "a product of two values is no classifier",
    "y",
    model([...body, "MatMul b b -> c", "GlobalAveragePool c -> y"], ["y"]),
  ],
])("features by default: %s", (_, expected, given) => {
  expect(defaultFeatures(given)).toBe(expected);
});

test("features by name of a node or a value, or an error that lists near ones", () => {
  const given = model([...body, "Flatten b -> pooled_output"], ["pooled_output"]);
  expect(valueCalled("b", given)).toBe("b");
  expect(valueCalled("node_b", given)).toBe("b");
  expect(() => valueCalled("Pooled", given)).toThrow(/backbone\.features.*did you mean pooled_output\?/);
  expect(() => valueCalled("zzz", given)).toThrow(/the last ones are a, b, pooled_output/);
});
