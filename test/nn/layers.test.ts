import { expect, test } from "vitest";
import { grad } from "../../src/grad/index.js";
import {
  constant,
  type DType,
  input,
  type NumericArray,
  namedParameters,
  type Parameter,
  reachableNodes,
  type Tensor,
} from "../../src/graph/index.js";
import {
  activation,
  activationNames,
  adaptiveAveragePool,
  averagePool2d,
  batchNorm,
  context,
  conv2d,
  dense,
  dropout,
  embedding,
  flatten,
  gem,
  globalAveragePool,
  globalMaxPool,
  groupNorm,
  initializers,
  type Layer,
  l2Normalization,
  layerNorm,
  maxPool2d,
  multiHeadAttention,
  patchEmbedding,
  residual,
  scaledDotProductAttention,
  sequential,
  summarize,
  transformerBlock,
} from "../../src/nn/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Variables } from "../../src/run/index.js";

const random = new Random(4);

function normals(size: number): Float32Array {
  return Float32Array.from({ length: size }, () => random.normal());
}

interface Applied {
  readonly data: number[];
  readonly shape: readonly number[];
  readonly variables: Variables;
  readonly state: ReadonlyMap<Parameter, Tensor>;
}

/** A layer's result with freshly initialised parameters; its updates are carried out. */
async function apply(
  layer: Layer,
  shape: readonly number[],
  values: NumericArray,
  { training = false, dtype = "float32", variables }: { training?: boolean; dtype?: DType; variables?: Variables } = {},
): Promise<Applied> {
  const held = variables ?? new Variables();
  held.add(layer.parameters, new Random(1));
  const state = new Map<Parameter, Tensor>();
  const ctx = context({ training, update: (parameter, value) => state.set(parameter, value) });
  const y = layer.apply(input("x", dtype, shape), ctx);
  const program = await compileGraph({ outputs: { y }, updates: state }, { variables: held });
  const result = await program.run({ x: { data: values, shape } }, new Random(2));
  await program.release();
  return { data: Array.from(result.y!.data as Float32Array), shape: result.y!.shape, variables: held, state };
}

function value(variables: Variables, layer: Layer, name: string): number[] {
  const parameter = namedParameters(layer.parameters).find(([path]) => path === name)![1];
  return Array.from(variables.value(parameter) as Float32Array);
}

function assign(variables: Variables, layer: Layer, name: string, values: readonly number[]): void {
  const parameter = namedParameters(layer.parameters).find(([path]) => path === name)![1];
  variables.assign(parameter, Float32Array.from(values));
}

function expectNear(received: readonly number[], expected: readonly number[], digits = 4): void {
  expect(received).toHaveLength(expected.length);
  received.forEach((each, i) => {
    expect(each).toBeCloseTo(expected[i]!, digits);
  });
}

test("dense is x W + b", async () => {
  const layer = dense(2, 3);
  const { data, variables } = await apply(layer, [1, 2], Float32Array.of(2, -1));
  const weight = value(variables, layer, "weight");
  expectNear(
    data,
    [0, 1, 2].map((j) => 2 * weight[j]! - weight[3 + j]!),
  );
  assign(variables, layer, "bias", [1, 2, 3]);
  const shifted = await apply(layer, [1, 2], Float32Array.of(2, -1), { variables });
  expectNear(
    shifted.data,
    data.map((each, j) => each + j + 1),
  );
  expect(Object.keys(dense(2, 3, { bias: false }).parameters)).toEqual(["weight"]);
});

test("conv2d counts and applies its weight and bias", async () => {
  const layer = conv2d(4, 6, [3, 1], { groups: 2, padding: [1, 0] });
  expect(namedParameters(layer.parameters).map(([name, { shape }]) => [name, shape])).toEqual([
    ["weight", [6, 2, 3, 1]],
    ["bias", [6]],
  ]);
  const variables = new Variables();
  variables.add(layer.parameters, new Random(1));
  assign(variables, layer, "bias", [0, 1, 2, 3, 4, 5]);
  const { data, shape } = await apply(layer, [1, 4, 2, 2], new Float32Array(16), { variables });
  expect(shape).toEqual([1, 6, 2, 2]);
  expect(data).toEqual([0, 1, 2, 3, 4, 5].flatMap((each) => [each, each, each, each]));
});

test("batchNorm normalises by the batch in training and moves its statistics", async () => {
  const layer = batchNorm(2, { momentum: 0.25 });
  const x = Float32Array.of(1, 10, 3, 10, 5, 40);
  const trained = await apply(layer, [3, 2], x, { training: true });
  const sigma = Math.sqrt(8 / 3);
  expectNear([trained.data[0]!, trained.data[2]!, trained.data[4]!], [-2 / sigma, 0, 2 / sigma]);
  expectNear(value(trained.variables, layer, "runningMean"), [0.75, 5]);
  expectNear(value(trained.variables, layer, "runningVariance"), [0.75 + 0.25 * 4, 0.75 + 0.25 * 300]);
  const evaluated = await apply(layer, [3, 2], x, { variables: trained.variables });
  expectNear([evaluated.data[0]!], [(1 - 0.75) / Math.sqrt(1.75 + 1e-5)]);
  expect(evaluated.state.size).toBe(0);
});

test("frozen batchNorm keeps its statistics in training and learns nothing", async () => {
  const layer = batchNorm(2, { frozen: true });
  const { data, state } = await apply(layer, [2, 2], Float32Array.of(1, 2, 3, 4), { training: true });
  expectNear(data, [1, 2, 3, 4]);
  expect(state.size).toBe(0);
  expect(namedParameters(layer.parameters).some(([, { trainable }]) => trainable)).toBe(false);
});

test("layerNorm and groupNorm standardise each sample", async () => {
  const layer = await apply(layerNorm(2), [2, 2], Float32Array.of(1, 3, -5, 5));
  expectNear(layer.data, [-1, 1, -1, 1], 3);
  const group = await apply(groupNorm(2, 2), [1, 2, 2], Float32Array.of(1, 3, -5, 5));
  expectNear(group.data, [-1, 1, -1, 1], 3);
});

test("dropout is the identity when not training, and keeps the mean when training", async () => {
  const size = 20_000;
  const ones = new Float32Array(size).fill(1);
  expect((await apply(dropout(0.25), [size], ones)).data.every((each) => each === 1)).toBe(true);
  const { data } = await apply(dropout(0.25), [size], ones, { training: true });
  const kept = data.filter((each) => each !== 0);
  expect(kept.every((each) => Math.abs(each - 4 / 3) < 1e-6)).toBe(true);
  expect(Math.abs(kept.length / size - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / size));
});

test("activations are the functions they are named after", async () => {
  const x = Float32Array.of(-2, 0, 3);
  const results = await Promise.all(activationNames.map((name) => apply(activation(name), [3], x)));
  const byName = Object.fromEntries(activationNames.map((name, i) => [name, results[i]!.data]));
  expect(byName.relu).toEqual([0, 0, 3]);
  expectNear(byName.leakyRelu!, [-0.02, 0, 3]);
  expectNear(byName.sigmoid!, [1 / (1 + Math.exp(2)), 0.5, 1 / (1 + Math.exp(-3))]);
  expectNear(byName.tanh!, [...x].map(Math.tanh));
  expectNear(byName.silu!, [-2 / (1 + Math.exp(2)), 0, 3 / (1 + Math.exp(-3))]);
  expectNear(
    byName.softplus!,
    [...x].map((each) => Math.log1p(Math.exp(each))),
  );
  expectNear(byName.gelu!, [-0.0455, 0, 2.99595]);
  expect(byName.identity).toEqual([-2, 0, 3]);
});

test("gem lies between the mean and the maximum and learns its power", async () => {
  const x = Float32Array.of(1, 2, 3, 4);
  const cubic = await apply(gem(), [1, 1, 2, 2], x);
  expectNear(cubic.data, [((1 + 8 + 27 + 64) / 4) ** (1 / 3)]);
  const mean = await apply(gem({ power: 1 }), [1, 1, 2, 2], x);
  expectNear(mean.data, [2.5]);
  const layer = gem();
  const y = layer.apply(input("x", "float32", [1, 1, 2, 2]), context());
  const [power] = Object.values(layer.parameters) as Parameter[];
  const variables = new Variables();
  variables.add(layer.parameters, new Random(1));
  const program = await compileGraph({ outputs: { slope: grad(y.sum(), [power!])[0]! } }, { variables });
  const { slope } = await program.run({ x });
  await program.release();
  const at = (p: number) => ((1 + 2 ** p + 3 ** p + 4 ** p) / 4) ** (1 / p);
  expect(Number(slope!.data[0])).toBeCloseTo((at(3.001) - at(2.999)) / 0.002, 4);
});

test("pooling layers and flatten", async () => {
  const x = Float32Array.of(1, 2, 3, 4);
  const results = await Promise.all(
    [maxPool2d(2), averagePool2d(2), adaptiveAveragePool(1), globalAveragePool(), globalMaxPool(), flatten()].map(
      (layer) => apply(layer, [1, 1, 2, 2], x),
    ),
  );
  expect(results.map(({ data }) => data)).toEqual([[4], [2.5], [2.5], [2.5], [4], [1, 2, 3, 4]]);
  expect(results.map(({ shape }) => shape.length)).toEqual([4, 4, 4, 2, 2, 2]);
});

test("embedding looks vectors up", async () => {
  const layer = embedding(3, 2);
  const { data, variables } = await apply(layer, [2], BigInt64Array.of(2n, 0n), { dtype: "int64" });
  const table = value(variables, layer, "vectors");
  expectNear(data, [...table.slice(4, 6), ...table.slice(0, 2)]);
});

test("l2Normalization brings vectors to length 1", async () => {
  const { data } = await apply(l2Normalization(), [1, 2], Float32Array.of(3, 4));
  expectNear(data, [0.6, 0.8]);
});

test("residual adds its input, or its shortcut's result", async () => {
  const x = Float32Array.of(-1, 2);
  expect((await apply(residual(activation("relu")), [1, 2], x)).data).toEqual([-1, 4]);
  expect((await apply(residual(activation("relu"), activation("relu")), [1, 2], x)).data).toEqual([0, 4]);
});

test("sequential names parameters and scopes after its entries", () => {
  const net = sequential({ first: dense(2, 3), act: activation("relu"), rest: sequential([dense(3, 4), dense(4, 1)]) });
  expect(namedParameters(net.parameters).map(([name]) => name)).toEqual([
    "first.weight",
    "first.bias",
    "rest.0.weight",
    "rest.0.bias",
    "rest.1.weight",
    "rest.1.bias",
  ]);
  const y = net.apply(input("x", "float32", [1, 2]), context());
  const scopes = new Set(reachableNodes([y]).map((node) => `${node.scope}:${node.op.name}`));
  expect(scopes).toContain("first/dense:matmul");
  expect(scopes).toContain("act/relu:relu");
  expect(scopes).toContain("rest/1/dense:add");
});

/** Plain attention of one head. */
function attend(q: number[][], k: number[][], v: number[][], allowed: (i: number, j: number) => boolean): number[][] {
  return q.map((query, i) => {
    const scores = k.map((key, j) =>
      allowed(i, j) ? Math.exp(key.reduce((sum, each, d) => sum + each * query[d]!, 0) / Math.sqrt(query.length)) : 0,
    );
    const total = scores.reduce((a, b) => a + b, 0);
    return v[0]!.map((_, d) => scores.reduce((sum, score, j) => sum + (score / total) * v[j]![d]!, 0));
  });
}

test("attention equals its formula, also under a mask", async () => {
  const rows = (): number[][] => [0, 1, 2].map(() => [...normals(2)]);
  const [q, k, v] = [rows(), rows(), rows()];
  const tensor = (values: number[][]) => constant(values);
  const mask = constant([1, 0, 0, 1, 1, 0, 1, 1, 1], { dtype: "bool", shape: [3, 3] });
  const free = scaledDotProductAttention(tensor(q), tensor(k), tensor(v));
  const masked = scaledDotProductAttention(tensor(q), tensor(k), tensor(v), { mask });
  const program = await compileGraph({ outputs: { free, masked } });
  const results = await program.run({});
  await program.release();
  expectNear(Array.from(results.free!.data as Float32Array), attend(q, k, v, () => true).flat());
  expectNear(Array.from(results.masked!.data as Float32Array), attend(q, k, v, (i, j) => j <= i).flat());
});

test("multi-head attention equals one attention a head; causal tokens ignore what follows", async () => {
  const layer = multiHeadAttention(4, { heads: 2 });
  const x = normals(3 * 4);
  const { data, variables } = await apply(layer, [1, 3, 4], x);
  const [weight, output] = [value(variables, layer, "input.weight"), value(variables, layer, "output.weight")];
  const project = (row: number, column: number) =>
    [0, 1, 2, 3].reduce((sum, d) => sum + x[row * 4 + d]! * weight[d * 12 + column]!, 0);
  const part = (which: number, head: number) =>
    [0, 1, 2].map((row) => [0, 1].map((d) => project(row, which * 4 + head * 2 + d)));
  const heads = [0, 1].map((head) => attend(part(0, head), part(1, head), part(2, head), () => true));
  const joined = [0, 1, 2].map((row) => [...heads[0]![row]!, ...heads[1]![row]!]);
  const expected = joined.flatMap((row) =>
    [0, 1, 2, 3].map((column) => row.reduce((sum, each, d) => sum + each * output[d * 4 + column]!, 0)),
  );
  expectNear(data, expected);
  const causal = multiHeadAttention(4, { heads: 2, causal: true });
  const before = await apply(causal, [1, 3, 4], x);
  const after = await apply(
    causal,
    [1, 3, 4],
    x.map((each, i) => (i < 8 ? each : -each)),
    { variables: before.variables },
  );
  expectNear(after.data.slice(0, 8), before.data.slice(0, 8));
  expect(Math.abs(after.data[8]! - before.data[8]!)).toBeGreaterThan(1e-3);
});

test("a small vision transformer runs on an open batch, and dropout draws when training", async () => {
  const net = sequential({
    patches: patchEmbedding(8, { imageSize: 8, patchSize: 4 }),
    block: transformerBlock(8, { heads: 2, dropout: 0.5 }),
  });
  const variables = new Variables();
  variables.add(net.parameters, new Random(1));
  const y = net.apply(input("x", "float32", ["batch", 3, 8, 8]), context());
  const program = await compileGraph({ outputs: { y } }, { variables });
  const result = await program.run({ x: normals(2 * 192) });
  await program.release();
  expect(result.y!.shape).toEqual([2, 4, 8]);
  const x = normals(192);
  const still = await apply(net, [1, 3, 8, 8], x, { variables });
  const dropped = await apply(net, [1, 3, 8, 8], x, { variables, training: true });
  expect(still.data).not.toEqual(dropped.data);
  const position = net.parameters.patches as Record<string, Parameter>;
  expect(position.position!.weightDecay).toBe(false);
});

test("summarize lists every parameter with totals and shapes", () => {
  const net = sequential({
    conv: conv2d(3, 4, 3, { padding: 1, bias: false }),
    norm: batchNorm(4),
    pool: globalAveragePool(),
  });
  expect(summarize(net, ["batch", 3, 8, 8]).split("\n")).toEqual([
    "parameter             shape         numbers",
    "conv.weight           [4, 3, 3, 3]      108",
    "norm.scale            [4]                 4",
    "norm.bias             [4]                 4",
    "norm.runningMean      [4]                 4  fixed",
    "norm.runningVariance  [4]                 4  fixed",
    "",
    "124 numbers: 116 trained, 8 fixed",
    "[batch, 3, 8, 8] -> [batch, 4]",
  ]);
});

test("options that do not fit are errors that say what would", () => {
  expect(() => multiHeadAttention(10, { heads: 3 })).toThrow(/heads: expected a divisor of 10, received 3/);
  expect(() => conv2d(3, 4, 3, { groups: 2 })).toThrow(/groups: expected a divisor of 3/);
  expect(() => groupNorm(5, 2)).toThrow(/a divisor of 5/);
  expect(() => patchEmbedding(8, { imageSize: 10, patchSize: 4 })).toThrow(/a divisor of 10/);
});

test("initializers reach layers", async () => {
  const layer = dense(2, 2, { initializer: initializers.constant(0.5) });
  expect((await apply(layer, [1, 2], Float32Array.of(1, 3))).data).toEqual([2, 2]);
});
