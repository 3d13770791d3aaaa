import type { Initializer } from "../graph/index.js";
import { Parameter, type ParameterTree, type Tensor } from "../graph/index.js";

/** A rule for one parameter: which state it keeps, and the step it takes. */
export interface Rule {
  /** Names of the state arrays kept for each parameter (moments), all zero at first, in the parameter's shape. */
  readonly slots: readonly string[];
  /**
   * @param gradient of the loss, in the parameter's shape
   * @param state present value of each slot
   * @param context learning rate and the number of this step, from 1, as scalars
   * @returns the change to be subtracted from the parameter, and the new state
   */
  step(
    gradient: Tensor,
    state: Readonly<Record<string, Tensor>>,
    context: { parameter: Tensor; learningRate: Tensor; step: Tensor },
  ): { change: Tensor; state: Record<string, Tensor> };
}

/** Overrides for the parameters whose dotted path matches. */
export interface ParameterGroup {
  /** Regular expression over the dotted path, such as `^backbone\.`. */
  readonly match: string;
  /** Factor on the learning rate, on top of the parameter's own. 0 freezes. */
  readonly learningRateMultiplier?: number;
  readonly weightDecay?: number;
}

/** Settings common to all optimisers. */
export interface OptimizerOptions {
  /** L2 penalty (decoupled in AdamW) on parameters that declare it. Default 0. */
  readonly weightDecay?: number;
  readonly groups?: readonly ParameterGroup[];
  /** Largest global L2 norm of all gradients together; larger ones are scaled down. Default: no limit. */
  readonly clipNorm?: number;
  /** Whether weight decay acts on the parameter directly, as in AdamW, rather than through the gradient. */
  readonly decoupledWeightDecay?: boolean;
}

/** New values of parameters, as programs take them. */
export type Updates = Map<Parameter, Tensor>;

/** An optimiser bound to parameters: its state, and the updates of one step. */
export interface Optimizer {
  /** State to be kept with the parameters: the step count and each rule's slots. */
  readonly parameters: ParameterTree;
  /** The trained parameters, in order. */
  readonly trained: readonly Parameter[];
  /** New values of parameters and state after a step along `gradients` (in the order of `trained`). */
  update(gradients: readonly Tensor[], learningRate: Tensor): Updates;
}

const zeros: Initializer = (shape) => new Float32Array(shape.reduce((a, b) => a * b, 1));

/** Gradients scaled so that their joint norm is at most `limit`. */
export function clipByGlobalNorm(gradients: readonly Tensor[], limit: number): Tensor[] {
  const [first, ...rest] = gradients.map((gradient) => gradient.square().sum());
  if (first === undefined) return [];
  const norm = rest.reduce((total, square) => total.add(square), first).sqrt();
  const factor = norm.maximum(limit).reciprocal().mul(limit);
  return gradients.map((gradient) => gradient.mul(factor));
}

function settingsOf(name: string, parameter: Parameter, options: OptimizerOptions): { rate: number; decay: number } {
  let rate = parameter.learningRateMultiplier;
  let decay = parameter.weightDecay ? (options.weightDecay ?? 0) : 0;
  for (const group of options.groups ?? []) {
    if (!new RegExp(group.match).test(name)) continue;
    rate *= group.learningRateMultiplier ?? 1;
    decay = group.weightDecay ?? decay;
  }
  return { rate, decay };
}

/** Binds `rule` to the trainable ones of `named` parameters. A learning rate of 0 leaves a parameter out altogether. */
export function bindOptimizer(
  rule: Rule,
  named: readonly (readonly [string, Parameter])[],
  options: OptimizerOptions,
): Optimizer {
  const entries = named
    .filter(([, parameter]) => parameter.trainable)
    .map(([name, parameter]) => ({ name, parameter, ...settingsOf(name, parameter, options) }))
    .filter(({ rate }) => rate !== 0)
    .map((entry) => {
      const state = rule.slots.map((slot) => [
        slot,
        new Parameter(entry.parameter.shape, { initializer: zeros, dtype: entry.parameter.dtype, trainable: false }),
      ]);
      return { ...entry, state: Object.fromEntries(state) as Record<string, Parameter> };
    });
  const step = new Parameter([], { initializer: zeros, trainable: false });
  const parameters: ParameterTree = { step, ...Object.fromEntries(entries.map(({ name, state }) => [name, state])) };

  function update(gradients: readonly Tensor[], learningRate: Tensor): Updates {
    const next = step.add(1);
    const updates: Updates = new Map([[step, next]]);
    const clipped = options.clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, options.clipNorm);
    entries.forEach(({ parameter, rate, decay, state }, i) => {
      const scaled = learningRate.mul(rate).cast(parameter.dtype);
      const coupled = decay !== 0 && !options.decoupledWeightDecay;
      const gradient = coupled ? clipped[i]!.add(parameter.mul(decay)) : clipped[i]!;
      const result = rule.step(gradient, state, { parameter, learningRate: scaled, step: next.cast(parameter.dtype) });
      const decayed = decay !== 0 && !coupled ? parameter.mul(scaled.mul(-decay).add(1)) : parameter;
      updates.set(parameter, decayed.sub(result.change));
      for (const [slot, value] of Object.entries(result.state)) updates.set(state[slot]!, value);
    });
    return updates;
  }

  return { parameters, trained: entries.map(({ parameter }) => parameter), update };
}
