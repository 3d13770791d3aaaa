import { join } from "node:path";
import { writeFileAtomic } from "../data/atomic.js";
import { type Sampler, samplers } from "../data/samplers/index.js";
import { SimileError } from "../errors/index.js";
import { type Schedule, schedule } from "../optim/index.js";
import { Random } from "../rng/index.js";
import type { Program } from "../run/index.js";
import { BatchQueue } from "./batches.js";
import { loadCheckpoint, restoreVariables, saveCheckpoint } from "./checkpoint.js";
import { create } from "./choice.js";
import type { TrainConfig } from "./config.js";
import { diagnoseCollapse, diagnoseLoss, diagnosePlateau, diagnoseUnseen } from "./diagnose.js";
import { compileEmbedding, embedItems, rawItems, type ScoredRetrieval, scoreRetrieval } from "./evaluation.js";
import type { Scores, TrainEvent } from "./events.js";
import { createRunFolder, EventLog, readEvents, runFiles } from "./folder.js";
import { createInputs, createPictures, type InputSource, type Pictures } from "./inputs.js";
import { createModel, type EmbeddingModel, exportModel } from "./model.js";
import { createObjective } from "./objective.js";
import { type PreparedData, prepareData } from "./prepare.js";
import { type Progress, progressSchema } from "./progress.js";
import { writeRunReport } from "./report.js";
import { createTrainer, type Trainer, trainedSize } from "./trainer.js";

/** Settings of {@link train} that do not change what is learned. */
export interface TrainRunOptions {
  /** Where the artefacts go: a new folder, or with `resume` that of an interrupted run. */
  readonly folder: string;
  /** Go on from the folder's last checkpoint. Default false. */
  readonly resume?: boolean;
  /** Allow a folder that holds something. Default false. */
  readonly overwrite?: boolean;
  /** When aborted, the run finishes its step, writes a checkpoint and ends. */
  readonly signal?: AbortSignal;
}

/** Everything a run works with, made once. */
interface Run {
  readonly config: TrainConfig;
  readonly folder: string;
  readonly data: PreparedData;
  readonly source: InputSource;
  readonly model: EmbeddingModel;
  readonly trainer: Trainer;
  readonly embedding: Program;
  readonly sampler: Sampler;
  readonly queue: BatchQueue;
  readonly schedule: Schedule;
  readonly random: Random;
}

/**
 * Trains an embedding and writes its artefacts: `config.yaml`, `events.jsonl`, `checkpoints/`, `model.onnx`, `metrics.json`,
 * `report.html`. Gives each event as it happens. The best parameters are chosen on validation classes only; test
 * classes are scored once, at the end.
 *
 * Running n steps, being killed, and resuming gives bit for bit what running without a break gives.
 *
 *     for await (const event of train(parseConfig({ data: "./photos" }), { folder: "runs/photos" })) console.log(event);
 */
export async function* train(
  config: TrainConfig,
  options: TrainRunOptions,
): AsyncGenerator<TrainEvent, void, undefined> {
  const { folder, resume = false, overwrite = false } = options;
  if (!resume) await createRunFolder(folder, config, overwrite);
  const pictures = createPictures(config);
  const prepared = prepareData(config, pictures.store);
  let next = await prepared.next();
  for (; !next.done; next = await prepared.next()) yield next.value;
  const run = await createRun(config, folder, next.value, pictures);
  let log: EventLog | undefined;
  try {
    const saved = resume ? await restore(run) : undefined;
    log = await EventLog.open(folder, saved ? await readEvents(folder, saved.step) : []);
    for await (const event of trainingEvents(run, saved, options.signal, log)) {
      await log.add(event);
      yield event;
    }
  } finally {
    await log?.close();
    await run.embedding.release();
    await run.trainer.release();
  }
}

async function createRun(config: TrainConfig, folder: string, data: PreparedData, pictures: Pictures): Promise<Run> {
  const random = new Random(config.seed);
  const source = createInputs(data.dataset, config, pictures);
  const model = createModel(config, source.input);
  const trainLabels = data.trainLabels;
  const objective = createObjective(config, { classes: data.trainClasses.length, dimension: model.dimension });
  const trainer = await createTrainer(config, model, objective, random);
  const device = { device: config.device, ...(config.threads !== undefined && { threads: config.threads }) };
  const embedding = await compileEmbedding(model, trainer.variables, trainer.averages, device);
  const sampler = create(samplers, config.sampler).create(trainLabels, config.batchSize, random.fork("sampler"));
  const queue = new BatchQueue(sampler, data.parts.train);
  return {
    config,
    folder,
    data,
    source,
    model,
    trainer,
    embedding,
    sampler,
    queue,
    schedule: schedule(config.schedule, config.steps),
    random,
  };
}

async function restore({ folder, trainer, queue, schedule: rates }: Run): Promise<Progress> {
  const path = join(folder, runFiles.last);
  const checkpoint = await loadCheckpoint(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new SimileError({
      code: "no-checkpoint",
      where: path,
      expected: "a checkpoint to go on from",
      received: "none",
      remedy: "start the run again without --resume",
    });
  });
  restoreVariables(checkpoint, trainer.variables, path);
  const progress = progressSchema.parse(checkpoint.state);
  queue.restore(progress.queue);
  rates.restore(progress.schedule);
  return progress;
}

function fresh(baselines: Progress["baselines"]): Progress {
  return {
    step: 0,
    queue: { pending: [], sampler: null },
    schedule: null,
    best: null,
    waited: 0,
    seen: [],
    baselines,
    seconds: 0,
  };
}

/** Scores of the untrained network and of the raw inputs on the test part. */
async function measureBaselines(run: Run): Promise<Progress["baselines"]> {
  const { data, source, config } = run;
  const raw = source.input.kind === "image" ? "raw pixels" : "input vectors";
  const rawScored = await scoreRetrieval(await rawItems(source, data.parts.test), data.labels, "euclidean", {
    device: config.device,
  });
  return { untrained: (await score(run, data.parts.test)).scored.scores, [raw]: rawScored.scores };
}

async function score({ embedding, model, source, data, config }: Run, part: Int32Array) {
  const embedded = await embedItems(embedding, model, source, part);
  const distance = config.head.normalize ? "cosine" : "euclidean";
  const scored: ScoredRetrieval = await scoreRetrieval(embedded, data.labels, distance, { device: config.device });
  return { embedded, scored };
}

async function* trainingEvents(
  run: Run,
  saved: Progress | undefined,
  signal: AbortSignal | undefined,
  log: EventLog,
): AsyncGenerator<TrainEvent> {
  const { config, data } = run;
  const began = Date.now();
  const progress = saved ?? fresh(await measureBaselines(run));
  const secondsBefore = progress.seconds;
  const elapsed = () => secondsBefore + (Date.now() - began) / 1000;
  yield {
    type: "start",
    steps: config.steps,
    step: progress.step,
    batchSize: config.batchSize,
    stepsPerEpoch: run.sampler.epochLength,
    data: data.summary,
    parameters: { model: trainedSize(run.model.parameters), loss: trainedSize(run.trainer.lossParameters) },
  };
  const ended = yield* steps(run, progress, signal, elapsed);
  if (ended === "interrupted") return;
  yield* finish(run, progress, log, elapsed);
}

async function* steps(
  run: Run,
  progress: Progress,
  signal: AbortSignal | undefined,
  elapsed: () => number,
): AsyncGenerator<TrainEvent, "done" | "interrupted"> {
  const { config, data, source, trainer, queue, random } = run;
  const labelOf = new Map(Array.from(data.parts.train, (item, position) => [item, data.trainLabels[position]!]));
  const seen = new Set(progress.seen);
  const losses: number[] = [];
  const checkpoint = async (): Promise<TrainEvent> => {
    Object.assign(progress, {
      queue: queue.state(),
      schedule: run.schedule.state(),
      seen: [...seen],
      seconds: elapsed(),
    });
    const path = join(run.folder, runFiles.last);
    await saveCheckpoint(path, trainer.variables, progress);
    return { type: "checkpoint", step: progress.step, path };
  };
  if (progress.step >= config.steps) return "done";
  for await (const { indices, x } of source.training(queue.batches(), random.fork("augmentation"), progress.step)) {
    const started = performance.now();
    const labels = BigInt64Array.from(indices, (item) => BigInt(labelOf.get(item)!));
    for (const label of labels) seen.add(Number(label));
    const learningRate = config.optimizer.learningRate * run.schedule.factor(progress.step);
    const { loss, embeddings } = await trainer.step({ x, labels }, learningRate, random.fork(`step/${progress.step}`));
    queue.used();
    progress.step++;
    losses.push(loss);
    const itemsPerSecond = (1000 * indices.length) / (performance.now() - started);
    yield { type: "step", step: progress.step, loss, learningRate, itemsPerSecond };
    const broken = diagnoseLoss(loss);
    if (broken) {
      yield { type: "diagnosis", step: progress.step, ...broken };
      throw new SimileError({
        code: "diverged",
        where: `step ${progress.step}`,
        expected: "a finite loss",
        received: `${loss}`,
        remedy: broken.remedy,
      });
    }
    const validating = progress.step % config.validation.every === 0 || progress.step === config.steps;
    if (validating) {
      const problems = [diagnoseCollapse(embeddings, run.model.dimension), diagnosePlateau(losses)];
      for (const problem of problems) if (problem) yield { type: "diagnosis", step: progress.step, ...problem };
      yield* validate(run, progress);
      yield await checkpoint();
      if (config.validation.patience > 0 && progress.waited >= config.validation.patience) {
        const message = `no gain in ${config.validation.metric} on validation for ${progress.waited} validations`;
        yield { type: "stopped", step: progress.step, reason: "no gain", message };
        return "done";
      }
    }
    if (signal?.aborted && progress.step < config.steps) {
      if (!validating) yield await checkpoint();
      yield {
        type: "stopped",
        step: progress.step,
        reason: "interrupted",
        message: `stopped at step ${progress.step} of ${config.steps}`,
      };
      return "interrupted";
    }
    if (progress.step >= config.steps) break;
  }
  const unseen = diagnoseUnseen(seen, data.trainClasses);
  if (unseen) yield { type: "diagnosis", step: progress.step, ...unseen };
  return "done";
}

/** Scores the validation part and keeps the parameters when they are the best so far. */
async function* validate(run: Run, progress: Progress): AsyncGenerator<TrainEvent> {
  const { config, data, trainer, folder } = run;
  if (data.parts.validation.length === 0) return;
  const { scored } = await score(run, data.parts.validation);
  const value = scored.scores[config.validation.metric] ?? Number.NaN;
  const best = progress.best === null || value > progress.best.score;
  progress.waited = best ? 0 : progress.waited + 1;
  run.schedule.observe(value);
  if (best) {
    progress.best = { step: progress.step, score: value };
    await saveCheckpoint(join(folder, runFiles.best), trainer.variables, { step: progress.step });
  }
  yield { type: "validation", step: progress.step, scores: scored.scores, best };
}

/** Goes back to the best parameters, scores the test part once, and writes what is to be kept. */
async function* finish(run: Run, progress: Progress, log: EventLog, elapsed: () => number): AsyncGenerator<TrainEvent> {
  const { folder, trainer, data, model } = run;
  const step = progress.best?.step ?? progress.step;
  if (progress.best !== null) {
    const path = join(folder, runFiles.best);
    restoreVariables(await loadCheckpoint(path), trainer.variables, path);
  }
  await writeFileAtomic(join(folder, runFiles.model), exportModel(model, trainer.variables, trainer.averages));
  const { embedded, scored } = await score(run, data.parts.test);
  const trained: Scores = scored.scores;
  yield { type: "test", step, trained, baselines: progress.baselines };
  const metrics = { step, trained, baselines: progress.baselines, validation: progress.best, seconds: elapsed() };
  await writeFileAtomic(join(folder, runFiles.metrics), `${JSON.stringify(metrics, null, 2)}\n`);
  await writeRunReport({ ...run, events: log.events, embedded, scored, step, seconds: elapsed() });
  yield { type: "done", step, folder, files: Object.values(runFiles), seconds: elapsed() };
}
