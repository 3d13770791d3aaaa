import type { Tensor } from "../graph/index.js";
import type { Rule } from "./optimizer.js";

/** Settings of {@link sgd}. */
export interface SgdOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Look ahead along the momentum (Nesterov, 1983). Default false. */
  readonly nesterov?: boolean;
}

/** Stochastic gradient descent: v <- mu v + g, p <- p - rate v (the convention of PyTorch). */
export function sgd({ momentum = 0, nesterov = false }: SgdOptions = {}): Rule {
  if (momentum === 0) {
    return { slots: [], step: (gradient, _, { learningRate }) => ({ change: gradient.mul(learningRate), state: {} }) };
  }
  return {
    slots: ["velocity"],
    step: (gradient, { velocity }, { learningRate }) => {
      const next = velocity!.mul(momentum).add(gradient);
      const direction = nesterov ? gradient.add(next.mul(momentum)) : next;
      return { change: direction.mul(learningRate), state: { velocity: next } };
    },
  };
}

/** Settings of {@link adam}; defaults of the paper. */
export interface AdamOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
}

/**
 * Adam (Kingma and Ba, ICLR 2015): m and v are running means of g and g^2; the step is rate * m^ / (sqrt(v^) + epsilon)
 * with the bias corrections m^ = m / (1 - beta1^t), v^ = v / (1 - beta2^t). With decoupled weight decay it is AdamW
 * (Loshchilov and Hutter, ICLR 2019).
 */
export function adam({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamOptions = {}): Rule {
  return {
    slots: ["mean", "square"],
    step: (gradient, { mean, square }, { learningRate, step }) => {
      // Kept as m / (1 - beta1) and v / (1 - beta2): two passes over the parameters fewer, and a step is little else.
      const nextMean = mean!.mul(beta1).add(gradient);
      const nextSquare = square!.mul(beta2).add(gradient.square());
      // All that depends on the step alone are scalars, and cost nothing: sqrt(v^) + e = (sqrt(v) + e c) / c.
      const correction = powerOf(beta2, step)
        .neg()
        .add(1)
        .div(1 - beta2)
        .sqrt();
      const rate = learningRate
        .mul(correction)
        .mul(1 - beta1)
        .div(powerOf(beta1, step).neg().add(1));
      const change = nextMean.div(nextSquare.sqrt().add(correction.mul(epsilon))).mul(rate);
      return { change, state: { mean: nextMean, square: nextSquare } };
    },
  };
}

/** base^step for a scalar tensor. */
function powerOf(base: number, step: Tensor): Tensor {
  return step.mul(Math.log(base)).exp();
}

/** Settings of {@link rmsprop}; PyTorch's defaults. */
export interface RmspropOptions {
  /** Weight of the past. Default 0.99. */
  readonly decay?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Default 0. */
  readonly momentum?: number;
}

/** RMSprop (Tieleman and Hinton, 2012): v is the running mean of g^2; the step is rate * g / (sqrt(v) + epsilon). */
export function rmsprop({ decay = 0.99, epsilon = 1e-8, momentum = 0 }: RmspropOptions = {}): Rule {
  return {
    slots: momentum === 0 ? ["square"] : ["square", "velocity"],
    step: (gradient, { square, velocity }, { learningRate }) => {
      const nextSquare = square!.mul(decay).add(gradient.mul(gradient.mul(1 - decay)));
      const scaled = gradient.div(nextSquare.sqrt().add(epsilon));
      if (velocity === undefined) return { change: scaled.mul(learningRate), state: { square: nextSquare } };
      const next = velocity.mul(momentum).add(scaled);
      return { change: next.mul(learningRate), state: { square: nextSquare, velocity: next } };
    },
  };
}
