import { SimileError } from "../../errors/index.js";
import type { Random } from "../../rng/index.js";
import type { ImageItem } from "../dataset.js";
import { type FailedImage, renderImages } from "./render.js";
import type { ImageStore } from "./store.js";
import type { ImageTransform } from "./transform.js";

/** A batch of pictures as the network's input wants them, before normalisation. */
export interface ImageBatch {
  /** Number of the step this batch is for. */
  readonly step: number;
  /** [B]: index of each picture's item. */
  readonly indices: Int32Array;
  /** [B, height, width, 3], RGB. */
  readonly pixels: Uint8Array;
  /** Pictures that could not be read, by place; empty unless these were asked for. */
  readonly failed: readonly FailedImage[];
}

/** Options of {@link imageBatches}. */
export interface ImageBatchOptions {
  readonly store: ImageStore;
  readonly transform: ImageTransform;
  /** Never advanced: the picture at place i of step t draws from its fork `t/i`. */
  readonly random: Random;
  /** Number of the first step; default 0. */
  readonly firstStep?: number;
  /** Batches prepared ahead of the one being used; default 3. */
  readonly ahead?: number;
  /** What a picture that cannot be read means: an error, or a place in `failed` and black pixels. Default `error`. */
  readonly unreadable?: "error" | "list";
}

/**
 * Loads the items that each of `batches` names by index, and transforms them, `ahead` batches before they are asked
 * for, on the store's threads where that pays. What a batch holds depends on its step alone, not on what was loaded
 * before nor on the number of threads: a run resumed at step t sees the same bits. Memory is that of `ahead` + 1 batches
 * and their files. Throws the SimileError of the first picture that cannot be read; leaving the loop early stops the
 * loading.
 */
export async function* imageBatches(
  items: readonly ImageItem[],
  batches: Iterable<ArrayLike<number>>,
  options: ImageBatchOptions,
): AsyncGenerator<ImageBatch, void, undefined> {
  const { firstStep = 0, ahead = 3 } = options;
  const source = batches[Symbol.iterator]();
  const underway: Promise<ImageBatch>[] = [];
  let step = firstStep;
  let exhausted = false;
  const refill = () => {
    while (!exhausted && underway.length <= ahead) {
      const { done, value } = source.next();
      exhausted = done === true;
      if (done) return;
      const batch = loadBatch(items, value, step++, options);
      // A failure is thrown when its turn comes; until then it must not count as unhandled.
      batch.catch(() => {});
      underway.push(batch);
    }
  };
  try {
    for (refill(); underway.length > 0; refill()) yield await underway.shift()!;
  } finally {
    source.return?.();
    await Promise.allSettled(underway);
  }
}

async function loadBatch(
  items: readonly ImageItem[],
  batch: ArrayLike<number>,
  step: number,
  { store, transform, random, unreadable = "error" }: ImageBatchOptions,
): Promise<ImageBatch> {
  const indices = Int32Array.from(batch);
  const wanted = Array.from(indices, (index) => itemAt(items, index));
  const pixels = new Uint8Array(indices.length * transform.size.width * transform.size.height * 3);
  const randomAt = (place: number) => random.fork(`${step}/${place}`);
  const failed = await renderImages(wanted, pixels, { store, transform, randomAt });
  if (failed.length > 0 && unreadable === "error") throw failed[0]!.error;
  return { step, indices, pixels, failed };
}

function itemAt(items: readonly ImageItem[], index: number): ImageItem {
  const item = items[index];
  if (item) return item;
  throw new SimileError({
    code: "index-out-of-range",
    where: "imageBatches",
    expected: `indices below ${items.length}`,
    received: `${index}`,
    remedy: "draw batches from the same items that are loaded",
  });
}

/** The indices 0 to `count` - 1 in order, `batchSize` at a time; the last batch may be shorter. */
export function* inOrder(count: number, batchSize: number): Generator<Int32Array, void, undefined> {
  for (let start = 0; start < count; start += batchSize) {
    yield Int32Array.from({ length: Math.min(batchSize, count - start) }, (_, i) => start + i);
  }
}
