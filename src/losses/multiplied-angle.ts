import { z } from "zod";
import { constant, type DType, Parameter, type Tensor } from "../graph/index.js";
import { where } from "../ops/index.js";
import type { Loss } from "./loss.js";

/** Options of the losses that multiply the angle to the own class. */
export const multipliedAngleOptions = {
  margin: z.number().int().positive().default(4).describe("whole number that multiplies the angle to the own class"),
  annealing: z
    .boolean()
    .default(true)
    .describe("begin as a plain softmax: the own class's cosine is mixed in with a weight that falls with the steps"),
  annealingStart: z.number().positive().default(1000).describe("weight of the plain cosine at the first step"),
  annealingRate: z.number().min(0).default(0.12).describe("the weight is annealingStart / (1 + annealingRate * steps)"),
  annealingFloor: z.number().min(0).default(5).describe("smallest weight of the plain cosine"),
};

/**
 * psi(theta) = (-1)^k cos(m theta) - 2 k for theta in [k pi / m, (k + 1) pi / m], from the cosine of theta: falls all the
 * way from 1 at theta = 0 to 1 - 2 m at pi. Without arc cosines: cos(m theta) is a polynomial of cos theta (Chebyshev).
 */
export function multiplyAngle(cosines: Tensor, m: number): Tensor {
  const x = cosines.clip(-1, 1);
  let [previous, current] = [x.mul(0).add(1), x];
  for (let degree = 1; degree < m; degree++) [previous, current] = [current, x.mul(2).mul(current).sub(previous)];
  let result = current;
  for (let k = 1; k < m; k++) {
    // cos(m theta) is (-1)^k where the pieces k - 1 and k meet, so each piece continues the one before.
    const piece = (k % 2 === 0 ? current : current.neg()).sub(2 * k);
    result = where(x.lessEqual(Math.cos((k * Math.PI) / m)), piece, result);
  }
  return result;
}

/** How the plain cosine gives way to the multiplied angle. */
export interface Annealing {
  readonly annealing: boolean;
  readonly annealingStart: number;
  readonly annealingRate: number;
  readonly annealingFloor: number;
}

/**
 * Mixes plain and hardened scores as the authors' code does: (lambda * plain + hardened) / (1 + lambda), lambda =
 * max(floor, start / (1 + rate * steps)). `count` gives a loss the counter of steps that this needs.
 */
export function annealed(
  { annealing, annealingStart, annealingRate, annealingFloor }: Annealing,
  dtype: DType,
): { mix(plain: Tensor, hardened: Tensor): Tensor; count(loss: Loss): Loss } {
  if (!annealing) return { mix: (_, hardened) => hardened, count: (loss) => loss };
  const steps = new Parameter([], { initializer: () => [0], dtype, trainable: false });
  const lambda = constant(annealingStart, { dtype }).div(steps.mul(annealingRate).add(1)).maximum(annealingFloor);
  return {
    mix: (plain, hardened) => plain.mul(lambda).add(hardened).div(lambda.add(1)),
    count: (loss) => ({
      ...loss,
      parameters: { ...loss.parameters, steps },
      terms: (input) => ({ ...loss.terms(input), updates: new Map([[steps, steps.add(1)]]) }),
    }),
  };
}
