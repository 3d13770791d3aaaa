import type { SearchDistance } from "../evaluate/index.js";
import type { Schedule } from "../optim/index.js";
import type { Random } from "../rng/index.js";
import type { Program } from "../run/index.js";
import type { BatchQueue } from "./batches.js";
import type { TrainConfig } from "./config.js";
import {
  compileEmbedding,
  type Embedded,
  embedItems,
  rawItems,
  type ScoredRetrieval,
  scoreRetrieval,
} from "./evaluation.js";
import type { Scores } from "./events.js";
import type { InputSource } from "./inputs.js";
import type { EmbeddingModel } from "./model.js";
import { viewsOf } from "./objective.js";
import { scorePairs } from "./pairs.js";
import type { PreparedData } from "./parts.js";
import type { Sampling } from "./sampling.js";
import type { Trainer } from "./trainer.js";

/** Everything a run works with, made once. */
export interface Run {
  readonly config: TrainConfig;
  readonly folder: string;
  readonly data: PreparedData;
  readonly source: InputSource;
  readonly model: EmbeddingModel;
  readonly trainer: Trainer;
  readonly embedding: Program;
  readonly sampling: Sampling;
  readonly queue: BatchQueue;
  readonly schedule: Schedule;
  readonly random: Random;
}

/** A batch with each item as often as it has views. */
function inViews({ config }: Run, batch: Int32Array): Int32Array {
  const length = viewsOf(config) * batch.length;
  return Int32Array.from({ length }, (_, i) => batch[i % batch.length]!);
}

/** Endless batches of data set indices, each item as often as it has views. */
export function* viewedBatches(run: Run): Generator<Int32Array> {
  for (const batch of run.queue.batches()) yield inViews(run, batch);
}

/** Step `number` (from 0) on the inputs of the oldest batch of the queue. */
export async function stepRun(run: Run, x: Uint8Array | Float32Array, number: number) {
  const positions = inViews(run, run.queue.oldest);
  const labels = BigInt64Array.from(positions, (position) => BigInt(run.data.trainLabels[position]!));
  const learningRate = run.config.optimizer.learningRate * run.schedule.factor(number);
  const random = run.random.fork(`step/${number}`);
  const { loss, embeddings } = await run.trainer.step({ x, labels }, learningRate, random, number);
  run.queue.used();
  run.sampling.bank?.update(positions, embeddings);
  return { loss, embeddings, labels, learningRate };
}

/** A part of the data as one embedding sees it. */
export interface ScoredPart {
  readonly embedded: Embedded;
  readonly scored: ScoredRetrieval;
  /** Of runs with pairs: the distance up to which two items count as alike. */
  readonly threshold?: number;
}

/** Scores a part: retrieval, and where there are pairs how well alike and unlike ones are told apart. */
async function score(
  { data, config }: Run,
  part: "validation" | "test",
  distance: SearchDistance,
  embed: (items: Int32Array) => Promise<Embedded>,
): Promise<ScoredPart> {
  const embedded = await embed(data.parts[part]);
  const scored = await scoreRetrieval(embedded, data.labels, distance, { device: config.device }, data.dataset.items);
  if (data.pairs === undefined) return { embedded, scored };
  const reference =
    part === "test" && data.pairs.validation.same.length > 0
      ? { embedded: await embed(data.parts.validation), pairs: data.pairs.validation }
      : undefined;
  const { scores, threshold } = scorePairs({ embedded, pairs: data.pairs[part] }, reference, distance);
  return {
    embedded,
    scored: { ...scored, scores: { ...scores, ...(data.pairs.complete && scored.scores) } },
    threshold,
  };
}

/** Embeds a part of the data as the model now stands, and scores it. */
export async function scorePart(run: Run, part: "validation" | "test"): Promise<ScoredPart> {
  const { embedding, model, source } = run;
  return score(run, part, model.distance, (items) => embedItems(embedding, model, source, items));
}

/** Scores of the model before training; of a pretrained one, of the features as they were found, compared by cosine. */
async function scoreInitial(run: Run): Promise<Record<string, Scores>> {
  const { model, trainer, source, config } = run;
  const device = { device: config.device, ...(config.threads !== undefined && { threads: config.threads }) };
  const isPretrained = model.backbone === "onnx";
  const [name, part, dimension, distance] = isPretrained
    ? (["frozen features", "features", model.featureSize, "cosine"] as const)
    : (["untrained", "embed", model.dimension, model.distance] as const);
  const program = await compileEmbedding(model, trainer.initial(), new Map(), device, part);
  try {
    const { scored } = await score(run, "test", distance, (items) => embedItems(program, { dimension }, source, items));
    return { [name]: scored.scores };
  } finally {
    await program.release();
  }
}

/**
 * Scores on the test part of what a model has to beat: the raw inputs, and the network before training; of a pretrained
 * one, the features as they were found. Made at the end, that training may begin at once.
 */
export async function scoreBaselines(run: Run): Promise<Record<string, Scores>> {
  const { source } = run;
  const raw = async (distance: SearchDistance) =>
    (await score(run, "test", distance, (items) => rawItems(source, items))).scored.scores;
  const before = await scoreInitial(run);
  if (source.input.kind === "image") return { ...before, "raw pixels": await raw("euclidean") };
  // Which one suits vectors depends on where they come from; a model has to beat the better one.
  return { ...before, "input vectors, L2": await raw("euclidean"), "input vectors, cosine": await raw("cosine") };
}

/** Embeds the training part for samplers that look at embeddings from the first batch on. */
export async function fillBank({ sampling: { bank }, embedding, model, source, data }: Run): Promise<void> {
  if (bank === undefined) return;
  const { data: rows } = await embedItems(embedding, model, source, data.parts.train);
  bank.update(Int32Array.from(data.parts.train.keys()), rows);
}
