import { input, type Tensor } from "../../src/graph/index.js";
import { Random } from "../../src/rng/index.js";
import { compileGraph } from "../../src/run/index.js";

/** Rows, a list, or a number with an element type. */
export type Given = readonly (readonly number[])[] | readonly number[];

/** Element type of the inputs of {@link evaluate}; lists whose name ends in `labels` or `index` are int64. */
export interface EvaluateOptions {
  readonly dtype?: "float32" | "float64";
}

/** Traces `build` over inputs of the given numbers, runs it once, and returns the numbers of each output. */
export async function evaluate<K extends string>(
  given: Readonly<Record<K, Given>>,
  build: (inputs: Record<K, Tensor>) => Readonly<Record<string, Tensor>>,
  { dtype = "float64" }: EvaluateOptions = {},
): Promise<Record<string, number[]>> {
  const feeds: Record<string, Float32Array | Float64Array | BigInt64Array> = {};
  const inputs = Object.fromEntries(
    Object.entries<Given>(given).map(([name, values]) => {
      const flat = values.flat() as number[];
      const shape = Array.isArray(values[0]) ? [values.length, values[0].length] : [values.length];
      const integers = /(labels|index)$/i.test(name);
      feeds[name] = integers
        ? BigInt64Array.from(flat, BigInt)
        : dtype === "float32"
          ? Float32Array.from(flat)
          : Float64Array.from(flat);
      return [name, input(name, integers ? "int64" : dtype, shape)];
    }),
  ) as Record<K, Tensor>;
  const program = await compileGraph({ outputs: build(inputs) }, { threads: 1 });
  try {
    const used = Object.fromEntries(Object.entries(feeds));
    const results = await program.run(used, new Random(1));
    return Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [name, Array.from(data as Float64Array, Number)]),
    );
  } finally {
    await program.release();
  }
}

/** Rows of normally distributed numbers. */
export function normalRows(count: number, dimension: number, seed: number): number[][] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => Array.from({ length: dimension }, () => random.normal()));
}

/** A flat list as rows. */
export function asRows(flat: readonly number[], width: number): number[][] {
  return Array.from({ length: flat.length / width }, (_, i) => flat.slice(i * width, (i + 1) * width));
}
