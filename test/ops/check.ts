import {
  constant,
  type DType,
  input,
  inputName,
  type NumericArray,
  type Tensor,
  toStorage,
} from "../../src/graph/index.js";
import { add, mul, sum } from "../../src/ops/index.js";
import { compileGraph, type Value } from "../../src/run/index.js";
import { evaluate, type Values } from "../oracles/evaluate.js";
import type { Sample, SampleInput } from "./sample.js";

/** A sample as a graph. */
export interface Traced {
  readonly label: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly feeds: ReadonlyMap<Tensor, Values>;
}

/** Traces a sample with its inputs called `name`.0, `name`.1, ... */
export function trace(sample: Sample, float: DType, name: string): Traced {
  const inputs = sample.inputs.map(({ dtype, shape }, i) =>
    input(`${name}.${i}`, dtype === "float" ? float : dtype, shape),
  );
  const result = sample.apply(inputs, float);
  const feeds = new Map(inputs.map((tensor, i) => [tensor, valuesOf(sample.inputs[i]!)]));
  return { label: sample.label, inputs, outputs: Array.isArray(result) ? result : [result as Tensor], feeds };
}

function valuesOf({ shape, values }: SampleInput): Values {
  return { shape, data: values };
}

/** Outputs of all graphs, whose inputs have different names, from one ONNX Runtime session. */
export async function runTogether(graphs: readonly Traced[]): Promise<Value[][]> {
  const outputs: Record<string, Tensor> = {};
  const feeds: Record<string, { data: NumericArray; shape: readonly number[] }> = {};
  graphs.forEach((graph, i) => {
    graph.outputs.forEach((tensor, j) => {
      outputs[`${i}.${j}`] = tensor;
    });
    for (const tensor of graph.inputs) {
      const { shape, data } = graph.feeds.get(tensor) as Values;
      feeds[inputName(tensor) as string] = { data: toStorage(data, tensor.dtype), shape };
    }
  });
  if (Object.keys(outputs).length === 0) return graphs.map(() => []);
  const program = await compileGraph({ outputs }, { threads: 1 });
  try {
    const results = await program.run(feeds);
    return graphs.map((graph, i) => graph.outputs.map((_, j) => results[`${i}.${j}`] as Value));
  } finally {
    await program.release();
  }
}

/** Outputs of one graph by ONNX Runtime. */
export async function runGraph(outputs: readonly Tensor[], feeds: ReadonlyMap<Tensor, Values>): Promise<Value[]> {
  const [results] = await runTogether([{ label: "", inputs: [...feeds.keys()], outputs, feeds }]);
  return results as Value[];
}

/** Numbers as what a graph's input is fed. */
export function vector(...data: number[]): Values {
  return { shape: [data.length], data };
}

/** Numbers of a result. */
export function numbersOf({ data }: Value): number[] {
  return Array.from(data as Float64Array, Number);
}

function agrees(actual: number, expected: number, tolerance: number, scale: number): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(actual);
  if (!Number.isFinite(expected)) return actual === expected;
  return Math.abs(actual - expected) <= tolerance * Math.max(scale, Math.abs(expected));
}

/** What differs between two arrays, or undefined. Errors count relative to the numbers, or to `scale` if they are smaller. */
export function difference(actual: Value, expected: Values, tolerance: number, scale = 1): string | undefined {
  if (actual.shape.join() !== expected.shape.join()) return `shape [${actual.shape}] instead of [${expected.shape}]`;
  const numbers = Array.from(actual.data as Float64Array, Number);
  const wrong = numbers.findIndex((value, i) => !agrees(value, expected.data[i]!, tolerance, scale));
  return wrong < 0 ? undefined : `element ${wrong} is ${numbers[wrong]} instead of ${expected.data[wrong]}`;
}

/** One number from all float outputs of a graph: their inner product with fixed numbers. */
export function projection(outputs: readonly Tensor[], float: DType): Tensor | undefined {
  const terms = outputs
    .filter((tensor) => tensor.dtype === float)
    .map((tensor) => {
      const weights = Array.from({ length: tensor.shape.reduce<number>((n, dim) => n * (dim as number), 1) }, (_, i) =>
        weight(i),
      );
      return sum(mul(tensor, asConstant(weights, tensor)));
    });
  return terms.length === 0 ? undefined : terms.reduce((a, b) => add(a, b));
}

/** Numbers without a pattern that a wrong gradient could share. */
function weight(i: number): number {
  return Math.round(Math.sin(12.9898 * (i + 1)) * 256) / 256 + 0.125;
}

function asConstant(weights: readonly number[], like: Tensor): Tensor {
  return constant(toStorage(weights, like.dtype), { shape: like.shape as readonly number[], dtype: like.dtype });
}

/** The oracle's derivative of a scalar by every element of `by`, from central differences. */
export function centralDifferences(
  scalar: Tensor,
  by: Tensor,
  feeds: ReadonlyMap<Tensor, Values>,
  step = 1e-5,
): Values {
  const { shape, data } = feeds.get(by) as Values;
  const at = (i: number, shift: number) => {
    const moved = { shape, data: data.map((value, j) => (i === j ? value + shift : value)) };
    return evaluate([scalar], new Map([...feeds, [by, moved]]))[0]!.data[0]!;
  };
  return { shape, data: data.map((_, i) => (at(i, step) - at(i, -step)) / (2 * step)) };
}
