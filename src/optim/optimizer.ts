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
  /**
   * Steps of training at which parameters begin to learn, where not 0. Those that begin together count their steps
   * together, so that Adam corrects the bias of each from its own first step.
   */
  readonly begins?: ReadonlyMap<Parameter, number>;
}

/** New values of parameters, as programs take them. */
export type Updates = Map<Parameter, Tensor>;

/** An optimiser bound to parameters: its state, and the updates of one step. */
export interface Optimizer {
  /** State to be kept with the parameters: step counts and each rule's slots. */
  readonly parameters: ParameterTree;
  /** The trained parameters, in order. */
  readonly trained: readonly Parameter[];
  /** New values of parameters and state after a step along `gradients` (in the order of `trained`). */
  update(gradients: readonly Tensor[], learningRate: Tensor): Updates;
  /** The same optimiser, with the same state, for those of its parameters alone that `chosen` picks. */
  limitedTo(chosen: (parameter: Parameter) => boolean): Optimizer;
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

/** A parameter with what its steps need. */
interface Entry {
  readonly name: string;
  readonly parameter: Parameter;
  readonly rate: number;
  readonly decay: number;
  readonly state: Readonly<Record<string, Parameter>>;
  /** How many steps it has taken. */
  readonly count: Parameter;
}

/** One parameter's step: its new value and state. */
function stepOf(entry: Entry, rule: Rule, gradient: Tensor, learningRate: Tensor, isDecoupled: boolean): Updates {
  const { parameter, rate, decay, state, count } = entry;
  const scaled = learningRate.mul(rate).cast(parameter.dtype);
  const coupled = decay !== 0 && !isDecoupled;
  const penalized = coupled ? gradient.add(parameter.mul(decay)) : gradient;
  const step = count.add(1).cast(parameter.dtype);
  const result = rule.step(penalized, state, { parameter, learningRate: scaled, step });
  const decayed = decay !== 0 && !coupled ? parameter.mul(scaled.mul(-decay).add(1)) : parameter;
  const slots = Object.entries(result.state).map(([slot, value]) => [state[slot]!, value] as const);
  return new Map([[parameter, decayed.sub(result.change)], ...slots]);
}

/** Binds `rule` to the trainable ones of `named` parameters. A learning rate of 0 leaves a parameter out altogether. */
export function bindOptimizer(
  rule: Rule,
  named: readonly (readonly [string, Parameter])[],
  options: OptimizerOptions,
): Optimizer {
  const counts = new Map<number, Parameter>([[0, new Parameter([], { initializer: zeros, trainable: false })]]);
  const countFrom = (begin: number): Parameter => {
    const count = counts.get(begin) ?? new Parameter([], { initializer: zeros, trainable: false });
    counts.set(begin, count);
    return count;
  };
  const entries = named
    .filter(([, parameter]) => parameter.trainable)
    .map(([name, parameter]) => ({ name, parameter, ...settingsOf(name, parameter, options) }))
    .filter(({ rate }) => rate !== 0)
    .map((entry): Entry => {
      const state = rule.slots.map((slot) => [
        slot,
        new Parameter(entry.parameter.shape, { initializer: zeros, dtype: entry.parameter.dtype, trainable: false }),
      ]);
      const count = countFrom(options.begins?.get(entry.parameter) ?? 0);
      return { ...entry, state: Object.fromEntries(state), count };
    });
  const steps = [...counts].map(([begin, count]) => [begin === 0 ? "step" : `step-from-${begin}`, count]);
  const slots = entries.map(({ name, state }) => [name, state]);
  return optimizerOf(rule, entries, Object.fromEntries([...steps, ...slots]), options);
}

function optimizerOf(
  rule: Rule,
  entries: readonly Entry[],
  parameters: ParameterTree,
  options: OptimizerOptions,
): Optimizer {
  return {
    parameters,
    trained: entries.map(({ parameter }) => parameter),
    update(gradients, learningRate) {
      const counts = new Set(entries.map(({ count }) => count));
      const clipped = options.clipNorm === undefined ? gradients : clipByGlobalNorm(gradients, options.clipNorm);
      const steps = entries.flatMap((entry, i) => [
        ...stepOf(entry, rule, clipped[i]!, learningRate, options.decoupledWeightDecay ?? false),
      ]);
      return new Map([...[...counts].map((count) => [count, count.add(1)] as const), ...steps]);
    },
    limitedTo: (chosen) =>
      optimizerOf(
        rule,
        entries.filter(({ parameter }) => chosen(parameter)),
        parameters,
        options,
      ),
  };
}
