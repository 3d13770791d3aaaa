import { type DType, type Tensor, uniformValue } from "../graph/index.js";
import { minimum } from "./arithmetic.js";
import { equal, greater, where } from "./comparison.js";

/** Largest finite number of a type. */
function largest(dtype: DType): number {
  return dtype === "float64" ? Number.MAX_VALUE : 3.4028234663852886e38;
}

/** x with +infinity replaced by the largest finite number: 0 times it is 0. */
export function bounded(x: Tensor): Tensor {
  return minimum(x, largest(x.dtype));
}

/**
 * `b` as a divisor in a gradient: 0 becomes infinity, so that the derivative at a singular point is 0. This keeps
 * gradients finite at the norm of a zero vector, at sqrt(0) and log(0).
 */
export function divisor(b: Tensor): Tensor {
  return (uniformValue(b) ?? 0) === 0 ? where(equal(b, 0), Number.POSITIVE_INFINITY, b) : b;
}

/** {@link divisor} for what is positive inside the function's domain: outside, the derivative is 0 too. */
export function positiveDivisor(b: Tensor): Tensor {
  return where(greater(b, 0), b, Number.POSITIVE_INFINITY);
}
