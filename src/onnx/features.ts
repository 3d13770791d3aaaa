import { SimileError } from "../errors/index.js";
import type { GraphProto, ModelProto, NodeProto } from "./schema.js";

/** Operations that turn a classifier's result into what is returned, and learn nothing. */
const tail = new Set([
  ...["Add", "Sub", "Mul", "Div", "Identity", "Cast", "Dropout", "Clip", "Relu"],
  ...["Softmax", "LogSoftmax", "Sigmoid", "ArgMax", "TopK", "ZipMap"],
  ...["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"],
  ...["LpNormalization", "ReduceL2", "ReduceSum", "Sqrt", "Max", "Expand", "Shape", "Concat", "Pow"],
]);
/** Operations that make one number of all places of a map. */
const pools = new Set(["GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax", "AveragePool"]);
/** What the results of models that give features, and not classes, are called. */
const featureNames = /embed|feature|pooler|hidden_state/i;

/** Nodes that the value called `name` is computed by, the last first. */
function pathBack(name: string, producers: ReadonlyMap<string, NodeProto>): NodeProto[] {
  const found = new Set<NodeProto>();
  const pending = [name];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const node = producers.get(next);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    pending.push(...node.input);
  }
  return [...found];
}

function isPointwise({ attribute }: NodeProto): boolean {
  const kernel = attribute.find(({ name }) => name === "kernel_shape")?.ints;
  return kernel?.every((size) => size === 1) ?? false;
}

/**
 * The classifier that gives `output`: the last layer with weights, when nothing but operations that learn nothing comes
 * after it. A 1x1 convolution counts when the pooling comes after it, as in SqueezeNet.
 */
function classifierOf(graph: GraphProto, output: string): NodeProto | undefined {
  const stored = new Set(graph.initializer.map(({ name }) => name ?? ""));
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const before = pathBack(output, producers);
  // In the file's order, which computes inputs before their users.
  const ordered = graph.node.filter((node) => before.includes(node));
  let pooled = false;
  for (const node of ordered.reverse()) {
    const weighted = node.input.slice(1).some((name) => stored.has(name) || isStoredBehind(name, producers, stored));
    if (["Gemm", "MatMul"].includes(node.opType) && weighted) return node;
    if (node.opType === "Conv") return pooled && isPointwise(node) ? node : undefined;
    if (pools.has(node.opType)) pooled = true;
    else if (!tail.has(node.opType)) return undefined;
  }
  return undefined;
}

/** True for weights that are stored and only turned around or cast before use. */
function isStoredBehind(name: string, producers: ReadonlyMap<string, NodeProto>, stored: ReadonlySet<string>): boolean {
  const node = producers.get(name);
  if (node === undefined) return false;
  if (node.opType === "Constant") return true;
  const moves = ["Transpose", "Cast", "Reshape", "Identity", "DequantizeLinear"].includes(node.opType);
  return moves && (stored.has(node.input[0]!) || isStoredBehind(node.input[0]!, producers, stored));
}

/**
 * The value of a model that describes a picture best: the input of its classifier, or its first output when it has none,
 * which is so when the output's own name says that it is an embedding or when no linear layer comes last.
 */
export function defaultFeatures({ graph, producerName }: ModelProto): string {
  const [first] = graph.output;
  if (first === undefined) {
    throw new SimileError({
      code: "malformed-onnx",
      where: "ONNX file",
      expected: "a model with an output",
      received: "none",
      remedy: "export the model again",
    });
  }
  // Of a file of ours, too, the last layer belongs to what it was trained for.
  if (producerName !== "simile" && featureNames.test(first.name)) return first.name;
  return classifierOf(graph, first.name)?.input[0] ?? first.name;
}

/** The value that `name` means: a value itself, or the first result of a node of that name. */
export function valueCalled(name: string, { graph }: ModelProto): string {
  const values = graph.node.flatMap(({ output }) => output);
  if (values.includes(name)) return name;
  const node = graph.node.find((candidate) => candidate.name === name);
  if (node?.output[0] !== undefined) return node.output[0];
  const near = values.filter((value) => value.toLowerCase().includes(name.toLowerCase())).slice(0, 5);
  throw new SimileError({
    code: "unknown-name",
    where: "backbone.features",
    expected: "the name of a node or of a value of the model",
    received: name,
    remedy: near.length > 0 ? `did you mean ${near.join(" or ")}?` : `the last ones are ${values.slice(-5).join(", ")}`,
  });
}
