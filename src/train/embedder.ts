import { readFile } from "node:fs/promises";
import type { z } from "zod";
import {
  evaluationTransform,
  type ImageBatch,
  type ImageItem,
  ImageStore,
  imageBatches,
  inOrder,
  type SkippedImage,
  skippedImage,
} from "../data/index.js";
import { SimileError } from "../errors/index.js";
import type { Embeddings } from "../evaluate/index.js";
import { Random } from "../rng/index.js";
import { type DeviceOptions, type ModelFile, openModelFile } from "../run/index.js";
import { modelPath } from "./model-path.js";
import { type ImageInput, type ModelInput, modelNoteSchema } from "./preparation.js";

/** Pictures embedded at once. */
const BATCH = 64;

/** Called now and then with the number of items done. */
export type Progress = (done: number, total: number) => void;

/** Embeddings of the pictures that could be read. */
export interface EmbeddedImages extends Embeddings {
  /** [N] which of the given items each row is of. */
  readonly kept: Int32Array;
  readonly skipped: readonly SkippedImage[];
}

/** A trained model in use. */
export interface Embedder {
  /** Numbers in an embedding. */
  readonly dimension: number;
  readonly input: ModelInput;
  /** How its embeddings are compared, where the model says it. */
  readonly distance?: "cosine" | "euclidean" | undefined;
  /** Embeds pictures; those that cannot be read are left out and listed. An error for a model of vectors. */
  embedImages(items: readonly ImageItem[], onProgress?: Progress): Promise<EmbeddedImages>;
  /** Embeds vectors of the model's input dimension. An error for a model of images. */
  embedVectors(rows: Embeddings, onProgress?: Progress): Promise<Embeddings>;
  release(): Promise<void>;
}

function readNote({ metadata }: ModelFile, path: string): z.infer<typeof modelNoteSchema> {
  try {
    return modelNoteSchema.parse(JSON.parse(metadata.simile ?? ""));
  } catch (cause) {
    throw new SimileError(
      {
        code: "not-a-simile-model",
        where: path,
        expected: "a model exported by Simile, which says how to prepare its inputs",
        received: metadata.simile === undefined ? "an ONNX file without that note" : "a damaged note",
        remedy: "use the model.onnx of a training run",
      },
      { cause },
    );
  }
}

/** What a model takes, in words. */
function describeInput(input: ModelInput): string {
  return input.kind === "image" ? "images" : `vectors of ${input.dimension} numbers`;
}

function wrongInput(input: ModelInput, received: string, path: string): SimileError {
  const expected = `${describeInput(input)}, which this model takes`;
  return new SimileError({
    code: "wrong-data",
    where: path,
    expected,
    received,
    remedy: "give a data set of that kind",
  });
}

/** Opens the model of a run folder, or an ONNX file that Simile exported. */
export async function openModel(path: string, device: DeviceOptions = {}): Promise<Embedder> {
  const file = await modelPath(path);
  return embedderOf(await openModelFile(await readFile(file), device), file);
}

/** A model that Simile exported, in use; `file` names it in errors. */
export function embedderOf(model: ModelFile, file: string): Embedder {
  const { input, dimension, distance } = readNote(model, file);
  const run = async (data: Uint8Array | Float32Array, shape: readonly number[]) =>
    (await model.run({ [input.kind]: { data, shape } })).embedding!.data as Float32Array;
  return {
    dimension,
    input,
    distance,
    release: model.release,
    async embedImages(items, onProgress) {
      if (input.kind !== "image") throw wrongInput(input, "images", file);
      return embedImages(items, input, dimension, run, onProgress);
    },
    async embedVectors(rows, onProgress) {
      if (input.kind !== "vector" || rows.dimension !== input.dimension) {
        throw wrongInput(input, `vectors of ${rows.dimension} numbers`, file);
      }
      const count = rows.data.length / rows.dimension;
      const data = new Float32Array(count * dimension);
      for (const batch of inOrder(count, 1024)) {
        const first = batch[0]!;
        const part = rows.data.subarray(first * rows.dimension, (first + batch.length) * rows.dimension);
        data.set(await run(part, [batch.length, rows.dimension]), first * dimension);
        onProgress?.(first + batch.length, count);
      }
      return { data, dimension };
    },
  };
}

async function embedImages(
  items: readonly ImageItem[],
  { size, crop, workingSide }: ImageInput,
  dimension: number,
  run: (data: Uint8Array, shape: readonly number[]) => Promise<Float32Array>,
  onProgress: Progress | undefined,
): Promise<EmbeddedImages> {
  const transform = evaluationTransform({ size, cropShare: crop });
  const store = new ImageStore({ shorterSide: workingSide, cacheBytes: 0 });
  const skipped: SkippedImage[] = [];
  const kept: number[] = [];
  const data = new Float32Array(items.length * dimension);
  const batches = imageBatches(items, inOrder(items.length, BATCH), {
    store,
    transform,
    random: new Random(0),
    unreadable: "list",
  });
  try {
    for await (const { indices, pixels, failed } of batches) {
      for (const { place, error } of failed) skipped.push(skippedImage(items[indices[place]!]!, error));
      const read = withoutFailed(indices, pixels, failed);
      const count = read.indices.length;
      if (count > 0) data.set(await run(read.pixels, [count, size, size, 3]), kept.length * dimension);
      kept.push(...read.indices);
      onProgress?.(indices.at(-1)! + 1, items.length);
    }
  } finally {
    await store.close();
  }
  return { data: data.subarray(0, kept.length * dimension), dimension, kept: Int32Array.from(kept), skipped };
}

/** The rows of a batch that could be read, moved together in place. */
function withoutFailed(indices: Int32Array, pixels: Uint8Array, failed: ImageBatch["failed"]) {
  if (failed.length === 0) return { indices, pixels };
  const length = pixels.length / indices.length;
  const gone = new Set(failed.map(({ place }) => place));
  const places = [...indices.keys()].filter((place) => !gone.has(place));
  places.forEach((place, row) => pixels.copyWithin(row * length, place * length, (place + 1) * length));
  return {
    indices: Int32Array.from(places, (place) => indices[place]!),
    pixels: pixels.subarray(0, places.length * length),
  };
}
