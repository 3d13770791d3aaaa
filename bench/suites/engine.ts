import { grad } from "../../src/grad/index.js";
import { input, namedParameters, Parameter, type Tensor } from "../../src/graph/index.js";
import { context, multiHeadAttention } from "../../src/nn/index.js";
import { batchNorm, conv2d, gather, layerNorm, matmul, softmax } from "../../src/ops/index.js";
import { adam, bindOptimizer, type Rule, sgd } from "../../src/optim/index.js";
import { Random } from "../../src/rng/index.js";
import { type Operation, operand, operation } from "../operation.js";
import { adamBytes, type Case, momentumBytes, type Suite } from "../suite.js";

/** Bytes of a float32 number. */
const FLOAT = 4;

/** Rows, inner size, columns. */
const products = [
  [512, 512, 512],
  [2048, 2048, 2048],
  [60_000, 128, 128],
  [512, 60_000, 512],
  [512, 128, 60_000],
] as const;

function product([rows, inner, columns]: readonly [number, number, number]): Case {
  return operation(() => ({ results: [matmul(operand("a", rows, inner), operand("b", inner, columns))] }), {
    flop: 2 * rows * inner * columns,
    bytes: FLOAT * (rows * inner + inner * columns + rows * columns),
  });
}

/** Batch, channels in and out, kernel, side of the image, stride; `depthwise`: one channel a group. */
const convolutions = [
  { name: "7x7s2-3-64-224", batch: 16, inputs: 3, outputs: 64, kernel: 7, side: 224, stride: 2 },
  { name: "3x3-64-64-56", batch: 16, inputs: 64, outputs: 64, kernel: 3, side: 56, stride: 1 },
  { name: "3x3-128-128-28", batch: 32, inputs: 128, outputs: 128, kernel: 3, side: 28, stride: 1 },
  { name: "3x3s2-128-128-56", batch: 32, inputs: 128, outputs: 128, kernel: 3, side: 56, stride: 2 },
  { name: "1x1-256-64-56", batch: 16, inputs: 256, outputs: 64, kernel: 1, side: 56, stride: 1 },
  { name: "3x3-512-512-7", batch: 32, inputs: 512, outputs: 512, kernel: 3, side: 7, stride: 1 },
  { name: "3x3-depthwise-256-28", batch: 32, inputs: 256, outputs: 256, kernel: 3, side: 28, stride: 1, groups: 256 },
];

/** Forward, the weight's gradient and the image's, each alone. */
function convolution({ batch, inputs, outputs, kernel, side, stride, groups = 1 }: (typeof convolutions)[number]) {
  const end = side / stride;
  const work = { flop: 2 * batch * outputs * (inputs / groups) * kernel ** 2 * end ** 2 };
  const define = (results: (x: Tensor, weight: Tensor, y: Tensor, g: Tensor) => Tensor[]) => (): Operation => {
    const x = operand("x", batch, inputs, side, side);
    const weight = operand("weight", outputs, inputs / groups, kernel, kernel);
    const y = conv2d(x, weight, { stride, padding: (kernel - 1) / 2, groups });
    return { results: results(x, weight, y, operand("g", batch, outputs, end, end)) };
  };
  return {
    forward: operation(
      define((_x, _weight, y) => [y]),
      work,
    ),
    weight: operation(
      define((_x, weight, y, g) => grad(y, [weight], g)),
      work,
    ),
    input: operation(
      define((x, _weight, y, g) => grad(y, [x], g)),
      work,
    ),
  };
}

/** A function of x and perhaps of parameters of some size, with its gradients; `passes` over x at the least. */
function bothWays(
  shape: readonly number[],
  size: number,
  passes: number,
  fn: (x: Tensor, scale?: Tensor, bias?: Tensor) => Tensor,
): Case {
  const count = shape.reduce((a, b) => a * b, 1);
  return operation(
    () => {
      const x = operand("x", ...shape);
      const own = size === 0 ? [] : [operand("scale", size), operand("bias", size)];
      const y = fn(x, ...own);
      return { results: [y, ...grad(y, [x, ...own], operand("g", ...shape))] };
    },
    { bytes: passes * FLOAT * count },
  );
}

const [TOKENS, WIDTH, HEADS, SENTENCES] = [197, 384, 6, 16];

/** Multi-head self-attention with the gradients of its input and parameters. */
function attention(): Case {
  const rows = SENTENCES * TOKENS;
  return operation(
    () => {
      const layer = multiHeadAttention(WIDTH, { heads: HEADS });
      const x = operand("x", SENTENCES, TOKENS, WIDTH);
      const y = layer.apply(x, context());
      const trained = namedParameters(layer.parameters).map(([, parameter]) => parameter);
      const results = [y, ...grad(y, [x, ...trained], operand("g", SENTENCES, TOKENS, WIDTH))];
      return { results, parameters: layer.parameters };
    },
    { flop: 3 * 2 * (rows * WIDTH * 4 * WIDTH + 2 * rows * TOKENS * WIDTH) },
  );
}

const [VECTORS, DIMENSION, CHOSEN] = [100_000, 128, 8192];

/** Rows of a table, and the table's gradient. */
function rowsOf(define: (table: Tensor, chosen: Tensor) => Tensor, bytes: number): Case {
  return operation(
    () => {
      const random = new Random(1);
      const chosen = BigInt64Array.from({ length: CHOSEN }, () => BigInt(random.integer(VECTORS)));
      const result = define(operand("table", VECTORS, DIMENSION), input("chosen", "int64", [CHOSEN]));
      return { results: [result], feeds: { chosen } };
    },
    { bytes },
  );
}

/** One step of an optimiser alone over `count` parameters of a million numbers each. */
function update(rule: Rule, count: number, bytes: (numbers: number) => number): Case {
  const shape = [1000, 1000];
  return operation(
    () => {
      const random = new Random(1);
      const initializer = () => Float32Array.from({ length: 1e6 }, () => random.uniform());
      const parameters = Object.fromEntries(
        Array.from({ length: count }, (_, i) => [`p${i}`, new Parameter(shape, { initializer })]),
      );
      const optimizer = bindOptimizer(rule, namedParameters(parameters), {});
      const gradients = optimizer.trained.map((_, i) => operand(`g${i}`, ...shape));
      const updates = optimizer.update(gradients, operand("rate"));
      const tree = { parameters, optimizer: optimizer.parameters };
      return { results: [], parameters: tree, updates, feeds: { rate: Float32Array.of(1e-4) } };
    },
    { bytes: bytes(count * 1e6) },
  );
}

export const suite: Suite = {
  title: "operations alone",
  peer: { name: "PyTorch", script: "torch_engine.py" },
  cases: {
    ...Object.fromEntries(products.map((sizes) => [`matmul/${sizes.join("x")}`, product(sizes)])),
    ...Object.fromEntries(
      convolutions.flatMap((each) =>
        Object.entries(convolution(each)).map(([part, one]) => [`conv/${part}/${each.batch}x${each.name}`, one]),
      ),
    ),
    "batch-norm/32x64x56x56": bothWays([32, 64, 56, 56], 64, 6, (x, scale, bias) => {
      return batchNorm(x, { scale: scale!, bias: bias! }).y;
    }),
    "layer-norm/3152x384": bothWays([SENTENCES * TOKENS, WIDTH], WIDTH, 5, (x, scale, bias) => {
      return layerNorm(x, { scale: scale!, bias: bias! });
    }),
    "softmax/96x197x197": bothWays([SENTENCES * HEADS, TOKENS, TOKENS], 0, 4, (x) => softmax(x)),
    "attention/16x197x384": attention(),
    "gather/8192-of-100000x128": rowsOf(gather, 2 * FLOAT * CHOSEN * DIMENSION),
    "scatter/8192-of-100000x128": rowsOf(
      (table, chosen) => grad(gather(table, chosen), [table], operand("g", CHOSEN, DIMENSION))[0]!,
      FLOAT * DIMENSION * (VECTORS + 2 * CHOSEN),
    ),
    "adam/1M": update(adam(), 1, adamBytes),
    "adam/25M": update(adam(), 25, adamBytes),
    "momentum/1M": update(sgd({ momentum: 0.9 }), 1, momentumBytes),
    "momentum/25M": update(sgd({ momentum: 0.9 }), 25, momentumBytes),
  },
};
