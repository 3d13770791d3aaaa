import { namedParameters, type Parameter, type ParameterTree } from "../graph/index.js";
import { exponentialAverage, optimizer } from "../optim/index.js";
import type { Random } from "../rng/index.js";
import { Variables } from "../run/index.js";
import type { TrainConfig } from "./config.js";
import { compileCachedStep } from "./gradient-cache.js";
import type { EmbeddingModel } from "./model.js";
import type { Objective } from "./objective.js";
import { compileWholeStep, type TrainingStep } from "./step.js";

/** The compiled step of a training run and everything it changes. */
export interface Trainer {
  readonly variables: Variables;
  /** Parameters that the loss owns. */
  readonly lossParameters: ParameterTree;
  /** Parameters to read instead, when the averaged model is evaluated. */
  readonly averages: ReadonlyMap<Parameter, Parameter>;
  /** One step; gives the loss before it, and the batch's embeddings. */
  readonly step: TrainingStep["run"];
  release(): Promise<void>;
}

function countTrained(named: readonly (readonly [string, Parameter])[]): number {
  return named.reduce(
    (total, [, parameter]) => total + (parameter.trainable ? parameter.shape.reduce((a, b) => a * b, 1) : 0),
    0,
  );
}

/** Trained numbers of a tree. */
export function trainedSize(tree: ParameterTree): number {
  return countTrained(namedParameters(tree));
}

/** Averages begin as copies of what they average. */
function copyInitial(variables: Variables, averages: ReadonlyMap<Parameter, Parameter>): void {
  for (const [parameter, mean] of averages) variables.assign(mean, variables.value(parameter));
}

/** Traces forward pass, loss, gradients and optimiser into one program, with its variables initialised from `random`. */
export async function createTrainer(
  config: TrainConfig,
  model: EmbeddingModel,
  objective: Objective,
  /** State of others that belongs into the same checkpoints. */
  sampling: ParameterTree,
  random: Random,
): Promise<Trainer> {
  const trees: ParameterTree = { model: model.parameters, loss: objective.parameters };
  const named = namedParameters(trees);
  const rule = optimizer(config.optimizer, named);
  const average =
    config.average > 0 ? exponentialAverage(namedParameters({ model: model.parameters }), config.average) : undefined;
  const variables = new Variables();
  variables.add(
    { ...trees, sampling, optimizer: rule.parameters, ...(average && { average: average.parameters }) },
    random.fork("parameters"),
  );
  const averages = (average?.replacements ?? new Map()) as ReadonlyMap<Parameter, Parameter>;
  copyInitial(variables, averages);
  const device = { device: config.device, ...(config.threads !== undefined && { threads: config.threads }) };
  const learner = { model, objective, rule, average, batchSize: config.batchSize };
  const step =
    config.pieceSize === undefined
      ? await compileWholeStep(learner, { ...device, variables })
      : await compileCachedStep(learner, config.pieceSize, { ...device, variables });
  return {
    variables,
    averages,
    lossParameters: objective.parameters,
    step: step.run,
    release: step.release,
  };
}
