import { z } from "zod";
import type { Tensor } from "../graph/index.js";

/** Smallest norm that a vector is divided by. */
const SMALLEST_NORM = 1e-12;

/** Option: order of the norm that vectors are divided by. */
export const normOrder = z.number().min(1).default(2).describe("order of the norm that vectors are divided by");

/** Norm of the last axis, kept with size 1; `p` may be Infinity. The derivative at the zero vector is 0. */
export function lpNorm(x: Tensor, p: number): Tensor {
  const over = { axes: -1, keepAxes: true };
  if (p === 2) return x.norm(over);
  if (p === 1) return x.abs().sum(over);
  if (p === Number.POSITIVE_INFINITY) return x.abs().max(over);
  return x
    .abs()
    .pow(p)
    .sum(over)
    .pow(1 / p);
}

/** What vectors are divided by: their p-norm, or 1e-12 where that is larger. [..., 1] */
export function lengthOf(x: Tensor, p = 2): Tensor {
  return lpNorm(x, p).maximum(SMALLEST_NORM);
}

/** Vectors of the last axis divided by their p-norm, or by 1e-12 where that is larger: a zero vector stays zero. */
export function normalize(x: Tensor, p = 2): Tensor {
  return x.div(lengthOf(x, p));
}
