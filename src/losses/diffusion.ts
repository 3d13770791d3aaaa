import type { Dim, Tensor } from "../graph/index.js";
import { eye, matmul } from "../ops/index.js";

/** What of the series is left out must be smaller than this before the last step, which squares it. */
const REMAINDER = 1e-8;

/** A matrix of affinities W [N, N] (symmetric, not negative) as D^(-1/2) W D^(-1/2), D the sums of its rows. */
export function normalizeAffinities(affinities: Tensor): Tensor {
  const degrees = affinities.sum({ axes: 1, keepAxes: true });
  const scale = degrees.maximum(1e-12).rsqrt();
  return affinities.mul(scale).mul(scale.transpose());
}

/**
 * Where random walks end that start at each node and go on with probability alpha: (1 - alpha) (I - alpha S)^-1 for
 * normalised affinities S [N, N]. The inverse is the product of I + (alpha S)^(2^k), as many factors as alpha needs, and a
 * Newton step that also carries the (first) derivative, so that the backward pass has two products instead of all.
 */
export function diffusion(affinities: Tensor, alpha: number): Tensor {
  const identity = eye(affinities.shape[0] as Dim, undefined, affinities.dtype);
  const steps = affinities.mul(alpha);
  let power = steps.stopGradient();
  let inverse = identity.add(power);
  for (let reach = 2; alpha ** reach > REMAINDER; reach *= 2) {
    power = matmul(power, power);
    inverse = inverse.add(matmul(inverse, power));
  }
  const remainder = identity.mul(2).sub(matmul(identity.sub(steps), inverse));
  return matmul(inverse, remainder).mul(1 - alpha);
}
