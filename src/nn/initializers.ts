import type { Initializer, RandomSource } from "../graph/index.js";

/** How the numbers of {@link he} and {@link xavier} are distributed; both have the same variance. */
export type FanDistribution = "normal" | "uniform";

function count(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function draw(shape: readonly number[], next: () => number): Float64Array {
  return Float64Array.from({ length: count(shape) }, next);
}

/**
 * How many inputs one output sees, and how many outputs one input reaches: for a matrix [inputs, outputs], and for
 * filters [outputs, inputs / groups, height, width].
 */
export function fans(shape: readonly number[]): { in: number; out: number } {
  if (shape.length <= 2) return { in: shape[0] ?? 1, out: shape[1] ?? shape[0] ?? 1 };
  const places = count(shape.slice(2));
  return { in: shape[1]! * places, out: shape[0]! * places };
}

function withDeviation(
  shape: readonly number[],
  deviation: number,
  distribution: FanDistribution,
  random: RandomSource,
): Float64Array {
  if (distribution === "normal") return draw(shape, () => deviation * random.normal());
  const limit = deviation * Math.sqrt(3);
  return draw(shape, () => limit * (2 * random.uniform() - 1));
}

/** The identity [N, N]: a dense layer that passes its input on, to begin with. */
export const identity: Initializer = ([rows = 0, columns = 0]) =>
  Float64Array.from({ length: rows * columns }, (_, at) => (at % columns === Math.floor(at / columns) ? 1 : 0));

/** `value` everywhere. */
export function constant(value: number): Initializer {
  return (shape) => new Float64Array(count(shape)).fill(value);
}

/** 0 everywhere. */
export const zeros: Initializer = constant(0);

/** 1 everywhere. */
export const ones: Initializer = constant(1);

/** Normal numbers; `deviation` defaults to 1, `mean` to 0. */
export function normal({ mean = 0, deviation = 1 }: { mean?: number; deviation?: number } = {}): Initializer {
  return (shape, random) => draw(shape, () => mean + deviation * random.normal());
}

/** Uniform numbers in [low, high), by default [-1, 1). */
export function uniform({ low = -1, high = 1 }: { low?: number; high?: number } = {}): Initializer {
  return (shape, random) => draw(shape, () => low + (high - low) * random.uniform());
}

/**
 * Normal numbers drawn again until they are within `limit` deviations of the mean (defaults: deviation 0.02 as in ViT
 * and BERT, mean 0, limit 2). `deviation` is that of the normal distribution before truncation.
 */
export function truncatedNormal({
  mean = 0,
  deviation = 0.02,
  limit = 2,
}: {
  mean?: number;
  deviation?: number;
  limit?: number;
} = {}): Initializer {
  return (shape, random) =>
    draw(shape, () => {
      let z = random.normal();
      while (Math.abs(z) > limit) z = random.normal();
      return mean + deviation * z;
    });
}

/** Settings of {@link he}. */
export interface HeOptions {
  /** Keep the variance of activations (`in`, default) or of gradients (`out`, as in torchvision's ResNet). */
  readonly fan?: "in" | "out";
  /** Slope of the leaky ReLU that follows; 0 (default) is ReLU, 1 no activation. */
  readonly slope?: number;
  /** Default normal. */
  readonly distribution?: FanDistribution;
}

/** Variance 2 / ((1 + slope^2) fan), for layers before a ReLU (He et al., ICCV 2015, eq. 10, 14, 15). */
export function he({ fan = "in", slope = 0, distribution = "normal" }: HeOptions = {}): Initializer {
  return (shape, random) => {
    const deviation = Math.sqrt(2 / ((1 + slope * slope) * fans(shape)[fan]));
    return withDeviation(shape, deviation, distribution, random);
  };
}

/** Settings of {@link xavier}. */
export interface XavierOptions {
  /** Factor on the deviation. Default 1. */
  readonly gain?: number;
  /** Default uniform, as published. */
  readonly distribution?: FanDistribution;
}

/** Variance 2 gain^2 / (inputs + outputs) (Glorot and Bengio, AISTATS 2010, eq. 12 and 16). */
export function xavier({ gain = 1, distribution = "uniform" }: XavierOptions = {}): Initializer {
  return (shape, random) => {
    const fan = fans(shape);
    return withDeviation(shape, gain * Math.sqrt(2 / (fan.in + fan.out)), distribution, random);
  };
}

/**
 * Rows or columns, whichever are fewer, orthonormal and uniformly turned (Saxe et al., ICLR 2014), times `gain`
 * (default 1). Further axes count as columns.
 */
export function orthogonal({ gain = 1 }: { gain?: number } = {}): Initializer {
  return (shape, random) => {
    const rows = shape[0] ?? 1;
    const columns = count(shape.slice(1));
    const [vectors, length] = rows <= columns ? [rows, columns] : [columns, rows];
    const basis = orthonormal(vectors, length, random);
    return Float64Array.from({ length: rows * columns }, (_, flat) => {
      const [row, column] = [Math.floor(flat / columns), flat % columns];
      return gain * (rows <= columns ? basis[row]![column]! : basis[column]![row]!);
    });
  };
}

/** Gram-Schmidt on normal vectors, twice, for float precision; a uniformly distributed frame. */
function orthonormal(vectors: number, length: number, random: RandomSource): Float64Array[] {
  const basis: Float64Array[] = [];
  while (basis.length < vectors) {
    const vector = draw([length], () => random.normal());
    for (const other of [...basis, ...basis]) {
      const along = other.reduce((sum, value, i) => sum + value * vector[i]!, 0);
      for (let i = 0; i < length; i++) vector[i]! -= along * other[i]!;
    }
    const size = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
    basis.push(vector.map((value) => value / size));
  }
  return basis;
}
