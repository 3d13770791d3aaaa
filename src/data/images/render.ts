import { SimileError } from "../../errors/index.js";
import type { Random } from "../../rng/index.js";
import type { ImageItem } from "../dataset.js";
import type { ImageOutcome } from "./image-job.js";
import type { ImagePool } from "./image-pool.js";
import type { ImageStore } from "./store.js";
import type { ImageTransform, TransformRecipe } from "./transform.js";

/** Pieces that a batch is divided into for each thread: the more, the evener; the fewer, the less is said. */
const PIECES_A_THREAD = 2;

/** What {@link renderImages} works with. */
export interface RenderOptions {
  readonly store: ImageStore;
  readonly transform: ImageTransform;
  /** The generator of the picture at a place. */
  readonly randomAt: (place: number) => Random;
}

/** A picture that could not be had. */
export interface FailedImage {
  /** Its place in the batch. */
  readonly place: number;
  readonly error: unknown;
}

/**
 * Loads pictures and writes them, transformed, into `pixels` [items, height, width, 3], on the calling thread or on those
 * of the store: the bits are the same. Gives those that failed, by place; their pixels stay as they were.
 */
export async function renderImages(
  items: readonly ImageItem[],
  pixels: Uint8Array,
  options: RenderOptions,
): Promise<FailedImage[]> {
  const { store, transform } = options;
  const { recipe } = transform;
  const pool = recipe && store.threadsFor(pixels.length);
  const failed =
    recipe && pool
      ? await onThreads(items, pixels, options, recipe, pool)
      : await Promise.all(items.map((item, place) => onCaller(item, place, pixels, options)));
  return failed.filter((failure) => failure !== undefined).sort((a, b) => a.place - b.place);
}

async function onCaller(
  item: ImageItem,
  place: number,
  pixels: Uint8Array,
  { store, transform, randomAt }: RenderOptions,
): Promise<FailedImage | undefined> {
  const length = transform.size.width * transform.size.height * 3;
  try {
    const image = await store.load(item);
    transform.apply(image, randomAt(place), pixels.subarray(place * length, (place + 1) * length));
    return undefined;
  } catch (error) {
    return { place, error };
  }
}

async function onThreads(
  items: readonly ImageItem[],
  pixels: Uint8Array,
  options: RenderOptions,
  recipe: TransformRecipe,
  pool: ImagePool,
): Promise<(FailedImage | undefined)[]> {
  const size = Math.max(1, Math.ceil(items.length / (PIECES_A_THREAD * pool.count)));
  const places = [...items.keys()];
  const pieces = places.filter((place) => place % size === 0).map((first) => places.slice(first, first + size));
  const failed = await Promise.all(pieces.map((piece) => renderPiece(piece, items, pixels, options, recipe, pool)));
  return failed.flat();
}

async function renderPiece(
  places: readonly number[],
  items: readonly ImageItem[],
  pixels: Uint8Array,
  { store, transform, randomAt }: RenderOptions,
  recipe: TransformRecipe,
  pool: ImagePool,
): Promise<FailedImage[]> {
  const failed: FailedImage[] = [];
  const read = async (place: number) => {
    const item = items[place]!;
    try {
      return [{ place, item, source: await store.source(item) }];
    } catch (error) {
      failed.push({ place, error });
      return [];
    }
  };
  const found = (await Promise.all(places.map(read))).flat();
  if (found.length === 0) return failed;
  const { maxPixels, shorterSide } = store.options;
  const decode = { ...(maxPixels !== undefined && { maxPixels }), ...(shorterSide !== undefined && { shorterSide }) };
  const tasks = found.map(({ place, item, source }) => ({
    name: item.name,
    source: detached(source),
    random: randomAt(place).state(),
  }));
  const reply = await pool.run({ recipe, decode, keepBytes: store.freeBytes, tasks });
  const length = transform.size.width * transform.size.height * 3;
  for (const [i, { place, item }] of found.entries()) {
    const outcome = reply.outcomes[i]!;
    if ("error" in outcome) failed.push({ place, error: errorOf(outcome) });
    else pixels.set(reply.pixels.subarray(i * length, (i + 1) * length), place * length);
    if ("decoded" in outcome && outcome.decoded) store.keep(item, outcome.decoded);
  }
  return failed;
}

type Source = Awaited<ReturnType<ImageStore["source"]>>;

/** A message copies the whole buffer that a view is of, so what is sent must be no larger than it is. */
function detached(source: Source): Source {
  if ("image" in source) return source;
  const { content } = source;
  const own = (bytes: Uint8Array) => (bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes));
  return {
    content:
      content.kind === "encoded"
        ? { ...content, bytes: own(content.bytes) }
        : { ...content, pixels: own(content.pixels) },
  };
}

function errorOf({ error: { details, message } }: Extract<ImageOutcome, { error: unknown }>): Error {
  return details ? new SimileError(details) : new Error(message);
}
