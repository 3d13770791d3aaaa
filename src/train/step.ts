import { grad } from "../grad/index.js";
import { input, type Parameter, scope, type Tensor } from "../graph/index.js";
import { context } from "../nn/index.js";
import type { Average, Optimizer } from "../optim/index.js";
import type { Random } from "../rng/index.js";
import { compileGraph, type DeviceOptions, type Variables } from "../run/index.js";
import type { EmbeddingModel } from "./model.js";
import type { Objective } from "./objective.js";

/** What a step changes, and by which rule. */
export interface Learner {
  readonly model: EmbeddingModel;
  readonly objective: Objective;
  readonly rule: Optimizer;
  readonly average: Average | undefined;
  readonly batchSize: number;
  /** Whether activations are computed again in the backward pass rather than kept. */
  readonly recompute: boolean;
}

/** A compiled training step. */
export interface TrainingStep {
  /** One step on a batch as the model specifies it, and int64 labels [B]; gives the loss before it, and the embeddings [B, D] as they are compared. */
  run(
    batch: { readonly x: Uint8Array | Float32Array; readonly labels: BigInt64Array },
    learningRate: number,
    random: Random,
  ): Promise<{ loss: number; embeddings: Float32Array }>;
  release(): Promise<void>;
}

/** Where the programs of a step run, and the values they change. */
export interface StepTarget extends DeviceOptions {
  readonly variables: Variables;
}

/** Forward pass, loss, gradients and optimiser as one program. */
export async function compileWholeStep(
  { model, objective, rule, average, batchSize, recompute }: Learner,
  target: StepTarget,
): Promise<TrainingStep> {
  const { dtype, shape } = model.specification(batchSize);
  const x = input("x", dtype, shape);
  const labels = input("labels", "int64", [batchSize]);
  const learningRate = input("learningRate", "float32", []);
  const state = new Map<Parameter, Tensor>();
  const training = context({ training: true, update: (parameter, value) => state.set(parameter, value) });
  const embeddings = model.embed(x, training);
  const loss = objective.apply(embeddings, labels, training);
  const gradients = grad(loss, rule.trained, undefined, { recompute });
  const updates = scope("optimizer", () => rule.update(gradients, learningRate));
  for (const [parameter, value] of state) updates.set(parameter, value);
  scope("average", () => average?.update(updates));
  const compared = objective.learned?.project(embeddings) ?? embeddings;
  const program = await compileGraph(
    { outputs: { loss, embeddings: compared }, updates },
    { ...target, name: "training step" },
  );
  return {
    async run(batch, rate, random) {
      const results = await program.run({ ...batch, learningRate: Float32Array.of(rate) }, random);
      return { loss: Number(results.loss!.data[0]), embeddings: results.embeddings!.data as Float32Array };
    },
    release: () => program.release(),
  };
}
