import {
  type Dataset,
  evaluationTransform,
  ImageStore,
  type ImageTransform,
  imageBatches,
  trainingTransform,
} from "../data/index.js";
import { Random } from "../rng/index.js";
import type { TrainConfig } from "./config.js";
import type { ImageInput, ModelInput } from "./preparation.js";

/** Inputs of a model for the items of a batch. */
export interface InputBatch {
  /** [B] positions in the data set. */
  readonly indices: Int32Array;
  /** What the model takes: uint8 [B, size, size, 3] or float32 [B, dimension], flat. */
  readonly x: Uint8Array | Float32Array;
}

/** Turns items of a data set into inputs of a model, ahead of their use. */
export interface InputSource {
  readonly input: ModelInput;
  /** Batches with random changes; those of step t depend on `random` and t alone. */
  training(batches: Iterable<Int32Array>, random: Random, firstStep: number): AsyncIterable<InputBatch>;
  /** Batches as they are evaluated, nothing random. */
  plain(batches: Iterable<Int32Array>): AsyncIterable<InputBatch>;
}

async function* vectorBatches(
  vectors: Float32Array,
  dimension: number,
  batches: Iterable<Int32Array>,
): AsyncGenerator<InputBatch> {
  for (const indices of batches) {
    const x = new Float32Array(indices.length * dimension);
    indices.forEach((index, row) =>
      x.set(vectors.subarray(index * dimension, (index + 1) * dimension), row * dimension),
    );
    yield { indices, x };
  }
}

/** How pictures are changed for training and for evaluation, and a store that keeps no more detail than these show. */
export interface Pictures {
  readonly training: ImageTransform;
  readonly plain: ImageTransform;
  readonly store: ImageStore;
  /** What an exported model has to know of all this. */
  readonly input: ImageInput;
}

/** The pictures' side of a configuration. */
export function createPictures({ image }: TrainConfig): Pictures {
  const training = trainingTransform({ ...image, scale: image.scale, ratio: image.ratio });
  const plain = evaluationTransform({ size: image.size, cropShare: image.crop });
  const workingSide = Math.max(training.workingSide, plain.workingSide);
  const { size, crop, channels, range, mean, deviation } = image;
  return {
    training,
    plain,
    store: new ImageStore({ shorterSide: workingSide }),
    input: { kind: "image", size, crop, workingSide, channels, range, mean, deviation },
  };
}

/** The input source of a data set under a configuration. */
export function createInputs(dataset: Dataset, { training, plain, store, input }: Pictures): InputSource {
  if (dataset.kind === "vector") {
    const { vectors, dimension } = dataset;
    return {
      input: { kind: "vector", dimension },
      training: (batches) => vectorBatches(vectors, dimension, batches),
      plain: (batches) => vectorBatches(vectors, dimension, batches),
    };
  }
  async function* load(transform: ImageTransform, batches: Iterable<Int32Array>, random: Random, firstStep: number) {
    if (dataset.kind !== "image") return;
    for await (const { indices, pixels } of imageBatches(dataset.items, batches, {
      store,
      transform,
      random,
      firstStep,
    })) {
      yield { indices, x: pixels };
    }
  }
  return {
    input,
    training: (batches, random, firstStep) => load(training, batches, random, firstStep),
    plain: (batches) => load(plain, batches, new Random(0), 0),
  };
}
