import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad, simplify } from "../../src/grad/index.js";
import { constant, constantValue, input, reachableNodes, type Tensor } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import { difference } from "../ops/check.js";
import { evaluate, type Values } from "../oracles/evaluate.js";

const shape = [2, 3];

/** Steps that make a tensor [2, 3] of two of that shape, those that simplification knows among them. */
const steps: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
  (a, b) => a.add(b),
  (a, b) => a.sub(b),
  (a, b) => a.mul(b),
  (a, b) => a.div(b.square().add(1)),
  (a, b) => a.maximum(b),
  (a, b) => ops.where(a.less(b), a, b),
  (a, b) => ops.where(constant(1, { dtype: "bool" }), a, b),
  (a, b) => ops.where(constant(0, { dtype: "bool" }), a, b),
  (a) => a.add(0),
  (a) => constant(0, { dtype: "float64" }).add(a),
  (a) => a.sub(0),
  (a) => a.mul(1),
  (a) => a.mul([[1, 1, 1]]),
  (a) => a.div(1),
  (a) => a.pow(1),
  (a) => a.neg().neg(),
  (a) => a.neg(),
  (a) => a.stopGradient(),
  (a) => a.transpose().transpose(),
  (a) => a.reshape([3, 2]).reshape([6]).reshape([2, 3]),
  (a) => a.transpose().reshape([2, 3]),
  (a) => a.cast("float32").cast("float64"),
  (a, b) => ops.concat([a, b], 1).slice({ axis: 1, start: 1, end: 4 }),
  (a) =>
    a
      .split([1, 2], 1)
      .toReversed()
      .reduce((joined, part) => ops.concat([joined, part], 1)),
  (a) => a.sum({ axes: 1, keepAxes: true }).expand(shape),
  (a) => a.tanh(),
  (a) => a.mul(constant([1, 2, 3], { dtype: "float64" }).exp().sub(1)),
  (a) => a.matmul(ops.eye(3, 3, "float64")),
  () => constant(0.5, { dtype: "float64" }).expand(shape),
  () => ops.full(shape, 2, "float64").mul(3).sqrt(),
];

/** A graph of random steps on two inputs, and its outputs: everything nobody uses, and the last step's gradients. */
const programs = fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(1000), fc.nat(1000)), {
  minLength: 1,
  maxLength: 14,
});

function build(program: readonly (readonly [number, number, number])[]) {
  const inputs = [input("a", "float64", shape), input("b", "float64", shape)];
  const made: Tensor[] = [...inputs];
  for (const [step, i, j] of program) made.push(steps[step]!(made[i % made.length]!, made[j % made.length]!));
  const last = made.at(-1) as Tensor;
  return { inputs, outputs: [last, made[program.length >> 1] as Tensor, ...grad(last.sum(), inputs)] };
}

const feeds = [
  [0.5, -1.25, 2, 0, 1, -0.75],
  [1.5, 0.25, -2, 1, 0.125, 3],
];

test("a simplified graph computes the same, with no more nodes, and is as simple as it gets", () => {
  fc.assert(
    fc.property(programs, (program) => {
      const { inputs, outputs } = build(program);
      const given = new Map<Tensor, Values>(inputs.map((tensor, i) => [tensor, { shape, data: feeds[i]! }]));
      const simple = simplify(outputs);
      const [before, after] = [evaluate(outputs, given), evaluate(simple, given)];
      after.forEach(({ shape: own, data }, i) => {
        expect(difference({ shape: own, data: Float64Array.from(data) }, before[i]!, 1e-6)).toBeUndefined();
      });
      expect(reachableNodes(simple).length).toBeLessThanOrEqual(reachableNodes(outputs).length);
      expect(reachableNodes(simplify(simple)).length).toBe(reachableNodes(simple).length);
    }),
    { numRuns: 300, seed: 31 },
  );
});

const x = input("x", "float32", [2, 3]);
const count = (...outputs: Tensor[]) => reachableNodes(simplify(outputs)).length;
const two = constant(2);

describe("what simplification leaves", () => {
  test.each<[string, () => readonly Tensor[], number]>([
    ["neutral elements", () => [x.add(0).mul(1).div(1).sub(0).pow(1)], 1],
    ["two negations", () => [x.neg().neg()], 1],
    ["transposes that cancel", () => [x.transpose().transpose()], 1],
    ["transposes that join", () => [x.reshape([1, 2, 3]).transpose([1, 2, 0]).transpose([1, 2, 0])], 3],
    ["reshapes of reshapes", () => [x.reshape([6]).reshape([3, 2])], 2],
    ["reshapes that lead back", () => [x.reshape([6]).reshape([2, 3])], 1],
    ["stopped gradients", () => [x.stopGradient().stopGradient()], 1],
    ["a condition known beforehand", () => [ops.where(constant(1, { dtype: "bool" }), x, x.exp())], 1],
    ["constants alone", () => [two.mul(3).exp().log1p().erf()], 1],
    ["constants that broadcast", () => [constant([1, 2]).add(constant([[1], [2], [3]]))], 1],
    ["equal constants", () => [x.mul(constant([1, 2, 3])).add(constant([1, 2, 3]))], 4],
    ["equal nodes", () => [x.exp().add(x.exp())], 3],
    ["equal nodes of several outputs", () => [x.topK(1).values, x.topK(1).indices], 2],
    ["equal chains", () => [x.exp().sum(1), x.exp().sum(1).mul(2)], 5],
    ["other attributes", () => [x.sum(0), x.sum(1)], 3],
    [
      "attributes that JSON does not tell apart",
      () => [-1, 1].map((s) => x.pad([[1, 0]], s * Number.POSITIVE_INFINITY)),
      3,
    ],
    ["zeros of both signs", () => [x.div(constant([0, -0, 0])), x.div(constant([-0, 0, 0]))], 5],
    ["zeros in arithmetic, which NaN forbids to drop", () => [x.mul(0)], 3],
    ["sums that broadcast, which have another shape", () => [input("s", "float32", []).add(constant([0, 0]))], 3],
    ["large constants", () => [ops.full([2000], 1).add(1)], 3],
    ["large results of small constants", () => [constant([Array(40).fill(1)]).add(constant(Array(40).fill([2])))], 3],
    ["expansions that broadcasting does", () => [x.mul(constant([[2], [3]]).expand([2, 3]))], 3],
    ["expansions that give the shape", () => [ops.full([2, 3], 2).mul(input("s", "float32", []))], 4],
    [
      "reshaped and cast constants",
      () => [x.mul(constant([1, 2], { dtype: "int64" }).reshape([2, 1]).cast("float32"))],
      3,
    ],
    ["casts to the same type", () => [x.cast("float32").cast("float32")], 1],
    ["casts that cut", () => [x.cast("int64").cast("float32")], 3],
    ["the gradient of a sum", () => grad(x.sum(), [x]), 2],
    ["the gradient of a sum of squares", () => grad(x.square().sum(), [x]), 2],
  ])("%s", (_, make, nodes) => {
    expect(count(...make())).toBe(nodes);
  });
});

test("joined transposes put every axis where both would have", () => {
  const cube = input("cube", "float32", [2, 3, 4]);
  const [orders, feed] = [
    [
      [1, 2, 0],
      [2, 1, 0],
      [0, 2, 1],
      [2, 0, 1],
    ],
    { shape: [2, 3, 4], data: [...Array(24).keys()] },
  ];
  for (const first of orders) {
    for (const second of orders) {
      const twice = cube.transpose(first).transpose(second);
      const [expected, actual] = evaluate([twice, simplify([twice])[0] as Tensor], new Map([[cube, feed]]));
      expect(actual).toEqual(expected);
    }
  }
});

test("folded constants have the element type's precision", () => {
  const value = (tensor: Tensor) => [...(constantValue(simplify([tensor])[0] as Tensor) ?? [])];
  expect(value(constant(0.1).add(0.2))).toEqual([Math.fround(Math.fround(0.1) + Math.fround(0.2))]);
  expect(value(constant(0.1, { dtype: "float64" }).add(0.2))).toEqual([0.1 + 0.2]);
  expect(value(constant([3, 4], { dtype: "int64" }).mul(2))).toEqual([6n, 8n]);
  // Rounded to float32 before the next step, as the runtime would: 2^24 + 1 is no float32.
  expect(
    value(
      constant(2 ** 24)
        .add(1)
        .sub(2 ** 24),
    ),
  ).toEqual([0]);
  expect(value(constant([1, 3]).greater(2))).toEqual([0, 1]);
  expect(value(constant(5.5).erf())[0]).toBe(1);
  expect(value(constant(2.5, { dtype: "float64" }).erf())[0]).toBeCloseTo(0.999593047982555, 14);
});

test("int64 constants are folded only where a number holds them exactly", () => {
  const huge = constant(BigInt64Array.of(2n ** 60n + 1n), { shape: [] });
  const folded = simplify([huge.sub(constant(BigInt64Array.of(2n ** 60n), { shape: [] }))])[0] as Tensor;
  expect(constantValue(folded)).toBeUndefined();
  const half = simplify([constant(7, { dtype: "int64" }).div(2)])[0] as Tensor;
  expect(constantValue(half)).toBeUndefined();
});

test("leaves keep their identity, and random ones are never shared", () => {
  const [a, b] = [0, 0].map(() => ops.toTensor(1).add(x)) as [Tensor, Tensor];
  const simple = simplify([a, b, x]);
  expect(simple[0]).toBe(simple[1]);
  expect(simple[2]).toBe(x);
});
