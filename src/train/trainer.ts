import { namedParameters, type Parameter, type ParameterTree, staticSize } from "../graph/index.js";
import { type Average, exponentialAverage, optimizer } from "../optim/index.js";
import type { Random } from "../rng/index.js";
import { type Trace, Variables } from "../run/index.js";
import type { TrainConfig } from "./config.js";
import { compileCachedStep } from "./gradient-cache.js";
import type { EmbeddingModel } from "./model.js";
import { type Objective, viewsOf } from "./objective.js";
import { compileWholeStep, type TrainingStep } from "./step.js";
import { beginnings, type TuningPhase, tuningPhases } from "./tuning.js";

/** The compiled step of a training run and everything it changes. */
export interface Trainer {
  readonly variables: Variables;
  /** The parameters of model and loss anew, as they were before the first step. */
  initial(): Variables;
  /** Parameters that the loss owns. */
  readonly lossParameters: ParameterTree;
  /** Parameters that gradients teach, sooner or later. */
  readonly taught: ReadonlySet<Parameter>;
  /** Parameters to read instead, when the averaged model is evaluated. */
  readonly averages: ReadonlyMap<Parameter, Parameter>;
  /** One step, by default that `number`ed 0; gives the loss before it, and the batch's embeddings. */
  readonly step: (...words: [...Parameters<TrainingStep["run"]>, number?: number]) => ReturnType<TrainingStep["run"]>;
  release(): Promise<void>;
}

/** How many numbers of a tree are taught. */
export function taughtSize(tree: ParameterTree, { taught }: Pick<Trainer, "taught">): number {
  const learning = namedParameters(tree).filter(([, parameter]) => taught.has(parameter));
  return learning.reduce((total, [, parameter]) => total + staticSize(parameter.shape), 0);
}

/** Averages begin as copies of what they average. */
function copyInitial(variables: Variables, averages: ReadonlyMap<Parameter, Parameter>): void {
  for (const [parameter, mean] of averages) variables.assign(mean, variables.value(parameter));
}

/** The model as a phase trains it: batch statistics of what is frozen stay. */
function inPhase(model: EmbeddingModel, { frozen }: TuningPhase): EmbeddingModel {
  if (frozen.size === 0) return model;
  return { ...model, embed: (x, ctx) => model.embed(x, { ...ctx, isFrozen: (parameter) => frozen.has(parameter) }) };
}

/** Optimiser of everything that ever learns, with the backbone's own learning rate. */
function optimizerOf(
  config: TrainConfig,
  named: readonly (readonly [string, Parameter])[],
  phases: readonly TuningPhase[],
) {
  const { optimizer: settings, backboneMultiplier } = config;
  const backbone = { match: "^model\\.backbone\\.", learningRateMultiplier: backboneMultiplier };
  const always = phases.at(-1)!.frozen;
  const learning = named.filter(([, parameter]) => !always.has(parameter));
  return optimizer({ ...settings, groups: [backbone, ...settings.groups] }, learning, beginnings(phases));
}

/** Average of what changes in training; what is always frozen equals its average. */
function averageOf(decay: number, model: EmbeddingModel, phases: readonly TuningPhase[]): Average | undefined {
  if (decay === 0) return undefined;
  const always = phases.at(-1)!.frozen;
  const changing = namedParameters({ model: model.parameters }).filter(([, parameter]) => !always.has(parameter));
  return exponentialAverage(changing, decay);
}

/** Traces forward pass, loss, gradients and optimiser into one program a phase, with its variables initialised from `random`. */
export async function createTrainer(
  config: TrainConfig,
  model: EmbeddingModel,
  objective: Objective,
  /** State of others that belongs into the same checkpoints. */
  sampling: ParameterTree,
  random: Random,
  /** Records the runs of its programs. */
  trace?: Trace,
): Promise<Trainer> {
  const trees: ParameterTree = { model: model.parameters, loss: objective.parameters };
  const phases = tuningPhases(config, model);
  const rule = optimizerOf(config, namedParameters(trees), phases);
  const average = averageOf(config.average, model, phases);
  const variables = new Variables();
  variables.add(
    { ...trees, sampling, optimizer: rule.parameters, ...(average && { average: average.parameters }) },
    random.fork("parameters"),
  );
  const averages = (average?.replacements ?? new Map()) as ReadonlyMap<Parameter, Parameter>;
  copyInitial(variables, averages);
  const device = {
    device: config.device,
    ...(config.threads !== undefined && { threads: config.threads }),
    ...(trace && { trace }),
  };
  const compile = (phase: TuningPhase) => {
    const limited = rule.limitedTo((parameter) => !phase.frozen.has(parameter));
    const learner = {
      model: inPhase(model, phase),
      objective,
      rule: limited,
      average,
      batchSize: config.batchSize * viewsOf(config),
      recompute: config.recompute,
    };
    return config.pieceSize === undefined
      ? compileWholeStep(learner, { ...device, variables })
      : compileCachedStep(learner, config.pieceSize, { ...device, variables });
  };
  const steps = new PhasedSteps(phases, compile);
  // Not at the first step: what cannot be traced is found before anything is written.
  await steps.at(0);
  return {
    variables,
    initial() {
      const first = new Variables();
      first.add(trees, random.fork("parameters"));
      return first;
    },
    averages,
    taught: new Set(rule.trained),
    lossParameters: objective.parameters,
    step: async (batch, learningRate, stepRandom, number = 0) =>
      (await steps.at(number)).run(batch, learningRate, stepRandom),
    release: () => steps.release(),
  };
}

/** The program of the phase that training is in; the one before is given back. */
class PhasedSteps {
  private current: { readonly phase: TuningPhase; readonly step: TrainingStep } | undefined;

  constructor(
    private readonly phases: readonly TuningPhase[],
    private readonly compile: (phase: TuningPhase) => Promise<TrainingStep>,
  ) {}

  async at(number: number): Promise<TrainingStep> {
    const phase = this.phases.findLast(({ from }) => from <= number)!;
    if (this.current?.phase === phase) return this.current.step;
    await this.release();
    const step = await this.compile(phase);
    this.current = { phase, step };
    return step;
  }

  async release(): Promise<void> {
    await this.current?.step.release();
    this.current = undefined;
  }
}
