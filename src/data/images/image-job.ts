import { type ErrorDetails, SimileError } from "../../errors/index.js";
import { Random, type RandomState } from "../../rng/index.js";
import type { ImageContent } from "../dataset.js";
import { type DecodeOptions, decodeImage, type RgbImage } from "./decode.js";
import { type TransformRecipe, transformOf } from "./transform.js";

/** One picture to decode, unless it was before, and to transform. */
export interface ImageTask {
  /** Names it in errors. */
  readonly name: string;
  /** Bytes, or a picture in memory that all threads share. */
  readonly source: { readonly content: ImageContent } | { readonly image: RgbImage };
  readonly random: RandomState;
}

/** Pictures that belong together, and what is to be done with each. */
export interface ImageJob {
  readonly id: number;
  readonly recipe: TransformRecipe;
  readonly decode: DecodeOptions;
  /** Decoded pictures of up to this many bytes are sent back to be kept. */
  readonly keepBytes: number;
  readonly tasks: readonly ImageTask[];
}

/** What became of one picture. */
export type ImageOutcome =
  | { readonly decoded?: RgbImage }
  | { readonly error: { readonly details?: ErrorDetails; readonly message: string } };

/** The answer to a job. */
export interface ImageReply {
  readonly id: number;
  /** [tasks, height, width, 3]; zeros where a picture failed. */
  readonly pixels: Uint8Array;
  readonly outcomes: readonly ImageOutcome[];
}

/** Pictures that one thread decodes at once: one is decoded while the other is transformed. */
const AT_ONCE = 2;

/** A copy of `image` in memory that threads share. */
export function sharedImage({ pixels, width, height }: RgbImage): RgbImage {
  if (pixels.buffer instanceof SharedArrayBuffer) return { pixels, width, height };
  const shared = new Uint8Array(new SharedArrayBuffer(pixels.byteLength));
  shared.set(pixels);
  return { pixels: shared, width, height };
}

/** Does a job. Never throws: what fails is told in the outcomes. */
export async function runImageJob({ id, recipe, decode, keepBytes, tasks }: ImageJob): Promise<ImageReply> {
  const transform = transformOf(recipe);
  const length = transform.size.width * transform.size.height * 3;
  const pixels = new Uint8Array(tasks.length * length);
  const outcomes: ImageOutcome[] = [];
  const one = async (place: number): Promise<void> => {
    const { name, source, random } = tasks[place]!;
    try {
      const image = "image" in source ? source.image : await decodeImage(source.content, name, decode);
      transform.apply(image, Random.from(random), pixels.subarray(place * length, (place + 1) * length));
      const keep = !("image" in source) && image.pixels.byteLength <= keepBytes;
      outcomes[place] = keep ? { decoded: sharedImage(image) } : {};
    } catch (error) {
      outcomes[place] = { error: describe(error) };
    }
  };
  let next = 0;
  const lane = async () => {
    while (next < tasks.length) await one(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return { id, pixels, outcomes };
}

function describe(error: unknown): { details?: ErrorDetails; message: string } {
  if (!(error instanceof SimileError)) return { message: error instanceof Error ? error.message : String(error) };
  const { code, where, expected, received, remedy, message } = error;
  return { details: { code, where, expected, received, remedy }, message };
}
