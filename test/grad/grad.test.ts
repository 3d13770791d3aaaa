import { describe, expect, test } from "vitest";
import { grad, valueAndGrad } from "../../src/grad/index.js";
import { constant, currentScope, input, Parameter, reachableNodes, scope, type Tensor } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import { evaluate, type Values } from "../oracles/evaluate.js";

const x = input("x", "float64", [3]);
const y = input("y", "float64", [3]);
const feeds = new Map<Tensor, Values>([
  [x, { shape: [3], data: [1, 2, 3] }],
  [y, { shape: [3], data: [4, -5, 6] }],
]);
const numbers = (...tensors: readonly Tensor[]) => evaluate(tensors, feeds).map(({ data }) => [...data]);

describe("grad", () => {
  test("of a scalar by several sources, in their order, one of them twice", () => {
    expect(numbers(...grad(x.mul(y).sum(), [y, x, y]))).toEqual([
      [1, 2, 3],
      [4, -5, 6],
      [1, 2, 3],
    ]);
  });

  test("adds up all the ways a source is used", () => {
    expect(numbers(...grad(x.mul(x).add(x).sum().add(x.sum()), [x]))).toEqual([[4, 6, 8]]);
  });

  test("by a value inside the graph, and by the output itself", () => {
    const inner = x.square();
    const outer = inner.mul(y).sum();
    expect(numbers(...grad(outer, [inner, outer]))).toEqual([[4, -5, 6], [1]]);
  });

  test("is zero for what the scalar does not depend on, of any type and shape", () => {
    const other = input("other", "float64", ["batch", 2]);
    const index = input("index", "int64", [4]);
    const [gradient, ofIndex] = grad(x.sum(), [other, index]) as [Tensor, Tensor];
    expect([gradient.shape, gradient.dtype]).toEqual([["batch", 2], "float64"]);
    expect([ofIndex.shape, ofIndex.dtype]).toEqual([[4], "int64"]);
    expect(numbers(...grad(x.stopGradient().mul(y).sum(), [x]))).toEqual([[0, 0, 0]]);
    expect(numbers(...grad(x.argMax().cast("float64").add(x.round().sum()), [x]))).toEqual([[0, 0, 0]]);
  });

  test("with a seed is a product of a vector and the Jacobian", () => {
    expect(numbers(...grad(x.square(), [x], y))).toEqual([[8, -20, 36]]);
  });

  test("passes through the part of several outputs that is used", () => {
    const [, last] = ops.split(x, [1, 2]) as [Tensor, Tensor];
    expect(numbers(...grad(last.square().sum(), [x]))).toEqual([[0, 4, 6]]);
    const { values, indices } = x.topK(1);
    expect(numbers(...grad(values.sum(), [x]))).toEqual([[0, 0, 1]]);
    expect(numbers(...grad(y.gather(indices).sum(), [x, y]))).toEqual([
      [0, 0, 0],
      [0, 0, 1],
    ]);
  });

  test("sums what was broadcast to the source's shape", () => {
    const row = input("row", "float64", [1, 3]);
    const [ofRow, ofX] = grad(
      row
        .mul(constant([[1], [2]], { dtype: "float64" }))
        .add(x)
        .sum(),
      [row, x],
    ) as [Tensor, Tensor];
    expect([ofRow.shape, ofX.shape]).toEqual([[1, 3], [3]]);
    expect(numbers(ofX)).toEqual([[2, 2, 2]]);
  });

  test("by parameters, with the value", () => {
    const w = new Parameter([3], { initializer: () => [1, 1, 1], dtype: "float64" });
    const { value, gradients } = valueAndGrad((a) => a.mul(y).sum(), w);
    const given = new Map([...feeds, [w, { shape: [3], data: [1, 2, 0] }]]);
    expect(evaluate([value, ...gradients], given).map(({ data }) => data)).toEqual([[-6], [4, -5, 6]]);
  });

  test("visits no more of the graph than lies between", () => {
    const unused = x.exp().sin().tanh().sum();
    const nodes = reachableNodes(grad(y.square().sum().mul(unused), [y]));
    expect(nodes.map(({ op }) => op.name)).not.toContain("cos");
  });

  test("makes nodes in the scope of what they are the gradient of", () => {
    const loss = scope("net", () => scope("layer", () => x.mul(y).exp()).sum());
    const forward = new Set(reachableNodes([loss]));
    const gradients = scope("elsewhere", () => grad(loss, [x]));
    const made = reachableNodes(gradients).filter((node) => !forward.has(node) && node.inputs.length > 0);
    const places = new Map(made.map(({ op, scope: path }) => [op.name, path]));
    expect(places.get("mul")).toBe("net/layer/backward");
    expect(new Set(places.values())).toEqual(new Set(["net/layer/backward", "net/backward"]));
    expect(currentScope()).toBe("");
    const second = grad(gradients[0]!.sum(), [x]);
    expect(reachableNodes(second).some((node) => node.scope === "net/layer/backward/backward")).toBe(true);
  });
});
