import { join } from "node:path";
import { writeFileAtomic } from "../data/atomic.js";
import { SimileError } from "../errors/index.js";
import { loadCheckpoint, restoreVariables } from "./checkpoint.js";
import type { TrainConfig } from "./config.js";
import { createRun } from "./create-run.js";
import type { TrainEvent } from "./events.js";
import { checkRunFolder, createRunFolder, EventLog, readEvents, runFiles } from "./folder.js";
import { createPictures, type Pictures } from "./inputs.js";
import { TrainingLoop } from "./loop.js";
import { exportModel } from "./model.js";
import type { PreparedData } from "./parts.js";
import { prepareData } from "./prepare.js";
import { describeBackbone } from "./pretrained/options.js";
import { type Progress, progressSchema } from "./progress.js";
import { writeRunReport } from "./report.js";
import { fillBank, type Run, scoreBaselines, scorePart } from "./run.js";
import { taughtSize } from "./trainer.js";
import { verifyExport } from "./verify.js";

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
  if (!resume && !overwrite) await checkRunFolder(folder);
  const pictures = createPictures(config);
  try {
    const prepared = prepareData(config, pictures.store);
    let next = await prepared.next();
    for (; !next.done; next = await prepared.next()) yield next.value;
    yield* trainPrepared(config, options, next.value, pictures);
  } finally {
    await pictures.store.close();
  }
}

async function* trainPrepared(
  config: TrainConfig,
  { folder, resume = false, signal }: TrainRunOptions,
  data: PreparedData,
  pictures: Pictures,
): AsyncGenerator<TrainEvent, void, undefined> {
  const run = await createRun(config, folder, data, pictures);
  // Only now: data or options that cannot be used leave no folder behind.
  if (!resume) await createRunFolder(folder, config);
  let log: EventLog | undefined;
  try {
    const saved = resume ? await restore(run) : undefined;
    log = await EventLog.open(folder, saved ? await readEvents(folder, saved.step) : []);
    for await (const event of trainingEvents(run, saved, signal, log)) {
      await log.add(event);
      yield event;
    }
  } finally {
    await log?.close();
    await run.embedding.release();
    await run.trainer.release();
  }
}

async function restore({ folder, trainer, sampling, queue, schedule: rates }: Run): Promise<Progress> {
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
  sampling.restore(trainer.variables);
  const progress = progressSchema.parse(checkpoint.state);
  queue.restore(progress.queue);
  rates.restore(progress.schedule);
  return progress;
}

function fresh(): Progress {
  return {
    step: 0,
    queue: { pending: [], sampler: null },
    schedule: null,
    best: null,
    waited: 0,
    seen: [],
    seconds: 0,
  };
}

async function* trainingEvents(
  run: Run,
  saved: Progress | undefined,
  signal: AbortSignal | undefined,
  log: EventLog,
): AsyncGenerator<TrainEvent> {
  const { config, data } = run;
  const began = Date.now();
  const progress = saved ?? fresh();
  if (saved === undefined) await fillBank(run);
  const secondsBefore = progress.seconds;
  const elapsed = () => secondsBefore + (Date.now() - began) / 1000;
  yield {
    type: "start",
    steps: config.steps,
    step: progress.step,
    batchSize: config.batchSize,
    stepsPerEpoch: run.sampling.sampler.epochLength,
    data: data.summary,
    ...(config.backbone?.name === "onnx" && { backbone: describeBackbone(config.backbone) }),
    parameters: {
      model: taughtSize(run.model.parameters, run.trainer),
      loss: taughtSize(run.trainer.lossParameters, run.trainer),
    },
  };
  const ended = yield* new TrainingLoop(run, progress, elapsed).events(signal);
  if (ended === "interrupted") return;
  yield* finish(run, progress, log, elapsed);
}

/** Goes back to the best parameters, scores the test part once, and writes what is to be kept. */
async function* finish(run: Run, progress: Progress, log: EventLog, elapsed: () => number): AsyncGenerator<TrainEvent> {
  const { folder, trainer, model, data } = run;
  const step = progress.best?.step ?? progress.step;
  if (progress.best !== null) {
    const path = join(folder, runFiles.best);
    restoreVariables(await loadCheckpoint(path), trainer.variables, path);
  }
  const exported = exportModel(model, trainer.variables, trainer.averages);
  await verifyExport(exported, { ...run, items: data.parts.test });
  await writeFileAtomic(join(folder, runFiles.model), exported);
  const { embedded, scored, threshold } = await scorePart(run, "test");
  const trained = scored.scores;
  const baselines = await scoreBaselines(run);
  yield { type: "test", step, trained, baselines, ...(threshold !== undefined && { threshold }) };
  const metrics = {
    step,
    trained,
    threshold,
    baselines,
    validation: progress.best,
    seconds: elapsed(),
  };
  await writeFileAtomic(join(folder, runFiles.metrics), `${JSON.stringify(metrics, null, 2)}\n`);
  await writeRunReport({ ...run, events: log.events, embedded, scored, threshold, step, seconds: elapsed() });
  yield { type: "done", step, folder, files: Object.values(runFiles), seconds: elapsed() };
}
