import { describe, expect, test } from "vitest";
import { grad, simplify } from "../../src/grad/index.js";
import { recomputedSegments } from "../../src/grad/recompute.js";
import {
  input,
  type Node,
  namedParameters,
  Parameter,
  type ParameterTree,
  reachableNodes,
  type Shape,
  type Tensor,
} from "../../src/graph/index.js";
import {
  activation,
  batchNorm,
  context,
  conv2d,
  dense,
  dropout,
  type Layer,
  residual,
  sequential,
  transformerBlock,
} from "../../src/nn/index.js";
import { importModel, writeModel } from "../../src/onnx/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, Trace, type TracedSession, Variables } from "../../src/run/index.js";
import { peakLiveBytes } from "./live-bytes.js";

const CHANNELS = 8;
const unit = () =>
  sequential({
    conv: conv2d(CHANNELS, CHANNELS, 3, { padding: 1 }),
    norm: batchNorm(CHANNELS),
    relu: activation("relu"),
  });
const many = (count: number, make: (i: number) => Layer) =>
  sequential(Array.from({ length: count }, (_, i) => make(i)));
const hidden = () => sequential({ dense: dense(16, 16), activation: activation("tanh"), dropout: dropout(0.3) });

/** A convolutional network written to a file and read back: nobody marked its layers. */
function imported(): Layer {
  const plain = sequential({ units: many(8, () => sequential([conv2d(8, 8, 3, { padding: 1 }), activation("relu")])) });
  const variables = new Variables();
  variables.add(plain.parameters, new Random(7));
  const named = new Map(namedParameters(plain.parameters).map(([name, parameter]) => [parameter, name] as const));
  const outputs = { y: plain.apply(input("x", "float32", ["n", 8, 8, 8]), context()) };
  const values = new Map([...named.keys()].map((parameter) => [parameter, variables.value(parameter)]));
  const model = importModel(writeModel({ outputs, parameters: named, values }).bytes);
  return { parameters: model.parameters, apply: (x) => model.apply({ x }).y! };
}

const images = [16, CHANNELS, 8, 8];
const networks: [string, () => Layer, readonly number[]][] = [
  ["convolutions with batch normalisation", () => many(8, unit), images],
  ["a residual network", () => many(6, () => residual(unit())), images],
  [
    "transformer blocks with dropout",
    () => many(5, () => transformerBlock(16, { heads: 2, dropout: 0.2 })),
    [4, 12, 16],
  ],
  ["dense layers with dropout", () => many(8, hidden), [64, 16]],
  ["an imported ONNX file", imported, images],
];

interface Traced {
  readonly loss: Tensor;
  readonly sources: Parameter[];
  readonly gradients: Tensor[];
  readonly state: ReadonlyMap<Parameter, Tensor>;
}

function traceTraining(network: Layer, shape: Shape, recompute: boolean): Traced {
  const state = new Map<Parameter, Tensor>();
  const training = context({ training: true, update: (parameter, value) => state.set(parameter, value) });
  const loss = network
    .apply(input("x", "float32", shape), training)
    .square()
    .mean();
  const sources = namedParameters(network.parameters).flatMap(([, one]) => (one.trainable ? [one] : []));
  return { loss, sources, state, gradients: grad(loss, sources, undefined, { recompute }) };
}

interface Ran {
  readonly values: Record<string, readonly number[]>;
  readonly session: TracedSession;
}

async function run(
  parameters: ParameterTree,
  { loss, gradients, state }: Traced,
  shape: readonly number[],
): Promise<Ran> {
  const variables = new Variables();
  variables.add(parameters, new Random(1));
  const outputs = { loss, ...Object.fromEntries(gradients.map((gradient, i) => [`gradient${i}`, gradient])) };
  const trace = await Trace.open();
  try {
    const program = await compileGraph({ outputs, updates: state }, { variables, threads: 1, trace });
    const random = new Random(3);
    const x = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());
    const results = await program.run({ x: { data: x, shape } }, new Random(2));
    const [session] = await trace.read();
    await program.release();
    const moved = [...state.keys()].map(
      (one, i) => [`state${i}`, [...(variables.value(one) as Float32Array)]] as const,
    );
    const returned = Object.entries(results).map(([name, { data }]) => [name, [...(data as Float32Array)]] as const);
    return { values: Object.fromEntries([...returned, ...moved]), session: session! };
  } finally {
    await trace.close();
  }
}

describe.each(networks)("%s", (_, make, shape) => {
  const network = make();
  const pass = (recompute: boolean, size: Shape = shape) => traceTraining(network, size, recompute);

  test("learns the same from less memory", async () => {
    const kept = await run(network.parameters, pass(false), shape);
    const again = await run(network.parameters, pass(true), shape);
    for (const [name, expected] of Object.entries(kept.values)) {
      const scale = Math.max(1e-3, ...expected.map(Math.abs));
      const errors = again.values[name]!.map((value, i) => Math.abs(value - expected[i]!) / scale);
      expect(Math.max(...errors), name).toBeLessThan(1e-6);
    }
    // In the order in which ONNX Runtime ran its optimised graph: copies were neither merged nor computed early.
    expect(peakLiveBytes(again.session).peak).toBeLessThan(0.8 * peakLiveBytes(kept.session).peak);
    expect(again.session.optimized.some(({ name }) => name.includes("recomputed"))).toBe(true);
  });

  test("may have a batch of any size", async () => {
    const open = ["batch", ...shape.slice(1)];
    const kept = await run(network.parameters, pass(false, open), shape);
    const again = await run(network.parameters, pass(true, open), shape);
    expect(again.values.loss).toEqual(kept.values.loss);
    again.values.gradient0!.forEach((value, i) => expect(value).toBeCloseTo(kept.values.gradient0![i]!, 5));
  });
});

/** The plan for the gradients of `loss`. */
function segmentsOf(loss: Tensor, sources: readonly Tensor[]): Map<Node, number> {
  const nodes = reachableNodes([loss]);
  const wanted = new Set(sources.map(({ node }) => node));
  for (const node of nodes) if (node.inputs.some((tensor) => wanted.has(tensor.node))) wanted.add(node);
  return recomputedSegments(nodes, wanted);
}

const weight = () => new Parameter([16, 16], { initializer: (sizes) => new Float32Array(sizes[0]! * sizes[1]!) });

describe("segments", () => {
  const x = input("x", "float32", [1024, 16]);

  test("of a chain are about as many as the root of its length, and of about equal size", () => {
    const weights = Array.from({ length: 100 }, weight);
    const loss = weights.reduce((y, w) => y.matmul(w), x).sum();
    const sizes = new Map<number, number>();
    for (const segment of segmentsOf(loss, weights).values()) sizes.set(segment, (sizes.get(segment) ?? 0) + 1);
    expect(sizes.size).toBeGreaterThan(7);
    expect(sizes.size).toBeLessThan(20);
    expect(Math.max(...sizes.values())).toBeLessThan(20);
  });

  test("of diamonds are cut beside them, not through all their branches", () => {
    const weights = Array.from({ length: 120 }, weight);
    let y: Tensor = x;
    for (let i = 0; i < 120; i += 5) {
      const branches = weights.slice(i, i + 5).map((w) => y.matmul(w));
      y = branches.map((branch) => branch.tanh()).reduce((sum, branch) => sum.add(branch));
    }
    const segments = segmentsOf(y.sum(), weights);
    const crossing = new Map<number, Set<Tensor>>();
    for (const node of reachableNodes([y])) {
      for (const tensor of node.inputs) {
        const from = segments.get(tensor.node);
        if (from === undefined || from === segments.get(node)) continue;
        crossing.set(from, (crossing.get(from) ?? new Set()).add(tensor));
      }
    }
    expect(crossing.size).toBeGreaterThan(3);
    // One crosses between diamonds, up to six inside.
    const values = [...crossing.values()].reduce((total, tensors) => total + tensors.size, 0);
    expect(values / crossing.size).toBeLessThan(2);
  });

  test("are none where gradients at work need as much as all that is kept", () => {
    const w = weight();
    const loss = x.matmul(w).sum();
    expect(segmentsOf(loss, [w]).size).toBe(0);
    expect(segmentsOf(loss, []).size).toBe(0);
    const size = (recompute: boolean) => reachableNodes(grad(loss, [w], undefined, { recompute })).length;
    expect(size(true)).toBe(size(false));
  });

  test("leave alone what no gradient passes through", () => {
    const frozen = Array.from({ length: 30 }, weight).reduce<Tensor>((y, w) => y.matmul(w).tanh(), x);
    const weights = Array.from({ length: 30 }, weight);
    const loss = weights.reduce((y, w) => y.matmul(w).tanh(), frozen).sum();
    const segments = segmentsOf(loss, weights);
    expect(segments.size).toBeGreaterThan(0);
    for (const node of reachableNodes([frozen])) expect(segments.has(node)).toBe(false);
    // Each layer is computed once more at most.
    const products = reachableNodes(grad(loss, weights, undefined, { recompute: true })).filter(
      ({ op, scope }) => op.name === "matmul" && scope.includes("recomputed"),
    );
    expect(products.length).toBeLessThan(30);
    expect(products.length).toBeGreaterThan(10);
  });
});

/** Gradients of a deep network, and the gradients of their squares. */
async function secondDerivative(recompute: boolean): Promise<readonly number[]> {
  const x = input("x", "float32", [64, 16]);
  const weights = Array.from({ length: 12 }, () => {
    const initializer = (sizes: readonly number[], random: { normal(): number }) =>
      Array.from({ length: sizes[0]! * sizes[1]! }, () => 0.25 * random.normal());
    return new Parameter([16, 16], { initializer });
  });
  const loss = weights
    .reduce<Tensor>((y, w) => y.matmul(w).tanh(), x)
    .square()
    .sum();
  const gradients = grad(loss, weights, undefined, { recompute });
  const penalty = gradients.map((gradient) => gradient.square().sum()).reduce((a, b) => a.add(b));
  const second = grad(penalty, weights, undefined, { recompute });
  const variables = new Variables();
  variables.add(Object.fromEntries(weights.map((w, i) => [`w${i}`, w])), new Random(1));
  const outputs = Object.fromEntries([...gradients, ...second].map((tensor, i) => [`g${i}`, tensor]));
  const program = await compileGraph({ outputs }, { variables, threads: 1 });
  const random = new Random(2);
  const results = await program.run({ x: Float32Array.from({ length: 64 * 16 }, () => random.normal()) });
  await program.release();
  return Object.values(results).flatMap(({ data }) => [...(data as Float32Array)]);
}

test("gradients of gradients are the same", async () => {
  const expected = await secondDerivative(false);
  const scale = Math.max(...expected.map(Math.abs));
  (await secondDerivative(true)).forEach((value, i) =>
    expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(1e-6),
  );
});

test("a gradient that is not finite spoils no other", async () => {
  const w = Array.from({ length: 12 }, weight);
  const x = input("x", "float32", [64, 16]);
  const seed = input("seed", "float32", [64, 16]);
  // What is multiplied by 0 or compared with itself to set an order must not carry the seed's infinity on.
  const y = w.reduce<Tensor>((value, one) => value.matmul(one).tanh().add(x), x);
  const [first] = grad(y, [w.at(-1)!], seed, { recompute: true });
  const [same] = grad(y, [w.at(-1)!], seed);
  const variables = new Variables();
  variables.add(Object.fromEntries(w.map((one, i) => [`w${i}`, one])), new Random(1));
  const program = await compileGraph({ outputs: { first: first!, same: same! } }, { variables, threads: 1 });
  const numbers = (infinite: number) => Float32Array.from({ length: 64 * 16 }, (_, i) => (i === 0 ? infinite : 0.5));
  for (const special of [Number.POSITIVE_INFINITY, Number.NaN]) {
    const results = await program.run({ x: numbers(1), seed: numbers(special) });
    expect([...(results.first!.data as Float32Array)]).toEqual([...(results.same!.data as Float32Array)]);
  }
  await program.release();
});

test("a gradient that passes several segments unchanged starts each of them", () => {
  const added = Array.from({ length: 60 }, (_, i) => input(`x${i}`, "float32", [256, 16]));
  const w = weight();
  const y = added.reduce((sum, x) => sum.add(x.sin()), input("x", "float32", [256, 16]).matmul(w));
  const recomputed = grad(y.square().sum(), [w], undefined, { recompute: true });
  expect(new Set(segmentsOf(y.square().sum(), [w]).values()).size).toBeGreaterThan(2);
  expect(recomputed[0]!.shape).toEqual([16, 16]);
});

test("our own simplification does not merge copies with what they are copies of", () => {
  const weights = Array.from({ length: 20 }, weight);
  const loss = weights.reduce<Tensor>((y, w) => y.matmul(w).tanh(), input("x", "float32", [512, 16])).sum();
  const count = (recompute: boolean) =>
    reachableNodes(simplify(grad(loss, weights, undefined, { recompute }))).filter(({ op }) => op.name === "tanh")
      .length;
  expect(count(false)).toBe(20);
  expect(count(true)).toBeGreaterThan(28);
});
