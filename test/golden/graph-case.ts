import type { Parameter, ParameterTree, Tensor } from "../../src/graph/index.js";
import { input } from "../../src/graph/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph, type Feed, Variables } from "../../src/run/index.js";
import type { GoldenTensor } from "./format.js";

/** The graph of one case (or step) in the making: its inputs, parameters, and what is to be computed. */
export class GraphCase {
  readonly feeds: Record<string, Feed> = {};
  readonly outputs: Record<string, Tensor> = {};
  readonly parameters: Record<string, ParameterTree> = {};
  readonly values = new Map<Parameter, Float64Array>();
  updates: ReadonlyMap<Parameter, Tensor> = new Map();

  constructor(readonly prefix: string) {}

  /** A float64 input with the numbers of a golden tensor. */
  tensor(name: string, { shape, data }: GoldenTensor): Tensor {
    return this.feed(name, "float64", shape, data);
  }

  /** An int64 input [n]. */
  integers(name: string, numbers: readonly number[]): Tensor {
    return this.feed(
      name,
      "int64",
      [numbers.length],
      BigInt64Array.from(numbers, (x) => BigInt(x)),
    );
  }

  private feed(name: string, dtype: "float64" | "int64", shape: readonly number[], data: Float64Array | BigInt64Array) {
    const full = `${this.prefix}.${name}`;
    this.feeds[full] = { data, shape };
    return input(full, dtype, shape);
  }
}

/** Numbers by output, as computed. */
export type Computed = Readonly<Record<string, { readonly data: Float64Array; readonly shape: readonly number[] }>>;

/** Runs the graphs of several cases as one program. */
export async function runTogether(
  cases: readonly GraphCase[],
  variables = new Variables(),
): Promise<Map<GraphCase, Computed>> {
  for (const { prefix, parameters } of cases) variables.add({ [prefix]: parameters as ParameterTree }, new Random(1));
  for (const { values } of cases) for (const [parameter, value] of values) variables.assign(parameter, value);
  const outputs = Object.fromEntries(
    cases.flatMap(({ prefix, outputs }) => Object.entries(outputs).map(([name, x]) => [`${prefix}/${name}`, x])),
  );
  if (Object.keys(outputs).length === 0) return new Map(cases.map((one) => [one, {}]));
  const updates = new Map(cases.flatMap((one) => [...one.updates]));
  const program = await compileGraph({ outputs, updates }, { variables, threads: 1, name: "golden" });
  try {
    const results = await program.run(Object.assign({}, ...cases.map((one) => one.feeds)));
    return new Map(cases.map((one) => [one, pick(one, results)]));
  } finally {
    await program.release();
  }
}

function pick(one: GraphCase, results: Awaited<ReturnType<Awaited<ReturnType<typeof compileGraph>>["run"]>>): Computed {
  return Object.fromEntries(
    Object.keys(one.outputs).map((name) => {
      const { data, shape } = results[`${one.prefix}/${name}`]!;
      return [name, { data: Float64Array.from(data as ArrayLike<number | bigint>, Number), shape }];
    }),
  );
}
