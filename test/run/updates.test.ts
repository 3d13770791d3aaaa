import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import { constant, input, Parameter, substitute, type Tensor } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import { Random } from "../../src/rng/index.js";
import { compile, compileGraph, Variables } from "../../src/run/index.js";
import { difference } from "../ops/check.js";
import { evaluate, type Values } from "../oracles/evaluate.js";

const shape = [3, 3];
const starts = [
  [1, 2, 3, 4, 5, 6, 7, 8, 9],
  [-1, 0.5, 2, 0, 3, -2, 1, 1, -0.5],
];

/** Two parameters with values, and the input x. */
function setting() {
  const [w, v] = starts.map((numbers) => new Parameter(shape, { initializer: () => numbers })) as [
    Parameter,
    Parameter,
  ];
  const variables = new Variables();
  variables.add({ w, v }, new Random(0));
  return { w, v, variables, x: input("x", "float32", shape) };
}

type Setting = ReturnType<typeof setting>;
type Step = { outputs: Record<string, Tensor>; updates: Map<Parameter, Tensor> };

const xs = [0, 1, 2].map((run) => Array.from({ length: 9 }, (_, i) => Math.fround(Math.cos(i + run))));

/** Runs three times, and compares outputs and parameters with the reference interpreter, which copies everything. */
async function checkSteps(build: (given: Setting) => Step): Promise<{ inPlace: number; doubled: number }> {
  const given = setting();
  const { outputs, updates } = build(given);
  const program = await compileGraph({ outputs, updates }, { variables: given.variables, threads: 1 });
  const parameters = [given.w, given.v];
  const known = new Map<Tensor, Values>(parameters.map((parameter, i) => [parameter, { shape, data: starts[i]! }]));
  for (const x of xs) {
    const results = await program.run({ x: Float32Array.from(x) });
    known.set(given.x, { shape, data: x });
    const expected = evaluate([...Object.values(outputs), ...updates.values()], known);
    Object.keys(outputs).forEach((name, i) => {
      expect(difference(results[name]!, expected[i]!, 1e-4), name).toBeUndefined();
    });
    [...updates.keys()].forEach((parameter, i) => known.set(parameter, expected[Object.keys(outputs).length + i]!));
    for (const parameter of parameters) {
      const now = { shape, data: given.variables.value(parameter) };
      expect(difference(now, known.get(parameter)!, 1e-4), "parameter").toBeUndefined();
    }
  }
  await program.release();
  return program.buffers;
}

describe("a parameter is written over only when nobody reads it afterwards", () => {
  test.each<[string, (given: Setting) => Step, { inPlace: number; doubled: number }]>([
    [
      "gradient descent with momentum",
      ({ w, v, x }) => {
        const loss = x.matmul(w).sub(1).square().mean();
        const next = v.mul(0.9).add(grad(loss, [w])[0] as Tensor);
        return {
          outputs: { loss },
          updates: new Map([
            [v, next],
            [w, w.sub(next.mul(0.1))],
          ]),
        };
      },
      { inPlace: 2, doubled: 0 },
    ],
    [
      "an output that still needs it",
      ({ w, x }) => ({ outputs: { y: w.tanh().mul(x) }, updates: new Map([[w, w.add(x)]]) }),
      { inPlace: 0, doubled: 1 },
    ],
    [
      "an output that needs only the new value",
      ({ w, x }) => ({ outputs: { y: w.add(x).tanh() }, updates: new Map([[w, w.add(x)]]) }),
      { inPlace: 1, doubled: 0 },
    ],
    [
      "the parameter itself as an output",
      ({ w, x }) => ({ outputs: { w }, updates: new Map([[w, w.add(x)]]) }),
      { inPlace: 0, doubled: 1 },
    ],
    [
      "the new value as an output",
      ({ w, x }) => {
        const next = w.sub(x);
        return { outputs: { next }, updates: new Map([[w, next]]) };
      },
      { inPlace: 1, doubled: 0 },
    ],
    [
      "two that change places",
      ({ w, v }) => ({
        outputs: {},
        updates: new Map([
          [w, v],
          [v, w],
        ]),
      }),
      { inPlace: 0, doubled: 2 },
    ],
    [
      "a copy of one that changes",
      ({ w, v, x }) => ({
        outputs: {},
        updates: new Map<Parameter, Tensor>([
          [w, v],
          [v, v.add(x)],
        ]),
      }),
      { inPlace: 0, doubled: 2 },
    ],
    [
      "each made from the other",
      ({ w, v }) => ({
        outputs: {},
        updates: new Map([
          [w, w.add(v)],
          [v, v.sub(w)],
        ]),
      }),
      { inPlace: 0, doubled: 2 },
    ],
    [
      "the same new value for both",
      ({ w, v, x }) => {
        const next = w.add(v).add(x);
        return {
          outputs: {},
          updates: new Map([
            [w, next],
            [v, next],
          ]),
        };
      },
      { inPlace: 2, doubled: 0 },
    ],
    ["its transpose", ({ w }) => ({ outputs: {}, updates: new Map([[w, w.transpose()]]) }), { inPlace: 0, doubled: 1 }],
    [
      "a sum with its transpose",
      ({ w }) => ({ outputs: {}, updates: new Map([[w, w.add(w.transpose())]]) }),
      { inPlace: 0, doubled: 1 },
    ],
    [
      "a sum with its rows turned around",
      ({ w, x }) => ({ outputs: {}, updates: new Map([[w, w.flip(0).add(x)]]) }),
      { inPlace: 0, doubled: 1 },
    ],
    [
      "a sum with a part of itself",
      ({ w }) => ({ outputs: {}, updates: new Map([[w, w.slice({ axis: 0, end: 1 }).add(w)]]) }),
      { inPlace: 0, doubled: 1 },
    ],
    [
      // ONNX Runtime merges the transpose into both products, so the second may read w after it was written.
      "a transpose shared by the update and an output",
      ({ w, x }) => {
        const turned = w.transpose();
        const next = w.sub(x.matmul(turned).mul(0.1));
        return { outputs: { y: next.matmul(turned) }, updates: new Map([[w, next]]) };
      },
      { inPlace: 0, doubled: 1 },
    ],
    [
      "a scaled value shared by the update and an output",
      ({ w, x }) => {
        const scaled = w.mul(0.5);
        const next = w.sub(x.matmul(scaled).mul(0.1));
        return { outputs: { y: next.matmul(scaled) }, updates: new Map([[w, next]]) };
      },
      { inPlace: 0, doubled: 1 },
    ],
    [
      "a matrix product of itself",
      ({ w, x }) => ({ outputs: {}, updates: new Map([[w, w.matmul(w).mul(0.01).add(x)]]) }),
      { inPlace: 1, doubled: 0 },
    ],
    [
      "a product added to it, which becomes one node",
      ({ w, x, v }) => ({ outputs: {}, updates: new Map([[w, x.matmul(v).add(w)]]) }),
      { inPlace: 1, doubled: 0 },
    ],
    [
      "activations, which become one node",
      ({ w, v }) => ({
        outputs: {},
        updates: new Map([
          [w, w.gelu()],
          [v, v.silu()],
        ]),
      }),
      { inPlace: 0, doubled: 2 },
    ],
    [
      "a normalisation of itself",
      ({ w }) => {
        const centred = w.sub(w.mean({ axes: 1, keepAxes: true }));
        const scale = centred.square().mean({ axes: 1, keepAxes: true }).add(1e-5).sqrt();
        return { outputs: {}, updates: new Map([[w, centred.div(scale).mul([1, 2, 3]).add([3, 2, 1])]]) };
      },
      { inPlace: 1, doubled: 0 },
    ],
    [
      "a choice",
      ({ w, v, x }) => ({ outputs: {}, updates: new Map([[w, ops.where(x.greater(0), w, v)]]) }),
      { inPlace: 1, doubled: 0 },
    ],
    [
      "no change",
      ({ w, x }) => ({ outputs: { y: x.add(w) }, updates: new Map<Parameter, Tensor>([[w, w]]) }),
      { inPlace: 0, doubled: 1 },
    ],
    [
      "a constant",
      ({ w }) => ({ outputs: {}, updates: new Map([[w, ops.full(shape, 3)]]) }),
      { inPlace: 0, doubled: 1 },
    ],
  ])("%s", async (_, build, buffers) => {
    expect(await checkSteps(build)).toEqual(buffers);
  });

  /** Steps that mix memory in every way: views, fused products, activations, reductions. */
  const steps: readonly ((a: Tensor, b: Tensor) => Tensor)[] = [
    (a, b) => a.add(b),
    (a, b) => a.sub(b),
    (a, b) => a.mul(b).mul(0.1),
    (a, b) => ops.where(a.less(b), a, b),
    (a, b) => a.matmul(b).mul(0.1),
    (a, b) => a.transpose().matmul(b).mul(0.1),
    (a) => a.transpose(),
    (a) => a.flip(1),
    (a) => a.reshape([9]).reshape(shape),
    (a) => a.mul(0.5),
    (a) => a.silu(),
    (a) => a.tanh(),
    (a) => a.softmax(),
    (a, b) => a.sub(b.mean({ axes: 0, keepAxes: true })),
    (a, b) => ops.concat([a.slice({ axis: 0, start: 1 }), b.slice({ axis: 0, end: 1 })]),
    (a) => a.gather(constant([2, 0, 1], { dtype: "int64" })),
  ];
  const programs = fc.record({
    steps: fc.array(fc.tuple(fc.nat(steps.length - 1), fc.nat(99), fc.nat(99)), { minLength: 2, maxLength: 12 }),
    ends: fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)),
  });

  test("in random programs too", async () => {
    await fc.assert(
      fc.asyncProperty(programs, async ({ steps: chosen, ends }) => {
        await checkSteps(({ w, v, x }) => {
          const made: Tensor[] = [w, v, x];
          for (const [step, i, j] of chosen) made.push(steps[step]!(made[i % made.length]!, made[j % made.length]!));
          const [y, nextW, nextV] = ends.map((end) => made[end % made.length]!) as [Tensor, Tensor, Tensor];
          return {
            outputs: { y, last: made.at(-1) as Tensor },
            updates: new Map([
              [w, nextW],
              [v, nextV],
            ]),
          };
        });
      }),
      { numRuns: 120, seed: 41 },
    );
  });
});

test("steps that are not awaited still follow one another", async () => {
  const { w, v, x, variables } = setting();
  const updates = new Map([
    [w, w.transpose().add(x)],
    [v, v.add(1)],
  ]);
  const program = await compileGraph({ outputs: { total: w.sum() }, updates }, { variables });
  const zero = new Float32Array(9);
  const one = new Float32Array(9).fill(1);
  const results = await Promise.all([zero, one, one].map((feed) => program.run({ x: feed })));
  expect(results.map(({ total }) => Number(total!.data[0]))).toEqual([45, 45, 54]);
  expect([...variables.value(w)]).toEqual([3, 6, 9, 4, 7, 10, 5, 8, 11]);
  expect([...variables.value(v)]).toEqual(starts[1]!.map((number) => number + 3));
  await expect(program.run({ x: new Float32Array(4) })).rejects.toMatchObject({ code: "wrong-feed" });
  await program.run({ x: zero });
  await program.release();
});

test("parameters of float64 and int64 are updated in their own type", async () => {
  const rate = new Parameter([2], { initializer: () => [0.1, 1e-17], dtype: "float64" });
  const steps = new Parameter([], { initializer: () => [2 ** 40], dtype: "int64", trainable: false });
  const variables = new Variables();
  variables.add({ rate, steps }, new Random(0));
  const program = await compile(
    () => ({
      outputs: { doubled: rate.mul(2) },
      updates: new Map([
        [rate, rate.add(1)],
        [steps, steps.add(1)],
      ]),
    }),
    {},
    { variables },
  );
  const { doubled } = await program.run({});
  await program.run({});
  expect(doubled).toEqual({ data: Float64Array.of(0.2, 2e-17), shape: [2] });
  expect(variables.value(rate)).toEqual(Float64Array.of(0.1 + 1 + 1, 2));
  expect(variables.value(steps)).toEqual(BigInt64Array.of(2n ** 40n + 2n));
  await program.release();
});

test("a step learns through an inner step of its own, as MAML does", async () => {
  const { w, v, variables } = setting();
  const task = (x: Tensor, from: Tensor) => x.matmul(from).sub(x).square().mean();
  const program = await compile(
    ({ support, query }) => {
      const loss = task(support!, w);
      const adapted = w.sub((grad(loss, [w])[0] as Tensor).mul(0.1));
      const [outer] = substitute([task(query!, w)], new Map([[w, adapted]])) as [Tensor];
      const [through] = grad(outer, [w]) as [Tensor];
      return {
        outputs: { outer, through },
        updates: new Map([
          [w, w.sub(through.mul(0.1))],
          [v, adapted],
        ]),
      };
    },
    { support: { shape: ["n", 3] }, query: { shape: ["m", 3] } },
    { variables, threads: 1 },
  );
  const [support, query] = [Float32Array.of(1, 0, -1, 0.5, 1, 0), Float32Array.of(0, 1, 0.5)];
  const losses: number[] = [];
  for (let i = 0; i < 200; i++) losses.push(Number((await program.run({ support, query })).outer!.data[0]));
  expect(losses[199]).toBeLessThan(losses[0]! / 100);
  expect([...variables.value(v)]).not.toEqual([...variables.value(w)]);
  await program.release();
});
