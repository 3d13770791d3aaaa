import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { expect } from "vitest";
import { grad } from "../../../src/grad/index.js";
import { constant, input, type NumericArray, type Tensor, toStorage } from "../../../src/graph/index.js";
import { decodeModel, encodeModel, type ImportOptions, importModel } from "../../../src/onnx/index.js";
import { add, mul, sum } from "../../../src/ops/index.js";
import { Random } from "../../../src/rng/index.js";
import { compileGraph, type Value, Variables } from "../../../src/run/index.js";
import type { ElementName, Numbers } from "./builder.js";

/** Values for the inputs of a model. */
export type Feeds = Readonly<Record<string, Numbers>>;

function runtimeTensor({ shape, data, type = "float32" }: Numbers): RuntimeTensor {
  if (type === "int64") return new RuntimeTensor("int64", BigInt64Array.from(data, BigInt), shape);
  if (type === "int32") return new RuntimeTensor("int32", Int32Array.from(data), shape);
  if (type === "bool") return new RuntimeTensor("bool", Uint8Array.from(data), shape);
  if (type === "uint8") return new RuntimeTensor("uint8", Uint8Array.from(data), shape);
  if (type === "float64") return new RuntimeTensor("float64", Float64Array.from(data), shape);
  return new RuntimeTensor("float32", Float32Array.from(data), shape);
}

/** Outputs of the file itself, by ONNX Runtime. */
export async function runOriginal(bytes: Uint8Array, feeds: Feeds): Promise<Record<string, Numbers>> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const tensors = Object.entries(feeds).map(([name, numbers]) => [name, runtimeTensor(numbers)] as const);
  const results = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, value]) => {
      const { dims, data } = value as RuntimeTensor;
      return [name, { shape: dims, data: Array.from(data as Float64Array, Number) }];
    }),
  );
}

const ours: Readonly<Record<ElementName, "float32" | "float64" | "int64" | "bool" | "uint8">> = {
  float32: "float32",
  float64: "float64",
  int8: "int64",
  int32: "int64",
  int64: "int64",
  bool: "bool",
  uint8: "uint8",
};

function placeholders(feeds: Feeds, open: boolean): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, type = "float32" }]) => [
      name,
      input(name, ours[type], open && shape.length > 0 ? ["batch", ...shape.slice(1)] : shape),
    ]),
  );
}

function fed(feeds: Feeds): Record<string, { data: NumericArray; shape: readonly number[] }> {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { shape, data, type = "float32" }]) => [
      name,
      { data: toStorage(data, ours[type]), shape },
    ]),
  );
}

export interface CompareOptions extends ImportOptions {
  /** Largest difference relative to the largest number. Default 1e-5. */
  readonly tolerance?: number;
  /** Give the first axis of every input a name instead of its size. */
  readonly open?: boolean;
  /** Length of the longer of two steps of the finite differences. Default 4e-3. */
  readonly step?: number;
  /** Compare gradients for float inputs and weights with finite differences of the original. Default true. */
  readonly gradient?: boolean;
}

/** The largest difference of two results relative to the largest number, or infinity where shapes differ. */
export function distance(received: Value | Numbers, expected: Numbers): number {
  if (received.shape.join() !== expected.shape.join()) return Number.POSITIVE_INFINITY;
  const numbers = Array.from(received.data as Float64Array, Number);
  const scale = Math.max(1, ...expected.data.filter(Number.isFinite).map(Math.abs));
  return numbers.reduce((worst, value, i) => {
    const wanted = expected.data[i]!;
    return Object.is(value, wanted) || value === wanted ? worst : Math.max(worst, Math.abs(value - wanted) / scale);
  }, 0);
}

const isFloat = (type: ElementName | undefined): boolean => type === undefined || type === "float32";

/** A number for each element by which outputs are weighed into one number. */
function weights(count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.cos(1 + i));
}

function weigh(results: Readonly<Record<string, Numbers>>, names: readonly string[]): number {
  return names.reduce((total, name) => {
    const { data } = results[name]!;
    const by = weights(data.length);
    return total + data.reduce((part, value, i) => part + value * by[i]!, 0);
  }, 0);
}

interface Step {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly weights: Readonly<Record<string, readonly number[]>>;
}

function direction(numbers: Readonly<Record<string, { shape: readonly number[] }>>): Record<string, number[]> {
  const random = new Random(7);
  return Object.fromEntries(
    Object.entries(numbers).map(([name, { shape }]) => [
      name,
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    ]),
  );
}

/** The file with some stored weights moved. */
function moveWeights(bytes: Uint8Array, step: Step["weights"], by: number): Uint8Array {
  const model = decodeModel(bytes);
  for (const proto of model.graph.initializer) {
    const along = step[proto.name ?? ""];
    if (along === undefined) continue;
    const values = new Float32Array(proto.rawData!.slice().buffer);
    proto.rawData = new Uint8Array(values.map((value, i) => value + by * along[i]!).buffer);
  }
  return encodeModel(model);
}

async function moved(bytes: Uint8Array, feeds: Feeds, step: Step, by: number, names: readonly string[]) {
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, numbers]) => {
      const along = step.inputs[name];
      return [name, along ? { ...numbers, data: numbers.data.map((value, i) => value + by * along[i]!) } : numbers];
    }),
  );
  return weigh(await runOriginal(moveWeights(bytes, step.weights, by), inputs), names);
}

/** Finite difference of the original along a direction, extrapolated from two steps. */
async function slope(
  bytes: Uint8Array,
  feeds: Feeds,
  step: Step,
  names: readonly string[],
  length: number,
): Promise<number> {
  const central = async (by: number) =>
    ((await moved(bytes, feeds, step, by, names)) - (await moved(bytes, feeds, step, -by, names))) / (2 * by);
  const [wide, narrow] = [await central(length), await central(length / 2)];
  return (4 * narrow - wide) / 3;
}

/** Imports a model and compares its values, and its gradients, with what ONNX Runtime makes of the file itself. */
export async function compareWithOriginal(
  bytes: Uint8Array,
  feeds: Feeds,
  options: CompareOptions = {},
): Promise<void> {
  const { tolerance = 1e-5, open = false, gradient = true, step = 4e-3, ...importOptions } = options;
  const model = importModel(bytes, importOptions);
  const inputs = placeholders(feeds, open);
  const outputs = model.apply(inputs);
  const variables = new Variables();
  variables.add(model.parameters, new Random(0));
  const expected = await runOriginal(bytes, feeds);
  const floats = Object.entries(outputs).flatMap(([name, tensor]) => (tensor.dtype === "float32" ? [name] : []));
  const sources = [
    ...Object.entries(inputs).filter(([name]) => isFloat(feeds[name]!.type)),
    ...Object.entries(model.parameters).filter(([, parameter]) => parameter.trainable),
  ];
  const differentiate = gradient && floats.length > 0 && sources.length > 0;
  const total = (name: string) =>
    sum(
      mul(
        outputs[name]!,
        constant(Float32Array.from(weights(expected[name]!.data.length)), { shape: expected[name]!.shape }),
      ),
    );
  const gradients = differentiate
    ? grad(
        floats.map(total).reduce((a, b) => add(a, b)),
        sources.map(([, tensor]) => tensor),
      )
    : [];
  const named = Object.fromEntries(gradients.map((tensor, i) => [`gradient.${sources[i]![0]}`, tensor]));
  const program = await compileGraph(
    { outputs: { ...outputs, ...named }, inputs: Object.values(inputs) },
    { variables, threads: 1 },
  );
  const results = await program.run(fed(feeds));
  await program.release();
  for (const name of Object.keys(outputs))
    expect(distance(results[name]!, expected[name]!), name).toBeLessThan(tolerance);
  if (differentiate) await compareSlopes(bytes, feeds, sources, results, floats, step);
}

async function compareSlopes(
  bytes: Uint8Array,
  feeds: Feeds,
  sources: readonly (readonly [string, Tensor])[],
  results: Readonly<Record<string, Value>>,
  names: readonly string[],
  stepLength: number,
): Promise<void> {
  const shapes = (inFeeds: boolean) =>
    Object.fromEntries(
      sources
        .filter(([name]) => Object.hasOwn(feeds, name) === inFeeds)
        .map(([name]) => [name, { shape: results[`gradient.${name}`]!.shape }]),
    );
  const step: Step = { inputs: direction(shapes(true)), weights: direction(shapes(false)) };
  const expected = await slope(bytes, feeds, step, names, stepLength);
  let received = 0;
  let length = 0;
  for (const [name] of sources) {
    const along = step.inputs[name] ?? step.weights[name]!;
    Array.from(results[`gradient.${name}`]!.data as Float32Array).forEach((value, i) => {
      received += value * along[i]!;
      length += (value * along[i]!) ** 2;
    });
  }
  expect(Math.abs(received - expected) / Math.max(1, Math.sqrt(length))).toBeLessThan(1e-2);
}
