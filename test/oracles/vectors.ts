/** Plain float64 arithmetic on rows, for oracles. */
export type Rows = readonly (readonly number[])[];

export function dotProduct(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, x, i) => total + x * b[i]!, 0);
}

export function euclideanNorm(a: readonly number[]): number {
  return Math.sqrt(dotProduct(a, a));
}

export function unit(a: readonly number[]): number[] {
  const length = Math.max(euclideanNorm(a), 1e-12);
  return a.map((x) => x / length);
}

export function cosineOf(a: readonly number[], b: readonly number[]): number {
  return dotProduct(unit(a), unit(b));
}

/** Distance of the normalised vectors. */
export function unitDistance(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [unit(a), unit(b)];
  return euclideanNorm(x.map((value, i) => value - y[i]!));
}

export function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;
}

/** Average of the values above 0. */
export function averageAbove0(values: readonly number[]): number {
  return average(values.filter((value) => value > 0));
}

export function total(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Indices 0 .. count - 1 for which `keep` holds. */
export function indicesWhere(count: number, keep: (index: number) => boolean): number[] {
  return Array.from({ length: count }, (_, i) => i).filter(keep);
}
