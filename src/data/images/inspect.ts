import { SimileError } from "../../errors/index.js";
import type { ImageDataset, ImageItem } from "../dataset.js";
import { ImageStore } from "./store.js";

/** Options of {@link inspectImages}. */
export interface InspectOptions {
  /** Decodes the pictures, and keeps them for the training that follows; default a store that keeps nothing. */
  readonly store?: ImageStore;
  /** Largest share of unusable files; default 0.1. */
  readonly maxSkippedShare?: number;
  /** Called after each picture with the number looked at. */
  readonly onProgress?: (looked: number, total: number) => void;
}

/** A file that is left out, and why. */
export interface SkippedImage {
  readonly name: string;
  /** Code of the error it gave, such as `unreadable-image`, `image-too-large` or `corrupt-archive`. */
  readonly code: string;
  readonly reason: string;
}

/** What an inspection found. */
export interface ImageInspection {
  /** The data set without the skipped files. */
  readonly dataset: ImageDataset;
  readonly skipped: readonly SkippedImage[];
  /** Classes with a single usable picture: nothing of their kind can be found, and nothing pulls them together. */
  readonly loneClasses: readonly string[];
}

/**
 * Decodes every picture once and sets aside those that cannot be used: unreadable, cut short, empty, absurdly large,
 * no picture at all. Errors: `too-many-unreadable` above `maxSkippedShare`; `no-images`; `too-few-images` when no
 * class has two usable pictures.
 */
export async function inspectImages(dataset: ImageDataset, options: InspectOptions = {}): Promise<ImageInspection> {
  const { store = new ImageStore({ cacheBytes: 0 }), maxSkippedShare = 0.1, onProgress } = options;
  const { items } = dataset;
  let looked = 0;
  const problems = await Promise.all(
    items.map(async (item) => {
      const problem = await tryLoad(store, item);
      onProgress?.(++looked, items.length);
      return problem;
    }),
  );
  const skipped = problems.filter((problem) => problem !== undefined);
  const usable = items.filter((_, i) => problems[i] === undefined);
  if (skipped.length > maxSkippedShare * items.length) throw tooManySkipped(dataset, skipped, maxSkippedShare);
  return { dataset: { ...dataset, items: usable }, skipped, loneClasses: loneClasses(dataset.name, usable) };
}

async function tryLoad(store: ImageStore, item: ImageItem): Promise<SkippedImage | undefined> {
  try {
    await store.load(item);
    return undefined;
  } catch (error) {
    return skippedImage(item, error);
  }
}

/** Why `item` is left out after `error`; an error that is not about this one file is thrown on. */
export function skippedImage({ name }: ImageItem, error: unknown): SkippedImage {
  if (error instanceof SimileError) return { name, code: error.code, reason: error.received };
  // The file system's own errors (gone, no permission) are about this one file, too.
  if (error instanceof Error && "syscall" in error) return { name, code: "unreadable-image", reason: error.message };
  throw error;
}

/** Classes with one item. Throws when there are no items, or no class has two. */
function loneClasses(where: string, items: readonly ImageItem[]): string[] {
  const counts = new Map<string, number>();
  for (const { label } of items) counts.set(label, (counts.get(label) ?? 0) + 1);
  const lone = [...counts].filter(([, count]) => count === 1).map(([label]) => label);
  if (lone.length < counts.size) return lone.sort();
  throw new SimileError({
    code: items.length === 0 ? "no-images" : "too-few-images",
    where,
    expected: "at least one class with two images",
    received: `${items.length} images of ${counts.size} classes`,
    remedy: "put images that are alike into the same class folder",
  });
}

function tooManySkipped(dataset: ImageDataset, skipped: readonly SkippedImage[], share: number): SimileError {
  const shown = skipped.slice(0, 5).map(({ name, reason }) => `${name} (${reason})`);
  const rest = skipped.length > shown.length ? `, and ${skipped.length - shown.length} more` : "";
  return new SimileError({
    code: "too-many-unreadable",
    where: dataset.name,
    expected: `at most ${share * 100} % unusable files`,
    received: `${skipped.length} of ${dataset.items.length}: ${shown.join(", ")}${rest}`,
    remedy: "repair or remove them, or allow a larger share",
  });
}
