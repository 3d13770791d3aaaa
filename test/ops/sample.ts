import fc from "fast-check";
import type { DType, Tensor } from "../../src/graph/index.js";

/** Element type of a sample's input; `float` stands for float32 and float64 in turn. */
export type SampleType = "float" | "int64" | "bool";

export interface SampleInput {
  readonly dtype: SampleType;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** One use of an op: what goes in, and how the op is called on it. `float` is the element type under test. */
export interface Sample {
  readonly label: string;
  readonly inputs: readonly SampleInput[];
  /** What else the call was given. */
  readonly details: unknown;
  readonly apply: (inputs: readonly Tensor[], float: DType) => Tensor | readonly Tensor[];
}

/** An op and where its samples come from. */
export interface Row {
  /** `smooth` samples stay away from kinks and ties, so that finite differences hold. */
  readonly sample: (smooth: boolean) => fc.Arbitrary<Sample>;
  /** Set when the gradient is zero by definition, whatever the values do. */
  readonly stopsGradient?: true;
  /** Largest relative error in float32 and float64 on ONNX Runtime; default 1e-5 and 1e-11. */
  readonly tolerance?: { readonly float32?: number; readonly float64?: number };
}

export function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

const size: fc.Arbitrary<number> = fc.oneof(
  { arbitrary: fc.integer({ min: 2, max: 3 }), weight: 5 },
  { arbitrary: fc.constant(1), weight: 2 },
  { arbitrary: fc.constant(0), weight: 1 },
);

/** Shapes of all ranks up to four, with sizes of 0 and 1 among them. */
export function shapes(minimumRank = 0, maximumRank = 4): fc.Arbitrary<number[]> {
  return fc.array(size, { minLength: minimumRank, maxLength: maximumRank }).filter((shape) => count(shape) <= 36);
}

/** An axis of `rank`, counted from the front or from the end. */
export function axisOf(rank: number): fc.Arbitrary<number> {
  return fc.integer({ min: -rank, max: rank - 1 });
}

/** A shape of at least one axis, and one of its axes. */
export function shapeWithAxis(minimumRank = 1): fc.Arbitrary<{ shape: number[]; axis: number }> {
  return shapes(minimumRank).chain((shape) => axisOf(shape.length).map((axis) => ({ shape, axis })));
}

export interface ValueOptions {
  readonly dtype?: SampleType;
  readonly low?: number;
  readonly high?: number;
  /** No two numbers equal. */
  readonly distinct?: boolean;
  /** Other numbers that may occur. */
  readonly special?: readonly number[];
}

/** Numbers of `shape` that float32 holds exactly, none a multiple of 1/32 apart from `special`. */
export function values(shape: readonly number[], options: ValueOptions = {}): fc.Arbitrary<SampleInput> {
  const { dtype = "float", low = -2, high = 2, distinct = false, special = [] } = options;
  const length = count(shape);
  const grid = { min: Math.ceil(low * 32), max: Math.floor(high * 32) - 1 };
  const one =
    dtype === "bool"
      ? fc.integer({ min: 0, max: 1 })
      : dtype === "int64"
        ? fc.integer({ min: Math.ceil(low), max: Math.floor(high) })
        : fc.integer(grid).map((step) => (step + 0.5) / 32);
  const any = special.length > 0 ? fc.oneof({ arbitrary: one, weight: 3 }, fc.constantFrom(...special)) : one;
  const list = distinct
    ? fc.uniqueArray(any, { minLength: length, maxLength: length })
    : fc.array(any, { minLength: length, maxLength: length });
  return list.map((numbers) => ({ dtype, shape, values: numbers }));
}

/** A shape, and one that broadcasts to it. */
export function broadcasting(): fc.Arbitrary<{ full: number[]; part: number[] }> {
  return shapes().chain((full) =>
    fc
      .tuple(fc.integer({ min: 0, max: full.length }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
      .map(([skip, ones]) => ({ full, part: full.slice(skip).map((dim, axis) => (ones[axis] ? 1 : dim)) })),
  );
}

/** Two shapes that broadcast. */
export function broadcastPair(): fc.Arbitrary<[number[], number[]]> {
  return fc
    .tuple(broadcasting(), fc.boolean())
    .map(([{ full, part }, swap]): [number[], number[]] => (swap ? [part, full] : [full, part]));
}

/** As many samples as one session should compute, drawn evenly: fast-check would start with the smallest. */
export function batchOf(row: Row, smooth: boolean, length: number): fc.Arbitrary<Sample[]> {
  return fc.noBias(fc.array(row.sample(smooth), { minLength: length, maxLength: length }));
}

/** A sample from inputs and a call; `details` is what else the call is given. */
export function sampleOf(inputs: readonly SampleInput[], apply: Sample["apply"], details?: unknown): Sample {
  const shown = inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(" ");
  return { label: `${shown} ${JSON.stringify(details) ?? ""}`, inputs, details, apply };
}
