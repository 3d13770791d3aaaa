import { SimileError } from "../errors/index.js";
import { schedule } from "../optim/index.js";
import { Random } from "../rng/index.js";
import type { Trace } from "../run/index.js";
import { BatchQueue } from "./batches.js";
import type { TrainConfig } from "./config.js";
import { compileEmbedding } from "./evaluation.js";
import { createInputs, type InputSource, type Pictures } from "./inputs.js";
import { behindMap, createModel } from "./model.js";
import { checkTakesPairs, createLoss, createObjective, viewsOf } from "./objective.js";
import type { PreparedData } from "./parts.js";
import { backboneFiles } from "./pretrained/options.js";
import type { Run } from "./run.js";
import { createSampling, groupsByClass } from "./sampling.js";
import { createTrainer } from "./trainer.js";

/**
 * Model, loss, sampler and compiled programs of a configuration for prepared data, at step 0. Nothing is written; `folder` is
 * where a run keeps its files. Release its `trainer` and `embedding` in the end.
 */
export async function createRun(
  config: TrainConfig,
  folder: string,
  data: PreparedData,
  pictures: Pictures,
  /** Records the steps that training takes. */
  trace?: Trace,
): Promise<Run> {
  const random = new Random(config.seed);
  const source = createInputs(data.dataset, pictures);
  const network = createModel(config, source.input, await backboneFiles(config));
  checkViews(config, source);
  if (data.pairs) checkTakesPairs(config);
  const sizes = { classes: data.trainClasses.length, dimension: network.dimension };
  const loss = createLoss(config, sizes);
  const model = behindMap(network, loss.learned);
  const sampling = createSampling(config, data, model.dimension, random.fork("sampler"));
  const { sampler } = sampling;
  const facts = {
    ...sizes,
    positivesPerQuery: sampler.positivesPerQuery,
    unlisted: data.pairs?.unlisted,
    groups: config.groupWeight > 0 ? groupsByClass(data) : undefined,
  };
  const trainer = await createTrainer(
    config,
    network,
    createObjective(config, facts, loss),
    sampling.parameters,
    random,
    trace,
  );
  const device = { device: config.device, ...(config.threads !== undefined && { threads: config.threads }) };
  const embedding = await compileEmbedding(model, trainer.variables, trainer.averages, device);
  const queue = new BatchQueue(sampler, data.drawn);
  return {
    config,
    folder,
    data,
    source,
    model,
    trainer,
    embedding,
    sampling,
    queue,
    schedule: schedule(config.schedule, config.steps),
    random,
  };
}

/** Two views of a vector would be the same. */
function checkViews(config: TrainConfig, { input }: InputSource): void {
  if (input.kind === "image" || viewsOf(config) === 1) return;
  throw new SimileError({
    code: "no-second-view",
    where: config.data,
    expected: "pictures, which can be augmented into two views",
    received: "vectors",
    remedy: "train on pictures, or with a loss that uses class labels",
  });
}
