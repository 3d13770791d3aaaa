import { grad } from "../grad/index.js";
import { input, namedParameters, type Parameter, type ParameterTree, type Tensor } from "../graph/index.js";
import { type Context, context } from "../nn/index.js";
import { exponentialAverage, type Optimizer, optimizer } from "../optim/index.js";
import type { Random } from "../rng/index.js";
import { compileGraph, type Feed, type Program, Variables } from "../run/index.js";
import type { TrainConfig } from "./config.js";
import type { EmbeddingModel } from "./model.js";
import type { Objective } from "./objective.js";

/** The compiled step of a training run and everything it changes. */
export interface Trainer {
  readonly variables: Variables;
  /** Parameters that the loss owns. */
  readonly lossParameters: ParameterTree;
  /** Parameters to read instead, when the averaged model is evaluated. */
  readonly averages: ReadonlyMap<Parameter, Parameter>;
  /** One step; gives the loss before it, and the batch's embeddings. */
  step(
    batch: { x: Feed; labels: BigInt64Array },
    learningRate: number,
    random: Random,
  ): Promise<{ loss: number; embeddings: Float32Array }>;
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

function stepGraph(model: EmbeddingModel, objective: Objective, rule: Optimizer, batchSize: number) {
  const { dtype, shape } = model.specification(batchSize);
  const x = input("x", dtype, shape);
  const labels = input("labels", "int64", [batchSize]);
  const learningRate = input("learningRate", "float32", []);
  const state = new Map<Parameter, Tensor>();
  const ctx: Context = context({ training: true, update: (parameter, value) => state.set(parameter, value) });
  const embeddings = model.embed(x, ctx);
  const loss = objective.apply(embeddings, labels, ctx);
  const updates = rule.update(grad(loss, rule.trained), learningRate);
  for (const [parameter, value] of state) updates.set(parameter, value);
  return { outputs: { loss, embeddings }, updates };
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
  const traced = stepGraph(model, objective, rule, config.batchSize);
  average?.update(traced.updates);
  const device = { device: config.device, ...(config.threads !== undefined && { threads: config.threads }) };
  const program: Program = await compileGraph(traced, { ...device, variables, name: "training step" });
  return {
    variables,
    averages,
    lossParameters: objective.parameters,
    async step({ x, labels }, learningRate, stepRandom) {
      const { loss, embeddings } = await program.run(
        { x, labels, learningRate: Float32Array.of(learningRate) },
        stepRandom,
      );
      return { loss: Number(loss!.data[0]), embeddings: embeddings!.data as Float32Array };
    },
    release: () => program.release(),
  };
}
