import { SimileError } from "../../errors/index.js";
import type { Random } from "../../rng/index.js";
import type { ImageItem } from "../dataset.js";
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
}

/** Options of {@link imageBatches}. */
export interface ImageBatchOptions {
  readonly store: ImageStore;
  readonly transform: ImageTransform;
  /** Never advanced: the picture at place i of step t draws from its fork `t/i`. */
  readonly random: Random;
  /** Number of the first step; default 0. */
  readonly firstStep?: number;
  /** Batches prepared ahead of the one being used; default 2. */
  readonly ahead?: number;
}

/**
 * Loads the items that each of `batches` names by index, and transforms them, `ahead` batches before they are asked
 * for. What a batch holds depends on its step alone, not on what was loaded before: a run resumed at step t sees the
 * same bits. Throws the SimileError of the first picture that cannot be read; leaving the loop early stops the loading.
 */
export async function* imageBatches(
  items: readonly ImageItem[],
  batches: Iterable<ArrayLike<number>>,
  options: ImageBatchOptions,
): AsyncGenerator<ImageBatch, void, undefined> {
  const { firstStep = 0, ahead = 2 } = options;
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
  { store, transform, random }: ImageBatchOptions,
): Promise<ImageBatch> {
  const indices = Int32Array.from(batch);
  const length = transform.size.width * transform.size.height * 3;
  const pixels = new Uint8Array(indices.length * length);
  const load = async (index: number, place: number) => {
    const image = await store.load(itemAt(items, index));
    transform.apply(image, random.fork(`${step}/${place}`), pixels.subarray(place * length, (place + 1) * length));
  };
  await Promise.all(Array.from(indices, load));
  return { step, indices, pixels };
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
