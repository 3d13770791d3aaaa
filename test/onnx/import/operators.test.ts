import { describe, test } from "vitest";
import { Random } from "../../../src/rng/index.js";
import { type ElementName, modelBytes, type Numbers, node, type Setting } from "./builder.js";
import { type CompareOptions, compareWithOriginal } from "./compare.js";

/** One node: its operator, inputs by name ("" is left out), settings, and how many outputs. */
type Case = readonly [op: string, inputs: string, settings?: Record<string, Setting>, outputs?: readonly ElementName[]];

interface Family extends CompareOptions {
  readonly opset?: number;
  readonly inputs: Readonly<Record<string, Numbers>>;
  readonly stored?: Readonly<Record<string, Numbers>>;
  readonly cases: readonly Case[];
}

const random = new Random(23);

/** Numbers at some distance from each other and from whole numbers, so that small steps cross no corner. */
function apart(...shape: number[]): Numbers {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: random.shuffle(Array.from({ length: size }, (_, i) => (i - size / 2 + 0.35) * (6 / size))) };
}

function normal(...shape: number[]): Numbers {
  return { shape, data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5 * random.normal()) };
}

function positive(...shape: number[]): Numbers {
  return { shape, data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.5 + random.uniform()) };
}

function ints(...data: number[]): Numbers {
  return { shape: [data.length], data, type: "int64" };
}

function list(...data: number[]): Numbers {
  return { shape: [data.length], data };
}

const scalar = (value: number, type: ElementName = "float32"): Numbers => ({ shape: [], data: [value], type });
const f = (float: number): Setting => ({ float });

/** All nodes of a family side by side in one model. */
function modelOf({ inputs, stored = {}, cases, opset = 17 }: Family): Uint8Array {
  const names = (index: number, outputs: readonly ElementName[]) =>
    outputs.map((_, i) => `${cases[index]![0]}.${index}.${i}`);
  const plain: readonly ElementName[] = ["float32"];
  return modelBytes({
    opset,
    inputs,
    stored,
    nodes: cases.map(([op, from, settings, outputs = plain], i) =>
      node(op, from.split(" "), names(i, outputs), settings),
    ),
    outputs: Object.fromEntries(
      cases.flatMap(([, , , outputs = plain], i) => names(i, outputs).map((name, j) => [name, outputs[j]!])),
    ),
  });
}

const image = { x: apart(2, 4, 7, 6) };
const filters = {
  w: normal(6, 4, 3, 3),
  grouped: normal(8, 2, 3, 2),
  deep: normal(4, 1, 3, 3),
  b: normal(6),
  t: normal(4, 3, 3, 3),
};
const bool: readonly ElementName[] = ["bool"];
const int: readonly ElementName[] = ["int64"];

const families: Readonly<Record<string, Family>> = {
  arithmetic: {
    inputs: { x: apart(3, 4), y: positive(4), n: { ...ints(3, -7, 5, 2) } },
    stored: { two: scalar(2), p: positive(3, 4), m: ints(2, 3, -3, 4) },
    cases: [
      ...(["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean"] as const).map((op): Case => [op, "x y"]),
      ...(["Abs", "Neg", "Exp", "Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh"] as const).map(
        (op): Case => [op, "x"],
      ),
      ...(["Sqrt", "Log", "Reciprocal"] as const).map((op): Case => [op, "p"]),
      ...(["Floor", "Ceil", "Round", "Sign"] as const).map((op): Case => [op, "x"]),
      ...(["Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"] as const).map(
        (op): Case => [op, "x y", {}, bool],
      ),
      ["Pow", "y two"],
      ["Pow", "p y"],
      ["Mod", "n m", {}, int],
      ["Mod", "n m", { fmod: 1 }, int],
      ["Mod", "x y", { fmod: 1 }],
      ["Cast", "x", { to: 7 }, int],
      ["Cast", "n", { to: 1 }],
      ["IsNaN", "x", {}, bool],
    ],
  },
  activations: {
    opset: 20,
    inputs: { x: apart(3, 4) },
    stored: { slope: positive(4), low: scalar(-0.9), high: scalar(1.1) },
    cases: [
      ...["Relu", "Sigmoid", "Tanh", "Erf", "Softplus", "Softsign", "Mish", "HardSwish", "Gelu"].map(
        (op): Case => [op, "x"],
      ),
      ["Gelu", "x", { approximate: "tanh" }],
      ["Clip", "x low high"],
      ["Clip", "x  high"],
      ["PRelu", "x slope"],
      ["LeakyRelu", "x", { alpha: f(0.2) }],
      ["Elu", "x", { alpha: f(0.7) }],
      ["Celu", "x", { alpha: f(0.7) }],
      ["Selu", "x"],
      ["HardSigmoid", "x", { alpha: f(0.3), beta: f(0.4) }],
      ["ThresholdedRelu", "x", { alpha: f(0.6) }],
      ["Shrink", "x", { bias: f(0.2), lambd: f(0.6) }],
    ],
  },
  convolutions: {
    inputs: { ...image, signal: apart(2, 4, 9) },
    stored: { ...filters, w1: normal(6, 2, 3), t1: normal(4, 3, 3) },
    tolerance: 2e-5,
    cases: [
      ["Conv", "x w b", { pads: [1, 0, 1, 2], strides: [2, 1] }],
      ["Conv", "x grouped", { group: 2, dilations: [2, 1], kernel_shape: [3, 2] }],
      ["Conv", "x deep", { group: 4, auto_pad: "SAME_UPPER", strides: [2, 2] }],
      ["Conv", "x deep", { group: 4, auto_pad: "SAME_LOWER", strides: [2, 3] }],
      ["Conv", "x w", { auto_pad: "VALID" }],
      ["Conv", "signal w1", { group: 2, pads: [2, 1], dilations: [2] }],
      ["ConvTranspose", "x t", { strides: [2, 3], pads: [1, 0, 0, 1], output_padding: [1, 2] }],
      ["ConvTranspose", "x t", { strides: [2, 2], output_shape: [14, 13] }],
      ["ConvTranspose", "x t", { strides: [2, 2], auto_pad: "SAME_UPPER" }],
      ["ConvTranspose", "signal t1", { strides: [2], dilations: [2] }],
    ],
  },
  pooling: {
    opset: 19,
    inputs: { ...image, signal: apart(2, 4, 9) },
    cases: [
      ["MaxPool", "x", { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 1, 1] }],
      ["MaxPool", "x", { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 }],
      ["MaxPool", "x", { kernel_shape: [2, 2], dilations: [2, 3] }],
      ["MaxPool", "signal", { kernel_shape: [3], auto_pad: "SAME_UPPER", strides: [2] }],
      ["AveragePool", "x", { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }],
      ["AveragePool", "x", { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 }],
      ["AveragePool", "x", { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 }],
      [
        "AveragePool",
        "x",
        { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2], ceil_mode: 1, count_include_pad: 1 },
      ],
      ["AveragePool", "x", { kernel_shape: [2, 2], dilations: [2, 2] }],
      ["AveragePool", "signal", { kernel_shape: [4], strides: [2] }],
      ["LpPool", "x", { kernel_shape: [2, 2], strides: [1, 2] }],
      ["GlobalAveragePool", "x"],
      ["GlobalMaxPool", "x"],
      ["GlobalLpPool", "x"],
    ],
  },
  normalisation: {
    opset: 21,
    inputs: image,
    stored: { c: positive(4), d: normal(4), mean: normal(4), var: positive(4), last: positive(6), lastBias: normal(6) },
    tolerance: 2e-5,
    cases: [
      ["BatchNormalization", "x c d mean var", { epsilon: f(1e-3) }],
      ["LayerNormalization", "x last lastBias", { epsilon: f(1e-3) }],
      ["InstanceNormalization", "x c d", { epsilon: f(1e-3) }],
      ["GroupNormalization", "x c d", { num_groups: 2 }],
      ["LRN", "x", { size: 3, alpha: f(0.1), beta: f(0.6), bias: f(1.5) }],
      ["LpNormalization", "x", { axis: 1 }],
      ["MeanVarianceNormalization", "x"],
    ],
  },
  products: {
    inputs: { a: normal(3, 4), b: normal(2, 4, 5), v: normal(4) },
    stored: { w: normal(5, 4), s: normal(2, 3, 3), bias: normal(5), k: normal(2, 5, 6) },
    cases: [
      ["Gemm", "a w bias", { transB: 1, alpha: f(0.5), beta: f(2) }],
      ["Gemm", "a a", { transA: 1 }],
      ["MatMul", "a b"],
      ["MatMul", "v b"],
      ["MatMul", "a v"],
      ["Einsum", "a b", { equation: "ij,bjk->bik" }],
      ["Einsum", "b k", { equation: "...ij,...jk->...ik" }],
      ["Einsum", "b", { equation: "bij->ji" }],
      ["Einsum", "a v", { equation: "ij,j" }],
      ["Einsum", "s", { equation: "bii->bi" }],
      ["Einsum", "s", { equation: "bii" }],
    ],
  },
  movement: {
    opset: 18,
    inputs: { x: apart(2, 6, 5) },
    stored: {
      shape: ints(0, -1, 2),
      axes: ints(0, 3),
      starts: ints(-1, 1),
      ends: ints(-100, 5),
      which: ints(2, -2),
      steps: ints(-1, 2),
      sizes: ints(1, 3, 2),
      pads: ints(0, 2, 1, 1, -1, 2),
      reflected: ints(0, 2, 1, 0, 1, 2),
      repeats: ints(1, 2, 3),
      value: scalar(0.25),
    },
    cases: [
      ["Reshape", "x shape"],
      ["Flatten", "x", { axis: 2 }],
      ["Unsqueeze", "x axes"],
      ["Transpose", "x", { perm: [2, 0, 1] }],
      ["Concat", "x x", { axis: -1 }],
      ["Slice", "x starts ends which steps"],
      ["Split", "x sizes", { axis: 1 }, ["float32", "float32", "float32"]],
      ["Split", "x", { axis: 2, num_outputs: 3 }, ["float32", "float32", "float32"]],
      ["Pad", "x pads value"],
      ["Pad", "x reflected", { mode: "reflect" }],
      ["Pad", "x reflected", { mode: "edge" }],
      ["Tile", "x repeats"],
      ["Shape", "x", {}, int],
    ],
  },
  blocks: {
    inputs: { x: apart(2, 8, 2, 4) },
    cases: [
      ["DepthToSpace", "x", { blocksize: 2 }],
      ["DepthToSpace", "x", { blocksize: 2, mode: "CRD" }],
      ["SpaceToDepth", "x", { blocksize: 2 }],
    ],
  },
  selection: {
    opset: 18,
    inputs: { x: apart(4, 5), i: { shape: [2, 2], data: [1, -1, 3, 0], type: "int64" } },
    stored: {
      rows: ints(2, -1, 0),
      one: scalar(1, "int64"),
      along: { shape: [4, 2], data: [0, 4, 1, -1, 2, 2, 3, 0], type: "int64" },
      places: { shape: [2, 2], data: [0, 1, 3, -2], type: "int64" },
      firsts: { shape: [2, 1], data: [1, 3], type: "int64" },
      updates: normal(4, 2),
      values: list(7, 8),
      two: normal(2, 5),
      depth: scalar(5, "int64"),
      offOn: list(-1, 2),
      k: ints(2),
    },
    cases: [
      ["Gather", "x rows", { axis: 1 }],
      ["Gather", "x i"],
      ["Gather", "x one", { axis: 1 }],
      ["GatherElements", "x along", { axis: 1 }],
      ["GatherND", "x places"],
      ["GatherND", "x firsts"],
      ["ScatterND", "x firsts two"],
      ["ScatterND", "x places values", { reduction: "add" }],
      ["ScatterElements", "x along updates", { axis: 1, reduction: "add" }],
      ["OneHot", "i depth offOn", { axis: 1 }],
      ["Trilu", "x one", { upper: 0 }],
      ["TopK", "x k", {}, ["float32", "int64"]],
    ],
  },
  reductions: {
    opset: 18,
    inputs: { x: apart(3, 4, 5) },
    stored: { axes: ints(-1, 0), p: positive(3, 4), last: scalar(1, "int64") },
    cases: [
      ...[
        "ReduceSum",
        "ReduceMean",
        "ReduceMax",
        "ReduceMin",
        "ReduceL1",
        "ReduceL2",
        "ReduceLogSumExp",
        "ReduceSumSquare",
      ].map((op): Case => [op, "x axes", { keepdims: 0 }]),
      ["ReduceProd", "p"],
      ["ReduceLogSum", "p"],
      ["ReduceSum", "x", { noop_with_empty_axes: 1 }],
      ["ArgMax", "x", { axis: 1 }, int],
      ["ArgMin", "x", { axis: -1, keepdims: 0 }, int],
      ["Softmax", "x", { axis: 1 }],
      ["LogSoftmax", "x"],
      ["CumSum", "x last", { reverse: 1, exclusive: 1 }],
    ],
  },
  resizing: {
    opset: 18,
    inputs: { x: apart(1, 2, 5, 4) },
    stored: { up: list(1, 1, 2, 1.5), down: list(1, 1, 0.6, 0.5), sizes: ints(1, 2, 7, 9) },
    tolerance: 2e-5,
    cases: [
      ["Resize", "x  up", { mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }],
      ["Resize", "x  up", { mode: "linear" }],
      ["Resize", "x  down", { mode: "linear", antialias: 1 }],
      ["Resize", "x   sizes", { mode: "linear", coordinate_transformation_mode: "align_corners" }],
      ["Resize", "x   sizes", { mode: "linear", coordinate_transformation_mode: "pytorch_half_pixel" }],
      ["Resize", "x   sizes", { mode: "cubic", cubic_coeff_a: f(-0.5), exclude_outside: 1 }],
      ["Resize", "x  up", { mode: "cubic" }],
    ],
  },
  recurrent: {
    inputs: { x: normal(4, 2, 3), h: normal(1, 2, 3) },
    stored: {
      lw: normal(1, 12, 3),
      lr: normal(1, 12, 3),
      lb: normal(1, 24),
      peep: normal(1, 9),
      gw: normal(1, 9, 3),
      gr: normal(1, 9, 3),
      gb: normal(1, 18),
      rw: normal(2, 3, 3),
      rr: normal(2, 3, 3),
    },
    cases: [
      ["LSTM", "x lw lr lb  h h peep", { hidden_size: 3 }, ["float32", "float32", "float32"]],
      ["LSTM", "x lw lr", { hidden_size: 3, direction: "reverse" }],
      ["GRU", "x gw gr gb  h", { hidden_size: 3 }, ["float32", "float32"]],
      ["GRU", "x gw gr gb", { hidden_size: 3, linear_before_reset: 1 }],
      ["RNN", "x rw rr", { hidden_size: 3, direction: "bidirectional" }],
    ],
  },
  "operators of opset 7": {
    opset: 7,
    inputs: { x: apart(2, 3, 4, 4) },
    stored: { slope: positive(3, 1, 1) },
    cases: [
      ["Clip", "x", { min: f(-0.8), max: f(1.2) }],
      ["Pad", "x", { pads: [0, 0, 1, 2, 0, 0, 0, 1], value: f(0.5) }],
      ["Softmax", "x", { axis: 1 }],
      ["LogSoftmax", "x", { axis: 2 }],
      ["ReduceMean", "x", { axes: [2, 3] }],
      ["Slice", "x", { starts: [1], ends: [3], axes: [2] }],
      ["Unsqueeze", "x", { axes: [0] }],
      ["Split", "x", { axis: 3, split: [1, 3] }, ["float32", "float32"]],
      ["Upsample", "x", { mode: "nearest", scales: { floats: [1, 1, 2, 2] } }],
      ["PRelu", "x slope"],
      ["TopK", "x", { k: 2 }, ["float32", "int64"]],
      ["Dropout", "x", { ratio: f(0.5) }],
    ],
  },
};

describe("each operator has the values and gradients of ONNX Runtime", () => {
  test.each(Object.entries(families))("%s", async (_, family) => {
    const { inputs, stored: __, cases: ___, opset: ____, ...options } = family;
    await compareWithOriginal(modelOf(family), inputs, { step: 2e-3, ...options });
  });
});
