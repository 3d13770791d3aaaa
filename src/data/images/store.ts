import { availableParallelism } from "node:os";
import type { ImageContent, ImageItem } from "../dataset.js";
import { type DecodeOptions, decodeImage, type RgbImage } from "./decode.js";
import { sharedImage } from "./image-job.js";
import { DEFAULT_THREADS, ImagePool } from "./image-pool.js";

/** Options of {@link ImageStore}. */
export interface ImageStoreOptions extends DecodeOptions {
  /** Bytes of decoded pictures kept for the next time; default 2^29. */
  readonly cacheBytes?: number;
  /** Pictures read (and by this thread decoded) at the same time; default twice the processor's cores. */
  readonly concurrency?: number;
  /** Threads that batches are decoded and transformed in; 0: the calling one alone. Default all cores, at most 8. */
  readonly threads?: number;
  /** Samples (pixels x 3) that the calling thread transforms before it takes help; default 2^22, 28 pictures of 224. */
  readonly threadsAfter?: number;
}

/**
 * Reads and decodes pictures, a bounded number at a time, and keeps the first ones up to a number of bytes, so that
 * later epochs need not decode them again. None is thrown out for another: an epoch visits all in random order, so
 * what is in the store is as likely to be wanted next as what is not.
 *
 * Its threads serve {@link imageBatches}. They start late, because few small pictures are done before a thread is.
 */
export class ImageStore {
  private readonly kept = new Map<ImageItem, RgbImage>();
  private readonly waiting: (() => void)[] = [];
  private readonly cacheBytes: number;
  private readonly pool: ImagePool | undefined;
  private samplesAlone: number;
  private freeSlots: number;
  private bytes = 0;

  constructor(readonly options: ImageStoreOptions = {}) {
    const { cacheBytes = 2 ** 29, concurrency = 2 * availableParallelism(), threads = DEFAULT_THREADS } = options;
    this.cacheBytes = cacheBytes;
    this.freeSlots = Math.max(1, concurrency);
    this.pool = threads > 0 ? new ImagePool(threads) : undefined;
    this.samplesAlone = options.threadsAfter ?? 2 ** 22;
  }

  /** Bytes of the pictures kept. */
  get keptBytes(): number {
    return this.bytes;
  }

  /** Bytes that more pictures may take. */
  get freeBytes(): number {
    return this.cacheBytes - this.bytes;
  }

  /** The picture of `item`; it must not be changed. Throws a SimileError naming the item when it cannot be decoded. */
  async load(item: ImageItem): Promise<RgbImage> {
    const kept = this.kept.get(item);
    if (kept) return kept;
    return this.inSlot(async () => {
      const image = await decodeImage(await item.read(), item.name, this.options);
      this.keep(item, image);
      return image;
    });
  }

  /** The picture of `item` where it is kept, else what its file holds. */
  async source(item: ImageItem): Promise<{ image: RgbImage } | { content: ImageContent }> {
    const image = this.kept.get(item);
    return image ? { image } : { content: await this.inSlot(() => item.read()) };
  }

  /** Keeps a decoded picture if there is room, in memory that threads share. */
  keep(item: ImageItem, image: RgbImage): void {
    const { byteLength } = image.pixels;
    if (byteLength > this.freeBytes || this.kept.has(item)) return;
    this.bytes += byteLength;
    this.kept.set(item, this.pool ? sharedImage(image) : image);
  }

  /** The threads, once they pay: undefined while `samples` more are better done by the calling one. */
  threadsFor(samples: number): ImagePool | undefined {
    if (this.samplesAlone <= 0) return this.pool;
    this.samplesAlone -= samples;
    return undefined;
  }

  /** Ends the threads. What is kept stays, and a later batch starts them again. */
  async close(): Promise<void> {
    await this.pool?.close();
  }

  private async inSlot<T>(work: () => Promise<T>): Promise<T> {
    if (this.freeSlots > 0) this.freeSlots--;
    else await new Promise<void>((resume) => this.waiting.push(resume));
    try {
      return await work();
    } finally {
      // The slot goes straight to the next in line, so nobody can take it in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.freeSlots++;
    }
  }
}
