import { describe, expect, test } from "vitest";
import { SimileError } from "../../src/errors/index.js";
import { input, Parameter, randomTensor, scope, type Tensor } from "../../src/graph/index.js";
import { gather } from "../../src/ops/index.js";
import { Random } from "../../src/rng/index.js";
import { compile, compileGraph, type Feed, Variables } from "../../src/run/index.js";

const specs = {
  x: { shape: ["batch", 3] },
  y: { shape: ["batch"], dtype: "int64" },
  mask: { shape: ["batch", "key"], dtype: "bool" },
  rate: { shape: [] },
} as const;

async function program() {
  return compile(
    ({ x, y, mask, rate }) => ({
      outputs: { total: x.sum(1).mul(rate).add(y.cast("float32")).unsqueeze(1).add(mask.cast("float32")) },
    }),
    specs,
    { name: "totals" },
  );
}

const good = {
  x: Float32Array.of(1, 2, 3, 4, 5, 6),
  y: BigInt64Array.of(1n, -1n),
  mask: Uint8Array.of(1, 0, 1, 0, 1, 0),
  rate: Float32Array.of(2),
};

describe("feeds", () => {
  test("of bare numbers, with sizes learnt from their counts; bytes may be a Buffer", async () => {
    const totals = await program();
    const expected = { shape: [2, 3], data: Float32Array.of(14, 13, 14, 29, 30, 29) };
    expect((await totals.run(good)).total).toEqual(expected);
    expect((await totals.run({ ...good, mask: Buffer.from(good.mask) })).total).toEqual(expected);
    expect((await totals.run({ ...good, x: { data: good.x, shape: [2, 3] } })).total).toEqual(expected);
    await totals.release();
  });

  test.each<[string, Record<string, Feed | undefined>, { where?: RegExp; expected?: RegExp; received?: RegExp }]>([
    ["missing", { x: undefined }, { where: /totals, input x$/, expected: /float32 \[batch, 3\]/, received: /nothing/ }],
    ["of another name", { X: good.x }, { where: /input X/, expected: /only x, y, mask, rate/, received: /called X/ }],
    ["of another type", { x: Float64Array.from(good.x) }, { where: /input x/, received: /Float64Array/ }],
    ["of floats for whole numbers", { y: Float32Array.of(1, 2) }, { where: /input y/, received: /Float32Array/ }],
    ["of a count that fits no batch", { x: good.x.subarray(1) }, { where: /input x/, received: /5 numbers/ }],
    [
      "of a batch that others do not have",
      { y: BigInt64Array.of(1n) },
      { where: /input y/, expected: /int64 \[batch\] with batch = 2/, received: /1 numbers/ },
    ],
    [
      "with a shape of another size",
      { x: { data: good.x, shape: [3, 2] } },
      { where: /input x/, received: /6 numbers as \[3, 2\]/ },
    ],
    ["with a shape of another rank", { x: { data: good.x, shape: [6] } }, { where: /input x/, received: /\[6\]/ }],
    ["with a shape that does not hold them", { x: { data: good.x, shape: [4, 3] } }, { where: /input x/ }],
    ["of two numbers for one", { rate: Float32Array.of(1, 2) }, { where: /input rate/, expected: /float32 \[\]/ }],
    [
      "of bytes for truth",
      { mask: Uint8Array.of(1, 0, 2, 0, 1, 0) },
      { where: /input mask/, received: /bytes other than 0 and 1/ },
    ],
  ])("%s are refused", async (_, wrong, { where = /totals/, expected = /./, received = /./ }) => {
    const totals = await program();
    const feeds = Object.fromEntries(
      Object.entries({ ...good, ...wrong }).flatMap(([name, feed]) => (feed ? [[name, feed]] : [])),
    );
    const error = await totals.run(feeds).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SimileError);
    expect(error).toMatchObject({
      code: "wrong-feed",
      where: expect.stringMatching(where),
      expected: expect.stringMatching(expected),
      received: expect.stringMatching(received),
    });
    expect((await totals.run(good)).total!.shape).toEqual([2, 3]);
    await totals.release();
  });

  test("without numbers leave an open size 0 where another axis is 0", async () => {
    const empty = await compile(({ x }) => ({ outputs: { y: x.mul(2) } }), { x: { shape: ["n", 0] } });
    expect((await empty.run({ x: new Float32Array(0) })).y!.shape).toEqual([0, 0]);
    await empty.release();
  });

  test("that the graph does not need may be given or left out", async () => {
    const constant = await compile(({ x }) => ({ outputs: { y: x.mul(2) } }), {
      x: { shape: [1] },
      unused: { shape: ["n"] },
    });
    const x = Float32Array.of(4);
    expect((await constant.run({ x })).y!.data).toEqual(Float32Array.of(8));
    expect((await constant.run({ x, unused: x })).y!.data).toEqual(Float32Array.of(8));
    await constant.release();
  });
});

test("what ONNX Runtime objects to while it runs names the program and the scope", async () => {
  const chosen = await compile(
    ({ x, index }) => ({ outputs: { y: scope("lookup", () => gather(x, index)) } }),
    { x: { shape: [3] }, index: { shape: ["n"], dtype: "int64" } },
    { name: "embedding" },
  );
  const run = chosen.run({ x: new Float32Array(3), index: BigInt64Array.of(7n) });
  await expect(run).rejects.toMatchObject({
    code: "run-failed",
    where: "embedding",
    received: expect.stringMatching(/lookup\/Gather.*out of data bounds, idx=7/s),
  });
  await chosen.release();
});

describe("random leaves", () => {
  const distributions = {
    uniform: { kind: "uniform" },
    normal: { kind: "normal" },
    coin: { kind: "bernoulli", probability: 0.25 },
  } as const;

  async function drawing() {
    const x = input("x", "float32", ["batch"]);
    const outputs = Object.fromEntries(
      Object.entries(distributions).map(([name, distribution]) => [name, randomTensor(distribution, ["batch"]).add(x)]),
    );
    return compileGraph({ outputs, inputs: [x] });
  }

  test("are the same for the same seed, and new at every run", async () => {
    const drawn = await drawing();
    const x = new Float32Array(2000);
    const [random, again] = [new Random(7), new Random(7)];
    const [first, second] = [await drawn.run({ x }, random), await drawn.run({ x }, random)];
    expect(await drawn.run({ x }, again)).toEqual(first);
    expect(await drawn.run({ x }, again)).toEqual(second);
    expect(second.uniform).not.toEqual(first.uniform);
    await drawn.release();
  });

  test("have the distributions they name", async () => {
    const drawn = await drawing();
    const results = await drawn.run({ x: new Float32Array(20_000) }, new Random(3));
    const moments = (name: string) => {
      const values = Array.from(results[name]!.data as Float32Array);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length];
    };
    expect(moments("uniform")).toEqual([expect.closeTo(1 / 2, 1), expect.closeTo(1 / 12, 2)]);
    expect(moments("normal")).toEqual([expect.closeTo(0, 1), expect.closeTo(1, 1)]);
    expect(moments("coin")).toEqual([expect.closeTo(0.25, 1), expect.closeTo(0.1875, 2)]);
    expect(new Set(results.coin!.data as Float32Array)).toEqual(new Set([0, 1]));
    await drawn.release();
  });

  test("need a generator", async () => {
    const drawn = await drawing();
    await expect(drawn.run({ x: new Float32Array(1) })).rejects.toMatchObject({
      code: "wrong-feed",
      received: "no generator to draw it from",
    });
    await drawn.release();
  });
});

describe("parameters", () => {
  const weight = () => new Parameter([2], { initializer: (_, random) => [random.normal(), random.normal()] });

  test("start from the seed and their name alone, whatever else is declared", () => {
    const [a, b, c] = [weight(), weight(), weight()];
    const [first, second] = [new Variables(), new Variables()];
    first.add({ layer: { a }, b }, new Random(5));
    second.add({ c: c, layer: { a: weight() } }, new Random(5));
    const [, again] = second.entries()[1]!;
    expect(first.value(a)).toEqual(second.value(again));
    expect(first.value(a)).not.toEqual(first.value(b));
    expect(first.entries().map(([name]) => name)).toEqual(["layer.a", "b"]);
  });

  test.each<[string, string, (variables: Variables) => unknown]>([
    [
      "two of one name",
      "duplicate-name",
      (v) => [v.add({ a: weight() }, new Random(0)), v.add({ a: weight() }, new Random(0))],
    ],
    [
      "too few numbers",
      "shape-mismatch",
      (v) => v.add({ a: new Parameter([3], { initializer: () => [1] }) }, new Random(0)),
    ],
    ["one that was never added", "undeclared-parameter", (v) => v.value(weight())],
    [
      "values of another size",
      "shape-mismatch",
      (v) => {
        const own = weight();
        v.add({ own }, new Random(0));
        v.assign(own, new Float32Array(3));
      },
    ],
  ])("%s: an error", (_, code, act) => {
    expect(() => act(new Variables())).toThrow(expect.objectContaining({ code }));
  });

  test.each<
    [string, string, (w: Parameter, x: Tensor) => { outputs: Record<string, Tensor>; updates?: Map<Parameter, Tensor> }]
  >([
    ["used but not declared", "undeclared-parameter", (w, x) => ({ outputs: { y: w.add(x) } })],
    ["updated but not declared", "undeclared-parameter", (w, x) => ({ outputs: { x }, updates: new Map([[w, x]]) })],
  ])("%s: an error when the program is made", async (_, code, build) => {
    const made = compileGraph(build(weight(), input("x", "float32", [2])), { variables: new Variables() });
    await expect(made).rejects.toMatchObject({ code });
  });

  test("an update of another shape or type, and a program without results, are errors", async () => {
    const w = weight();
    const variables = new Variables();
    variables.add({ head: { w } }, new Random(0));
    const update = (next: Tensor) =>
      compileGraph({ outputs: {}, updates: new Map([[w, next]]) }, { variables, name: "step" });
    await expect(update(w.sum())).rejects.toMatchObject({ where: "step, update of head.w", received: "float32 []" });
    await expect(update(w.cast("float64"))).rejects.toMatchObject({ received: "float64 [2]" });
    await expect(compileGraph({ outputs: {} })).rejects.toMatchObject({ received: "neither" });
  });
});
