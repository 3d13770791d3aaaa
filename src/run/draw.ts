import type { Distribution } from "../graph/index.js";
import type { Random } from "../rng/index.js";

/** Numbers for a random leaf of a graph, row-major. */
export function draw(distribution: Distribution, shape: readonly number[], random: Random): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const next =
    distribution.kind === "normal"
      ? () => random.normal()
      : distribution.kind === "uniform"
        ? () => random.uniform()
        : () => (random.uniform() < distribution.probability ? 1 : 0);
  for (let i = 0; i < values.length; i++) values[i] = next();
  return values;
}
