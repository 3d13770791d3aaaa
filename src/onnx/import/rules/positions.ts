/** Every position of a shape in row-major order. */
export function positions(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (found, size) => found.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i])),
    [[]],
  );
}

/** Row-major place of a position; axes of size 1 repeat. */
export function placed(at: readonly number[], shape: readonly number[]): number {
  return shape.reduce((place, size, axis) => place * size + (size === 1 ? 0 : at[axis]!), 0);
}
