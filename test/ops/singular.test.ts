import { describe, expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { constant, input, reachableNodes, type Tensor } from "../../src/graph/index.js";
import { matmul, softmax, where } from "../../src/ops/index.js";
import { evaluate, type Values } from "../oracles/evaluate.js";
import { numbersOf, runGraph, vector } from "./check.js";

const { POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: negative, NaN: nan } = Number;

interface Trap {
  readonly x: readonly number[];
  readonly shape?: readonly number[];
  readonly of: (x: Tensor) => Tensor;
  readonly value: readonly number[];
  readonly gradient: readonly number[];
}

/** Points where formulas break down: what must come out, and the gradient of the sum. */
const traps: Readonly<Record<string, Trap>> = {
  "sqrt(0)": { x: [0, 4], of: (x) => x.sqrt(), value: [0, 2], gradient: [0, 0.25] },
  "sqrt of negatives": { x: [-1, 4], of: (x) => x.sqrt(), value: [nan, 2], gradient: [0, 0.25] },
  "rsqrt(0)": { x: [0, 4], of: (x) => x.rsqrt(), value: [infinity, 0.5], gradient: [0, -1 / 16] },
  "norm at the zero vector": {
    x: [0, 0, 3, 4],
    shape: [2, 2],
    of: (x) => x.norm(1),
    value: [0, 5],
    gradient: [0, 0, 0.6, 0.8],
  },
  "a zero vector normalised": {
    x: [0, 0, 3, 4],
    shape: [2, 2],
    of: (x) => x.l2Normalize(),
    value: [0, 0, 0.6, 0.8],
    // Divided by the smallest norm, 1e-12, as every vector that short.
    gradient: [1e12, 1e12, (1 - 0.6 * 1.4) / 5, (1 - 0.8 * 1.4) / 5],
  },
  "log(0)": { x: [0, 2], of: (x) => x.log(), value: [negative, Math.LN2], gradient: [0, 0.5] },
  "log1p(-1)": { x: [-1, 1], of: (x) => x.log1p(), value: [negative, Math.LN2], gradient: [0, 0.5] },
  "1 / 0": { x: [0, 2], of: (x) => x.reciprocal(), value: [infinity, 0.5], gradient: [0, -0.25] },
  "a / 0": { x: [0, 2], of: (x) => x.mul(0).add(1).div(x), value: [infinity, 0.5], gradient: [0, -0.25] },
  "0 / 0": { x: [0, 2], of: (x) => x.div(x), value: [nan, 1], gradient: [0, 0] },
  "0^p": { x: [0, 2], of: (x) => x.pow([0.5, 2]), value: [0, 4], gradient: [0, 4] },
  "0^0, 0^1, 0^-1": { x: [0, 0, 0], of: (x) => x.pow([0, 1, -1]), value: [1, 0, infinity], gradient: [0, 1, 0] },
  "negative bases": { x: [-2, -2], of: (x) => x.pow([3, 0.5]), value: [-8, nan], gradient: [12, 0] },
  "exponent of a base of 0": {
    x: [2, 0.5],
    of: (x) => x.mul(0).pow(x),
    value: [0, 0],
    gradient: [0, 0],
  },
  "arc cosine at and beyond the ends": {
    x: [-1, 1, 1.5, -3, 0],
    of: (x) => x.acos(),
    value: [Math.PI, 0, 0, Math.PI, Math.PI / 2],
    gradient: [0, 0, 0, 0, -1],
  },
  "acosh at and below 1": { x: [1, 0.5], of: (x) => x.acosh(), value: [0, 0], gradient: [0, 0] },
  "atanh at the ends": { x: [-1, 1], of: (x) => x.atanh(), value: [negative, infinity], gradient: [0, 0] },
  "asinh(0)": { x: [0, 1e12], of: (x) => x.asinh(), value: [0, Math.asinh(1e12)], gradient: [1, 1e-12] },
  "exp overflow": { x: [negative, 0], of: (x) => x.exp(), value: [0, 1], gradient: [0, 1] },
  "logSumExp of nothing but -infinity": {
    x: [negative, negative, 0, negative],
    shape: [2, 2],
    of: (x) => x.logSumExp(1),
    value: [negative, 0],
    gradient: [0, 0, 1, 0],
  },
  "logSumExp with +infinity": {
    x: [infinity, 0, 1000, 1000],
    shape: [2, 2],
    of: (x) => x.logSumExp(1),
    value: [infinity, 1000 + Math.LN2],
    gradient: [0, 0, 0.5, 0.5],
  },
  "softmax with -infinity": {
    x: [negative, 0, 0, 0],
    shape: [2, 2],
    of: (x) => softmax(x, 1).mul([1, 2]),
    value: [0, 2, 0.5, 1],
    gradient: [0, 0, -0.25, 0.25],
  },
  "maximum of equals": { x: [1, 2], of: (x) => x.maximum(1), value: [1, 2], gradient: [1, 1] },
  "max of equals": { x: [3, 3, 1], of: (x) => x.max(), value: [3], gradient: [0.5, 0.5, 0] },
  "product with zeros": { x: [0, 2, 3], of: (x) => x.prod(), value: [0], gradient: [6, 0, 0] },
  "product with two zeros": { x: [0, 0, 3], of: (x) => x.prod(), value: [0], gradient: [0, 0, 0] },
};

/** Functions that are infinite or NaN, or whose slope is, where a `where` does not select them. */
const unselected: Readonly<Record<string, Omit<Trap, "value" | "gradient">>> = {
  "exp overflows": { x: [1000, 1], of: (x) => x.exp() },
  "exp overflows in a product": { x: [1000, 1], of: (x) => x.exp().mul(x) },
  "exp overflows twice": { x: [1000, 1], of: (x) => x.exp().sub(x.mul(2).exp()).div(x.exp()) },
  "exp of NaN": { x: [-1, 1], of: (x) => x.sqrt().exp() },
  "log of NaN": { x: [-1, 1], of: (x) => x.sqrt().log() },
  "sqrt of negatives": { x: [-1, 1], of: (x) => x.sqrt() },
  "log of negatives": { x: [-1, 1], of: (x) => x.log().square() },
  "log of 0, divided": { x: [0, 2], of: (x) => x.add(1).div(x.log()) },
  "0 / 0": { x: [0, 1], of: (x) => x.div(x) },
  "infinity times 0": { x: [0, 1], of: (x) => x.reciprocal().mul(x) },
  "sine of infinity": { x: [0, 1], of: (x) => x.reciprocal().sin() },
  "tanh of NaN": { x: [-1, 1], of: (x) => x.sqrt().tanh().sigmoid().softplus() },
  "powers of negatives": { x: [-1, 1], of: (x) => x.pow(0.5).pow(x) },
  "a denormal divisor": { x: [1e-40, 1], of: (x) => x.mul(0).add(1).div(x) },
  "acos of NaN": { x: [-1, 0.5], of: (x) => x.sqrt().acos() },
  "hyperbolic functions of NaN": { x: [-1, 0.5], of: (x) => x.sqrt().asinh().atanh().add(1).acosh() },
  "erf, gelu, silu of infinity": { x: [0, 0.5], of: (x) => x.reciprocal().gelu().add(x.reciprocal().silu()).erf() },
  "a sum over a broken row": {
    x: [-1, 1, 1, 4],
    shape: [2, 2],
    of: (x) => x.sqrt().mul(x.log()).sum({ axes: 1, keepAxes: true }).add(x),
  },
  "softmax of a row of -infinity": {
    x: [0, 0, 1, 4],
    shape: [2, 2],
    of: (x) => softmax(x.log(), 1),
  },
  "softmax of a row that a mask empties": {
    x: [0, 0, 1, 4],
    shape: [2, 2],
    of: (x) => softmax(where(x.greater(0), x, negative).add(x), 1),
  },
  "max of a row with NaN": {
    x: [-1, 1, 1, 4],
    shape: [2, 2],
    of: (x) => x.sqrt().max({ axes: 1, keepAxes: true }).add(x),
  },
  "moved about": {
    x: [-1, 1, 1, 4],
    shape: [2, 2],
    of: (x) => x.sqrt().square().transpose().reshape([4]).reshape([2, 2]).transpose(),
  },
};

const types = ["float32", "float64"] as const;

async function derive(
  { x, shape = [x.length] }: Pick<Trap, "x" | "shape">,
  of: (x: Tensor) => Tensor,
  dtype: (typeof types)[number],
): Promise<{ value: number[]; gradient: number[]; oracle: number[] }> {
  const source = input("x", dtype, shape);
  const y = of(source);
  const [gradient] = grad(y.sum(), [source]) as [Tensor];
  const feeds = new Map<Tensor, Values>([[source, { shape, data: x }]]);
  const [value, slope] = await runGraph([y, gradient], feeds);
  return { value: numbersOf(value!), gradient: numbersOf(slope!), oracle: [...evaluate([gradient], feeds)[0]!.data] };
}

/** Equal up to rounding, relative to numbers above 1. */
function expectNear(actual: readonly number[], expected: readonly number[]): void {
  const scaled = (numbers: readonly number[]) =>
    numbers.map((number, i) => {
      const scale = Math.abs(expected[i] ?? 1);
      return number / (scale > 1 && scale < infinity ? scale : 1);
    });
  const near = scaled(expected).map((number) => (Number.isFinite(number) ? expect.closeTo(number, 5) : number));
  expect(scaled(actual)).toEqual(near);
}

describe.each(types)("where formulas break down (%s)", (dtype) => {
  test.each(Object.entries(traps))("%s", async (_, trap) => {
    const { value, gradient, oracle } = await derive(trap, trap.of, dtype);
    expectNear(value, trap.value);
    expectNear(gradient, trap.gradient);
    expectNear(oracle, trap.gradient);
  });
});

describe.each(types)("an unselected branch leaves no NaN in the gradient (%s)", (dtype) => {
  test.each(Object.entries(unselected))("%s", async (_, { x, shape = [x.length], of }) => {
    const good = x.map((number, i) => (i >= x.length / 2 ? number : 0));
    const mask = (t: Tensor) => constant(good, { shape, dtype: t.dtype }).greater(0);
    const selected = await derive({ x, shape }, (t) => where(mask(t), of(t), t.mul(3)), dtype);
    const swapped = await derive({ x, shape }, (t) => where(mask(t).logicalNot(), t.mul(3), of(t)), dtype);
    const alone = await derive({ x, shape }, of, dtype);
    for (const { value, gradient, oracle } of [selected, swapped]) {
      expect(value.every(Number.isFinite)).toBe(true);
      expectNear(
        gradient,
        x.map((_number, i) => (i < x.length / 2 ? 3 : alone.gradient[i]!)),
      );
      expectNear(oracle, gradient);
    }
  });
});

test("NaN does not spread from an unselected element to its neighbours", async () => {
  const chosen = constant([0, 1]).greater(0);
  const { gradient } = await derive({ x: [0, 1] }, (x) => where(chosen, x.cumSum().reciprocal().sin(), 0), "float32");
  expectNear(gradient, [-Math.cos(1), -Math.cos(1)]);
});

test("guards against unselected branches keep second derivatives", async () => {
  const x = input("x", "float64", [2]);
  const y = input("y", "float64", [2]);
  // (x y)^2 at x y = 0: the first derivative is 0, the second is not.
  const [gx] = grad(where(x.greaterEqual(0), x.mul(y), 7).square().sum(), [x]) as [Tensor];
  const hessian = grad(gx.sum(), [x, y]);
  const feeds = new Map([
    [x, vector(0, 1)],
    [y, vector(3, 0)],
  ]);
  const [xx, xy] = await runGraph(hessian, feeds);
  expect(numbersOf(xx!)).toEqual([18, 0]);
  expect(numbersOf(xy!)).toEqual([0, 0]);
  const [expected] = await runGraph([grad(grad(x.mul(y).square().sum(), [x])[0]!.sum(), [x])[0]!], feeds);
  expect(numbersOf(expected!)).toEqual([18, 0]);
});

describe("guards cost nothing where nothing can be infinite", () => {
  const x = input("x", "float32", [2, 3]);
  const weight = input("w", "float32", [3, 2]);
  const guards = (y: Tensor) =>
    reachableNodes(grad(y.sum(), [x])).filter(({ op, inputs }) => op.name === "equal" && inputs[0] === inputs[1])
      .length;
  const select = (y: Tensor) => where(y.greater(0), y, 0);

  test.each<[string, Tensor, number]>([
    ["without a choice", x.exp().mul(x), 0],
    ["products and sums", select(x.mul(x).add(x).mul(3).sub(x.sum(1).unsqueeze(1).mul(x))), 0],
    ["bounded functions", select(x.tanh().mul(x.sin()).mul(x.sigmoid())), 0],
    ["division by a number", select(x.div(2).mul(x)), 0],
    ["squares as powers", select(x.pow(2).mul(x)), 0],
    ["behind a product of matrices", select(matmul(x.exp().mul(x), weight)), 0],
    ["before a product of matrices", matmul(select(x.exp().mul(x)), weight), 2],
    ["a chosen exponential", select(x.exp()), 1],
    ["a chosen infinity", where(x.greater(0), where(x.less(1), x, Number.POSITIVE_INFINITY).mul(x), 0), 2],
  ])("%s", (_, y, count) => {
    expect(guards(y)).toBe(count);
  });
});
