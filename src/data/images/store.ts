import { availableParallelism } from "node:os";
import type { ImageItem } from "../dataset.js";
import { type DecodeOptions, decodeImage, type RgbImage } from "./decode.js";

/** Options of {@link ImageStore}. */
export interface ImageStoreOptions extends DecodeOptions {
  /** Bytes of decoded pictures kept for the next time; default 2^29. */
  readonly cacheBytes?: number;
  /** Pictures read and decoded at the same time; default twice the processor's cores. */
  readonly concurrency?: number;
}

/**
 * Reads and decodes pictures, a bounded number at a time, and keeps the first ones up to a number of bytes, so that
 * later epochs need not decode them again. None is thrown out for another: an epoch visits all in random order, so
 * what is in the store is as likely to be wanted next as what is not.
 */
export class ImageStore {
  private readonly kept = new Map<ImageItem, RgbImage>();
  private readonly waiting: (() => void)[] = [];
  private readonly cacheBytes: number;
  private freeSlots: number;
  private bytes = 0;

  constructor(private readonly options: ImageStoreOptions = {}) {
    this.cacheBytes = options.cacheBytes ?? 2 ** 29;
    this.freeSlots = Math.max(1, options.concurrency ?? 2 * availableParallelism());
  }

  /** Bytes of the pictures kept. */
  get keptBytes(): number {
    return this.bytes;
  }

  /** The picture of `item`; it must not be changed. Throws a SimileError naming the item when it cannot be decoded. */
  async load(item: ImageItem): Promise<RgbImage> {
    const kept = this.kept.get(item);
    if (kept) return kept;
    if (this.freeSlots > 0) this.freeSlots--;
    else await new Promise<void>((resume) => this.waiting.push(resume));
    try {
      const image = await decodeImage(await item.read(), item.name, this.options);
      this.keep(item, image);
      return image;
    } finally {
      // The slot goes straight to the next in line, so nobody can take it in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.freeSlots++;
    }
  }

  private keep(item: ImageItem, image: RgbImage): void {
    const { byteLength } = image.pixels;
    if (this.bytes + byteLength > this.cacheBytes || this.kept.has(item)) return;
    this.bytes += byteLength;
    this.kept.set(item, image);
  }
}
