import type { NodeProto } from "../../../src/onnx/index.js";
import { Random } from "../../../src/rng/index.js";
import { modelBytes, type Numbers, node, type Setting } from "./builder.js";

/** Collects nodes and weights in the order an exporter writes them. */
class Exporter {
  readonly nodes: NodeProto[] = [];
  readonly stored: Record<string, Numbers> = {};
  private readonly random = new Random(11);
  private count = 0;

  weight(name: string, shape: readonly number[], { scale = 0.4, offset = 0 } = {}): string {
    const size = shape.reduce((a, b) => a * b, 1);
    this.stored[name] = { shape, data: Array.from({ length: size }, () => offset + scale * this.random.normal()) };
    return name;
  }

  /** A positive weight, such as a variance or a scale. */
  positive(name: string, shape: readonly number[]): string {
    const size = shape.reduce((a, b) => a * b, 1);
    this.stored[name] = { shape, data: Array.from({ length: size }, () => 0.5 + this.random.uniform()) };
    return name;
  }

  add(op: string, inputs: readonly string[], settings: Record<string, Setting> = {}): string {
    const output = `/${op}_${this.count++}_output_0`;
    this.nodes.push(node(op, inputs, [output], settings));
    return output;
  }

  /** A Constant node, as exporters write numbers of formulas and shapes. */
  constant(value: number | readonly number[], type: "float32" | "int64" = "int64"): string {
    const data = typeof value === "number" ? [value] : value;
    return this.add("Constant", [], { value: { shape: typeof value === "number" ? [] : [data.length], data, type } });
  }

  finish(last: string, name: string): NodeProto[] {
    return [...this.nodes, node("Identity", [last], [name])];
  }
}

function convNorm(
  file: Exporter,
  x: string,
  name: string,
  sizes: { i: number; o: number; k: number; stride?: number; group?: number },
) {
  const { i, o, k, stride = 1, group = 1 } = sizes;
  const pad = (k - 1) / 2;
  const y = file.add("Conv", [x, file.weight(`${name}.conv.weight`, [o, i / group, k, k])], {
    dilations: [1, 1],
    group,
    kernel_shape: [k, k],
    pads: [pad, pad, pad, pad],
    strides: [stride, stride],
  });
  const bn = `${name}.bn`;
  const values = [
    file.positive(`${bn}.weight`, [o]),
    file.weight(`${bn}.bias`, [o]),
    file.weight(`${bn}.running_mean`, [o]),
    file.positive(`${bn}.running_var`, [o]),
  ];
  return file.add("BatchNormalization", [y, ...values], { epsilon: { float: 1e-5 }, momentum: { float: 0.9 } });
}

/** Squeeze and excitation (MobileNetV3): a gate for each channel from its mean. */
function squeezeExcite(file: Exporter, x: string, channels: number): string {
  const pooled = file.add("GlobalAveragePool", [x]);
  const conv = (from: string, name: string, i: number, o: number) =>
    file.add("Conv", [from, file.weight(`${name}.weight`, [o, i, 1, 1]), file.weight(`${name}.bias`, [o])], {
      kernel_shape: [1, 1],
    });
  const hidden = file.add("Relu", [conv(pooled, "se.fc1", channels, 4)]);
  const gate = file.add("HardSigmoid", [conv(hidden, "se.fc2", 4, channels)], { alpha: { float: 1 / 6 } });
  return file.add("Mul", [x, gate]);
}

/** A residual network with depthwise convolution, squeeze-excitation and HardSwish, as torch exports it. */
export function convolutionalModel(): Uint8Array {
  const file = new Exporter();
  const stem = file.add("HardSwish", [convNorm(file, "pixels", "stem", { i: 3, o: 8, k: 3, stride: 2 })]);
  const wide = file.add("HardSwish", [convNorm(file, stem, "block.expand", { i: 8, o: 16, k: 1 })]);
  const deep = file.add("Relu", [convNorm(file, wide, "block.depthwise", { i: 16, o: 16, k: 3, group: 16 })]);
  const narrow = convNorm(file, squeezeExcite(file, deep, 16), "block.project", { i: 16, o: 8, k: 1 });
  const sum = file.add("Add", [stem, narrow]);
  const pooled = file.add("MaxPool", [sum], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 });
  const clipped = file.add("Clip", [pooled, file.constant(-2, "float32"), file.constant(2, "float32")]);
  const flat = file.add("Flatten", [file.add("GlobalAveragePool", [clipped])], { axis: 1 });
  const head = [file.weight("classifier.weight", [5, 8]), file.weight("classifier.bias", [5])];
  const logits = file.add("Gemm", [flat, ...head], { transB: 1 });
  return modelBytes({
    inputs: { pixels: { shape: ["batch", 3, "height", "width"] } },
    stored: file.stored,
    nodes: file.finish(logits, "logits"),
    outputs: { logits: "float32" },
    metadata: { mean: "0.5" },
  });
}

const WIDTH = 8;
const HEADS = 2;

/** Layer normalisation as one operator, or as the arithmetic that exporters wrote before opset 17. */
function layerNorm(file: Exporter, x: string, name: string, decomposed: boolean): string {
  const [scale, bias] = [file.positive(`${name}.weight`, [WIDTH]), file.weight(`${name}.bias`, [WIDTH])];
  if (!decomposed) return file.add("LayerNormalization", [x, scale, bias], { axis: -1, epsilon: { float: 1e-6 } });
  const centred = file.add("Sub", [x, file.add("ReduceMean", [x], { axes: [-1] })]);
  const squares = file.add("Pow", [centred, file.constant(2, "float32")]);
  const variance = file.add("Add", [file.add("ReduceMean", [squares], { axes: [-1] }), file.constant(1e-6, "float32")]);
  const normal = file.add("Div", [centred, file.add("Sqrt", [variance])]);
  return file.add("Add", [file.add("Mul", [normal, scale]), bias]);
}

/** One size of a value, as `x.shape[axis]` is exported. */
function size(file: Exporter, x: string, axis: number): string {
  return file.add("Gather", [file.add("Shape", [x]), file.constant(axis)], { axis: 0 });
}

function joined(file: Exporter, sizes: readonly (string | number)[]): string {
  const parts = sizes.map((entry) =>
    file.add("Unsqueeze", [typeof entry === "number" ? file.constant(entry) : entry, file.constant([0])]),
  );
  return file.add("Concat", parts, { axis: 0 });
}

function dense(file: Exporter, x: string, name: string, i: number, o: number): string {
  const product = file.add("MatMul", [x, file.weight(`${name}.weight`, [i, o], { scale: 0.3 })]);
  return file.add("Add", [file.weight(`${name}.bias`, [o]), product]);
}

/** Attention with the reshapes computed from shapes, as `nn.MultiheadAttention` and timm export it. */
function attention(file: Exporter, x: string): string {
  const [batch, tokens] = [size(file, x, 0), size(file, x, 1)];
  const width = file.add("Div", [size(file, x, 2), file.constant(HEADS)]);
  const all = file.add("Reshape", [
    dense(file, x, "attention.qkv", WIDTH, 3 * WIDTH),
    joined(file, [batch, tokens, 3, HEADS, width]),
  ]);
  const parts = file.add("Transpose", [all], { perm: [2, 0, 3, 1, 4] });
  const [q, k, v] = [0, 1, 2].map((i) => file.add("Gather", [parts, file.constant(i)], { axis: 0 })) as [
    string,
    string,
    string,
  ];
  const scale = file.add("Sqrt", [file.add("Cast", [width], { to: 1 })]);
  const scores = file.add("MatMul", [file.add("Div", [q, scale]), file.add("Transpose", [k], { perm: [0, 1, 3, 2] })]);
  const mixed = file.add("MatMul", [file.add("Softmax", [scores], { axis: -1 }), v]);
  const rows = file.add("Transpose", [mixed], { perm: [0, 2, 1, 3] });
  return dense(file, file.add("Reshape", [rows, joined(file, [batch, tokens, WIDTH])]), "attention.proj", WIDTH, WIDTH);
}

/** x Phi(x) by Erf, as exporters wrote it before opset 20. */
function gelu(file: Exporter, x: string): string {
  const erf = file.add("Erf", [file.add("Div", [x, file.constant(Math.SQRT2, "float32")])]);
  const twice = file.add("Mul", [x, file.add("Add", [erf, file.constant(1, "float32")])]);
  return file.add("Mul", [twice, file.constant(0.5, "float32")]);
}

/** A vision transformer of one block, as torch exports it. */
export function transformerModel({ decomposed = false } = {}): Uint8Array {
  const file = new Exporter();
  const patches = file.add(
    "Conv",
    ["pixels", file.weight("patch.weight", [WIDTH, 3, 4, 4]), file.weight("patch.bias", [WIDTH])],
    {
      kernel_shape: [4, 4],
      strides: [4, 4],
    },
  );
  const shape = file.add("Slice", [
    file.add("Shape", [patches]),
    file.constant([0]),
    file.constant([2]),
    file.constant([0]),
  ]);
  const rows = file.add("Reshape", [patches, file.add("Concat", [shape, file.constant([-1])], { axis: 0 })]);
  const tokens = file.add("Transpose", [rows], { perm: [0, 2, 1] });
  const target = joined(file, [size(file, tokens, 0), -1, -1]);
  // The exporter's expand: -1 keeps the parameter's own size.
  const ones = file.add("ConstantOfShape", [file.constant([3])], { value: { shape: [1], data: [1], type: "int64" } });
  const minus = file.add("Equal", [target, file.add("Mul", [ones, file.constant(-1)])]);
  const cls = file.add("Expand", [file.weight("cls_token", [1, 1, WIDTH]), file.add("Where", [minus, ones, target])]);
  const all = file.add("Add", [
    file.add("Concat", [cls, tokens], { axis: 1 }),
    file.weight("pos_embed", [1, 5, WIDTH]),
  ]);
  const attended = file.add("Add", [all, attention(file, layerNorm(file, all, "norm1", decomposed))]);
  const hidden = gelu(file, dense(file, layerNorm(file, attended, "norm2", decomposed), "mlp.fc1", WIDTH, 16));
  const out = file.add("Add", [attended, dense(file, hidden, "mlp.fc2", 16, WIDTH)]);
  const first = file.add("Gather", [layerNorm(file, out, "norm", decomposed), file.constant(0)], { axis: 1 });
  return modelBytes({
    inputs: { pixels: { shape: ["batch", 3, 8, 8] } },
    stored: file.stored,
    nodes: file.finish(first, "embedding"),
    outputs: { embedding: "float32" },
    opset: decomposed ? 14 : 17,
  });
}

/** A bidirectional LSTM whose last outputs are enlarged, with a branch that its shape decides. */
export function sequenceModel(): Uint8Array {
  const file = new Exporter();
  const [w, r, b] = [file.weight("w", [2, 16, 3]), file.weight("r", [2, 16, 4]), file.weight("b", [2, 32])];
  const y = file.add("LSTM", ["sequence", w, r, b], { hidden_size: 4, direction: "bidirectional" });
  const joinedRows = file.add("Reshape", [
    file.add("Transpose", [y], { perm: [0, 2, 1, 3] }),
    file.constant([0, 0, -1]),
  ]);
  const isLong = file.add("Equal", [size(file, joinedRows, 0), file.constant(1)]);
  const branch = (op: string) => ({
    graph: {
      name: op,
      node: [node(op, [joinedRows], [`${op}_out`])],
      initializer: [],
      input: [],
      output: [{ name: `${op}_out` }],
    },
  });
  const chosen = file.add("If", [isLong], { then_branch: branch("Neg"), else_branch: branch("Tanh") });
  const scales = file.constant([1, 1, 2], "float32");
  const large = file.add("Resize", [chosen, "", scales], { mode: "linear" });
  return modelBytes({
    inputs: { sequence: { shape: [5, "batch", 3] } },
    stored: file.stored,
    nodes: file.finish(large, "states"),
    outputs: { states: "float32" },
  });
}
