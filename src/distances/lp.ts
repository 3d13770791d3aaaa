import { z } from "zod";
import type { Tensor } from "../graph/index.js";
import { matmul, where } from "../ops/index.js";
import type { Distance } from "./distance.js";
import type { DistanceEntry } from "./entry.js";
import { lpNorm, normalize } from "./normalize.js";

const options = z.strictObject({
  p: z
    .union([z.number().min(1), z.literal("inf")])
    .default(2)
    .describe("order of the norm: 1, 2, inf, or any number of at least 1"),
  power: z.number().positive().default(1).describe("exponent of the distance; 2 with p = 2 is the squared distance"),
  normalize: z.boolean().default(true).describe("divide vectors by their p-norm first"),
});

/** Options of {@link lp}; `p` may also be `Infinity`. */
export type LpOptions = z.input<typeof options>;

/**
 * The p-norm of the difference of two vectors, to a power. The gradient at distance 0 is 0.
 *
 * The Euclidean matrix is computed as |x|^2 + |y|^2 - 2 x.y with one matrix product. That loses digits for nearly equal
 * vectors: squared distances below 1e-6 (|x|^2 + |y|^2) in float32 (1e-14 in float64) are rounding noise and count as 0.
 * Other norms have no such form: their matrix takes B x R x D operations, in blocks of 8 dimensions, so that no tensor
 * is larger than 8 B R. The paired form always subtracts.
 */
export function lp(settings: LpOptions = {}): Distance {
  const given = settings.p === Number.POSITIVE_INFINITY ? { ...settings, p: "inf" as const } : settings;
  const { p: order, power, normalize: unit } = options.parse(given);
  const p = order === "inf" ? Number.POSITIVE_INFINITY : order;
  const prepare = (x: Tensor) => (unit ? normalize(x, p) : x);
  const raise = (x: Tensor) => (power === 1 ? x : x.pow(power));
  return {
    key: `lp p=${p} power=${power}${unit ? " normalized" : ""}`,
    inverted: false,
    matrix: (query, key) => {
      const [x, y] = [prepare(query), prepare(key)];
      if (p !== 2) return raise(blockwise(x, y, p));
      const squared = squaredEuclidean(x, y);
      return power === 2 ? squared : raise(squared.sqrt());
    },
    paired: (a, b) => {
      const difference = prepare(a).sub(prepare(b));
      if (p === 2 && power === 2) return difference.square().sum(-1);
      return raise(lpNorm(difference, p).squeeze(-1));
    },
  };
}

/** Squared Euclidean distances of all rows, noise around 0 removed. */
export function squaredEuclidean(x: Tensor, y: Tensor): Tensor {
  const lengths = (v: Tensor) => v.square().sum({ axes: -1, keepAxes: true });
  const total = lengths(x).add(lengths(y).transpose());
  const squared = total.sub(matmul(x, y.transpose()).mul(2));
  const noise = total.stopGradient().mul(x.dtype === "float64" ? 1e-14 : 1e-6);
  return where(squared.greater(noise), squared, 0);
}

const BLOCK = 8;

function blockwise(x: Tensor, y: Tensor, p: number): Tensor {
  const dimension = x.shape[x.rank - 1] as number;
  let total: Tensor | undefined;
  for (let start = 0; start < dimension; start += BLOCK) {
    const part = (v: Tensor) => v.slice({ axis: -1, start, end: Math.min(dimension, start + BLOCK) });
    const apart = part(x).unsqueeze(-2).sub(part(y).unsqueeze(-3)).abs();
    if (p === Number.POSITIVE_INFINITY) {
      const largest = apart.max(-1);
      total = total === undefined ? largest : total.maximum(largest);
    } else {
      const sum = (p === 1 ? apart : apart.pow(p)).sum(-1);
      total = total === undefined ? sum : total.add(sum);
    }
  }
  const result = total as Tensor;
  return p === 1 || p === Number.POSITIVE_INFINITY ? result : result.pow(1 / p);
}

export const lpEntry: DistanceEntry<typeof options> = {
  name: "lp",
  summary: "p-norm of the difference: Euclidean by default",
  options,
  create: lp,
};
