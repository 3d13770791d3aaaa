import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { constant, type DType, input, Parameter, substitute, type Tensor } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import { centralDifferences, difference, projection, runGraph, runTogether, type Traced, trace } from "../ops/check.js";
import { rows } from "../ops/rows.js";
import { batchOf, type Row, type Sample } from "../ops/sample.js";
import { evaluate, type Values } from "../oracles/evaluate.js";

/** Rows whose derivatives are taken by definition, or that have none. */
const firstOrder = Object.entries(rows).filter(([, row]) => !row.stopsGradient);

/** The Hessian of sum(w sin y) times a direction: a graph of every op, its gradient rule, and that rule's own gradients. */
function hessianProduct(sample: Sample, float: DType, name: string): (Traced & { slope: Tensor }) | undefined {
  const traced = trace(sample, float, name);
  const scalar = projection(
    traced.outputs.filter((tensor) => tensor.dtype === float).map((tensor) => tensor.sin()),
    float,
  );
  const sources = traced.inputs.filter((tensor) => tensor.dtype === float);
  if (scalar === undefined || sources.length === 0) return undefined;
  const slope = projection(grad(scalar, sources), float) as Tensor;
  return { ...traced, slope, outputs: grad(slope, sources) };
}

function checkDifferences(sample: Sample): void {
  const traced = hessianProduct(sample, "float64", "x");
  if (traced === undefined) return;
  const sources = traced.inputs.filter((tensor) => tensor.dtype === "float64");
  const products = evaluate(traced.outputs, traced.feeds);
  sources.forEach((source, i) => {
    const { shape, data } = products[i] as Values;
    const expected = centralDifferences(traced.slope, source, traced.feeds);
    expect(
      difference({ shape, data: Float64Array.from(data) }, expected, 1e-5),
      `input ${i} of ${traced.label}`,
    ).toBeUndefined();
  });
}

async function checkRuntime(samples: readonly Sample[], row: Row): Promise<void> {
  const graphs = samples.flatMap((sample, i) => hessianProduct(sample, "float32", `${i}`) ?? []);
  const precise = samples.flatMap((sample) => hessianProduct(sample, "float64", "x") ?? []);
  const results = await runTogether(graphs);
  precise.forEach(({ outputs, feeds, label }, i) => {
    const expected = evaluate(outputs, feeds);
    const scale = Math.max(1, ...expected.flatMap(({ data }) => data.map(Math.abs)));
    const tolerance = 10 * Math.max(1e-4, row.tolerance?.float32 ?? 0);
    outputs.forEach((_, j) => {
      expect(difference(results[i]![j]!, expected[j]!, tolerance, scale), `input ${j} of ${label}`).toBeUndefined();
    });
  });
}

describe("Hessian-vector products of every op agree with differences of its gradient", () => {
  test.each(firstOrder)("%s", async (_, row) => {
    const [samples] = fc.sample(batchOf(row, true, 16), { numRuns: 1, seed: 21 }) as [Sample[]];
    samples.forEach(checkDifferences);
    await checkRuntime(samples, row);
  });
});

/** Functions of a matrix [3, 4] that chain several ops, as losses do. */
const functions: Readonly<Record<string, (x: Tensor, dtype: DType) => Tensor>> = {
  "cross-entropy of a linear layer": (x, dtype) =>
    x
      .matmul(constant(numbers(8, 1), { shape: [4, 2], dtype }))
      .logSoftmax()
      .mul([
        [1, 0],
        [0, 1],
        [1, 0],
      ])
      .sum()
      .neg(),
  "cosine similarities, normalised": (x) => {
    const unit = x.div(x.norm({ axes: 1, keepAxes: true }));
    return unit.matmul(unit.transpose()).exp().logSumExp(1).sum();
  },
  attention: (x) => {
    const weights = ops.einsum("id,jd->ij", x, x).softmax();
    return ops.einsum("ij,jd->id", weights, x).tanh().square().sum();
  },
  "distances to the nearest neighbours": (x) => {
    const squares = x.unsqueeze(1).sub(x.unsqueeze(0)).square().sum(-1);
    return squares.topK(2, { largest: true }).values.sqrt().sum();
  },
  "gathered and scattered rows": (x) => {
    const order = constant([2, 0, 2], { dtype: "int64" });
    return x.scatterRows(order, x.gather(order).exp()).prod(1).sum();
  },
  "a convolution, pooled": (x, dtype) => {
    const weight = constant(numbers(8, 2), { shape: [2, 1, 2, 2], dtype });
    return x.reshape([1, 1, 3, 4]).conv2d(weight).gelu().maxPool2d(2, { stride: 1 }).square().sum();
  },
  "normalised twice": (x) => {
    const centred = x.sub(x.mean({ axes: 0, keepAxes: true }));
    return centred
      .div(x.variance({ axes: 0, keepAxes: true }).add(0.1).sqrt())
      .l2Normalize()
      .pow(3)
      .sum();
  },
  "a branch on itself": (x) => ops.where(x.greater(0.1), x.exp().mul(x), x.square()).clip(-2, 2).sum(),
  "a gradient penalty": (x) => {
    const [slope] = grad(x.sin().matmul(x.transpose()).sum(), [x]) as [Tensor];
    return slope.norm(1).sub(1).square().mean();
  },
};

/** Numbers without a pattern. */
function numbers(count: number, seed: number): number[][] {
  return [Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + 78.233 * seed))];
}

describe("Hessian-vector products of functions of several ops", () => {
  test.each(Object.entries(functions))("%s", async (_, fn) => {
    const feed = { shape: [3, 4], data: numbers(12, 7)[0]!.map(Math.fround) };
    const product = (dtype: DType) => {
      const x = input("x", dtype, [3, 4]);
      const [gradient] = grad(fn(x, dtype), [x]) as [Tensor];
      const slope = gradient.mul(constant(numbers(12, 9), { shape: [3, 4], dtype })).sum();
      return { slope, result: grad(slope, [x])[0] as Tensor, feeds: new Map([[x, feed]]), x };
    };
    const { slope, result, feeds, x } = product("float64");
    const [exact] = evaluate([result], feeds) as [Values];
    const actual = { shape: exact.shape, data: Float64Array.from(exact.data) };
    expect(difference(actual, centralDifferences(slope, x, feeds), 1e-6)).toBeUndefined();
    expect(Math.max(...exact.data.map(Math.abs))).toBeGreaterThan(1e-3);
    const single = product("float32");
    const [computed] = await runGraph([single.result], single.feeds);
    expect(difference(computed!, exact, 1e-3)).toBeUndefined();
  });
});

test("third derivatives exist too", async () => {
  const x = input("x", "float64", []);
  const derivative = (y: Tensor) => grad(y, [x])[0] as Tensor;
  const third = derivative(derivative(derivative(x.pow(4).add(x.exp()))));
  const [value] = await runGraph([third], new Map([[x, { shape: [], data: [1.5] }]]));
  expect(Number(value!.data[0])).toBeCloseTo(24 * 1.5 + Math.exp(1.5), 8);
});

test("the gradient through an inner step of gradient descent, as MAML takes it", async () => {
  const build = (dtype: DType) => {
    const shared = { initializer: () => [0], dtype };
    const [w, b] = [new Parameter([2, 1], shared), new Parameter([1], shared)];
    const [support, query] = [input("support", dtype, [3, 2]), input("query", dtype, [3, 2])];
    const loss = (x: Tensor) =>
      x
        .matmul(w)
        .add(b)
        .tanh()
        .sub(x.sum({ axes: 1, keepAxes: true }))
        .square()
        .mean();
    const [dw, db] = grad(loss(support), [w, b]) as [Tensor, Tensor];
    const adapted = new Map<Tensor, Tensor>([
      [w, w.sub(dw.mul(0.3))],
      [b, b.sub(db.mul(0.3))],
    ]);
    const [outer] = substitute([loss(query)], adapted) as [Tensor];
    const feeds = new Map<Tensor, Values>([
      [w, { shape: [2, 1], data: [0.5, -0.25] }],
      [b, { shape: [1], data: [0.125] }],
      [support, { shape: [3, 2], data: [1, 0, 0.5, -1, 0.25, 2] }],
      [query, { shape: [3, 2], data: [-1, 0.5, 0.75, 1, 2, -0.5] }],
    ]);
    return { w, b, outer, feeds, through: grad(outer, [w, b]) };
  };
  const { w, b, outer, feeds, through } = build("float64");
  const exact = evaluate(through, feeds);
  [w, b].forEach((parameter, i) => {
    const actual = { shape: exact[i]!.shape, data: Float64Array.from(exact[i]!.data) };
    expect(difference(actual, centralDifferences(outer, parameter, feeds), 1e-8)).toBeUndefined();
  });
});
