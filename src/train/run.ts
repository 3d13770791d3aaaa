import type { Schedule } from "../optim/index.js";
import type { Random } from "../rng/index.js";
import type { Program } from "../run/index.js";
import type { BatchQueue } from "./batches.js";
import type { TrainConfig } from "./config.js";
import { type Embedded, embedItems, rawItems, type ScoredRetrieval, scoreRetrieval } from "./evaluation.js";
import type { Scores } from "./events.js";
import type { InputSource } from "./inputs.js";
import type { EmbeddingModel } from "./model.js";
import type { PreparedData } from "./prepare.js";
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

/** Embeds a part of the data as the model now stands, and scores it. */
export async function scorePart(
  { embedding, model, source, data, config }: Run,
  part: Int32Array,
): Promise<{ embedded: Embedded; scored: ScoredRetrieval }> {
  const embedded = await embedItems(embedding, model, source, part);
  return { embedded, scored: await scoreRetrieval(embedded, data.labels, model.distance, { device: config.device }) };
}

/** Scores on the test part of what a model has to beat: the network before training, and the raw inputs. */
export async function scoreBaselines(run: Run): Promise<Record<string, Scores>> {
  const { data, source, config } = run;
  const name = source.input.kind === "image" ? "raw pixels" : "input vectors";
  const raw = await rawItems(source, data.parts.test);
  const { scores } = await scoreRetrieval(raw, data.labels, "euclidean", { device: config.device });
  return { untrained: (await scorePart(run, data.parts.test)).scored.scores, [name]: scores };
}

/** Embeds the training part for samplers that look at embeddings from the first batch on. */
export async function fillBank({ sampling: { bank }, embedding, model, source, data }: Run): Promise<void> {
  if (bank === undefined) return;
  const { data: rows } = await embedItems(embedding, model, source, data.parts.train);
  bank.update(Int32Array.from(data.parts.train.keys()), rows);
}
