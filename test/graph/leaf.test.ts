import { describe, expect, test } from "vitest";
import {
  constant,
  constantValue,
  input,
  inputName,
  namedParameters,
  Parameter,
  randomDistribution,
  randomTensor,
  reachableParameters,
  rewrite,
  scope,
  substitute,
  type Tensor,
  uniformValue,
} from "../../src/graph/index.js";
import "../../src/ops/index.js";
import { evaluate, type Values } from "../oracles/evaluate.js";

describe("constants", () => {
  test.each<[string, () => Tensor, string, readonly (number | bigint)[]]>([
    ["a number", () => constant(2.5), "float32 []", [2.5]],
    [
      "nested arrays",
      () =>
        constant([
          [1, 2],
          [3, 4],
          [5, 6],
        ]),
      "float32 [3, 2]",
      [1, 2, 3, 4, 5, 6],
    ],
    ["nothing", () => constant([]), "float32 [0]", []],
    ["rows of nothing", () => constant([[], []]), "float32 [2, 0]", []],
    ["whole numbers", () => constant([1, -2], { dtype: "int64" }), "int64 [2]", [1n, -2n]],
    ["truth", () => constant([0, 1, 0.5, -2, Number.NaN], { dtype: "bool" }), "bool [5]", [0, 1, 1, 1, 1]],
    ["a typed array", () => constant(Float64Array.of(1, 2)), "float64 [2]", [1, 2]],
    ["a typed array with a shape", () => constant(Float32Array.of(1, 2), { shape: [1, 2] }), "float32 [1, 2]", [1, 2]],
    ["a typed array as another type", () => constant(BigInt64Array.of(3n), { dtype: "float32" }), "float32 [1]", [3]],
    ["bytes", () => constant(Uint8Array.of(7)), "uint8 [1]", [7]],
    ["bytes as truth", () => constant(Uint8Array.of(7, 0), { dtype: "bool" }), "bool [2]", [1, 0]],
  ])("of %s", (_, make, type, values) => {
    const made = make();
    expect(`${made}`).toBe(type);
    expect([...(constantValue(made) as Float32Array)]).toEqual(values);
  });

  test("know whether all their numbers are one", () => {
    expect([constant([3, 3]), constant([3, 4]), constant([]), input("x", "float32", [])].map(uniformValue)).toEqual([
      3,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

test("leaves tell what they are", () => {
  const x = input("x", "int64", ["batch+0", "2*batch-batch"]);
  expect([inputName(x), `${x}`]).toEqual(["x", "int64 [batch, batch]"]);
  const coin = { kind: "bernoulli", probability: 0.25 } as const;
  expect(randomDistribution(randomTensor(coin, [2]))).toEqual(coin);
  expect([inputName(constant(1)), randomDistribution(x), constantValue(x)]).toEqual([undefined, undefined, undefined]);
});

test("parameters carry what their owner declares, with defaults by rank", () => {
  const initializer = () => [0];
  const [weight, bias] = [new Parameter([2, 2], { initializer }), new Parameter([2], { initializer })];
  const state = new Parameter([2, 2], { initializer, trainable: false });
  const slow = new Parameter([1], { initializer, learningRateMultiplier: 0.1, weightDecay: true, dtype: "float64" });
  expect(
    [weight, bias, state, slow].map(({ trainable, weightDecay, learningRateMultiplier }) => [
      trainable,
      weightDecay,
      learningRateMultiplier,
    ]),
  ).toEqual([
    [true, true, 1],
    [true, false, 1],
    [false, false, 1],
    [true, true, 0.1],
  ]);
  const tree = { backbone: { conv: { weight }, bias }, slow };
  expect(namedParameters(tree)).toEqual([
    ["backbone.conv.weight", weight],
    ["backbone.bias", bias],
    ["slow", slow],
  ]);
  expect(reachableParameters([state.add(bias).matmul(weight), weight])).toEqual([weight, bias, state]);
});

test("scopes nest, also around errors, and end", () => {
  const inner = scope("a", () => scope("b", () => constant(1).exp()));
  expect(() =>
    scope("broken", () => {
      throw new Error("inside");
    }),
  ).toThrow("inside");
  expect([inner.node.scope, constant(1).node.scope]).toEqual(["a/b", ""]);
});

describe("replacing parts of a graph", () => {
  const [x, y] = [input("x", "float64", [2]), input("y", "float64", [2])];
  const feeds = new Map<Tensor, Values>([
    [x, { shape: [2], data: [1, 2] }],
    [y, { shape: [2], data: [10, 20] }],
  ]);
  const numbers = (tensors: readonly Tensor[]) => evaluate(tensors, feeds).map(({ data }) => [...data]);

  test("leaves what does not change as it was", () => {
    const [kept, changed] = [y.exp(), x.mul(2)];
    const results = substitute([kept, changed, kept.add(changed)], new Map([[x, y]]));
    expect(results[0]).toBe(kept);
    expect(numbers(results.slice(1, 2))).toEqual([[20, 40]]);
  });

  test("puts stand-ins for inputs, for values inside, and for outputs, all at once", () => {
    const inner = x.add(1);
    const outer = inner.mul(x);
    expect(numbers(substitute([outer], new Map([[x, y]])))).toEqual([[110, 420]]);
    expect(numbers(substitute([outer], new Map([[inner, y]])))).toEqual([[10, 40]]);
    expect(numbers(substitute([outer], new Map([[outer, y]])))).toEqual([[10, 20]]);
    // What stands in is not replaced again: x becomes x + y, not x + y + y + ...
    expect(numbers(substitute([outer], new Map([[x, x.add(y)]])))).toEqual([[132, 506]]);
    expect(
      numbers(
        substitute(
          [x, y],
          new Map([
            [x, y],
            [y, x],
          ]),
        ),
      ),
    ).toEqual([
      [10, 20],
      [1, 2],
    ]);
  });

  test("keeps the scope of what it makes anew", () => {
    const scoped = scope("head", () => x.exp());
    expect(substitute([scoped], new Map([[x, y]]))[0]!.node.scope).toBe("head");
  });

  test("by any rule, seeing the inputs as they are now", () => {
    const graph = x.exp().add(y.exp());
    const [swapped] = rewrite([graph], (tensor, [source]) =>
      tensor.node.op.name === "exp" ? source!.mul(3) : undefined,
    );
    expect(numbers([swapped!])).toEqual([[33, 66]]);
  });
});
