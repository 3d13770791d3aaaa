import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { RgbImage } from "./decode.js";
import { ordinaryJpeg } from "./jpeg-header.js";

/** libjpeg-turbo as WebAssembly: sharp's own decoder, but run by the thread that asks, with nothing handed over. */
const CODEC = "@cornerstonejs/codec-libjpeg-turbo-8bit";

/**
 * Larger pictures go to sharp. For them its faster machine code outweighs what handing over costs, it spreads them over
 * more cores than the calling thread's, and the codec's memory only ever grows. The limit is one for all threads: only
 * tables so damaged that samples overflow give other bits, and these are then the same everywhere.
 */
const MOST_PIXELS = 2 ** 16;

interface Decoder {
  getEncodedBuffer(length: number): Uint8Array;
  decode(): void;
  /** A view of the codec's memory. */
  getDecodedBuffer(): Uint8ClampedArray;
  getFrameInfo(): { readonly width: number; readonly height: number; readonly componentCount: number };
}

type LoadCodec = (options: object) => Promise<{ readonly JPEGDecoder: new () => Decoder }>;

let loading: Promise<Decoder> | undefined;

async function loadDecoder(): Promise<Decoder> {
  const require = createRequire(import.meta.url);
  const load = require(`${CODEC}/decodewasmjs`) as LoadCodec;
  const silent = () => {};
  const wasmBinary = readFileSync(require.resolve(`${CODEC}/decodewasm`));
  const { JPEGDecoder } = await load({ wasmBinary, print: silent, printErr: silent });
  return new JPEGDecoder();
}

/**
 * Decodes an ordinary, small JPEG of up to `maxPixels` the shorter side of which is at most `shorterSide`, to sharp's bits.
 * Undefined for anything else, which includes every file the decoder has to complain about: sharp is to judge those.
 */
export async function decodeOrdinaryJpeg(
  bytes: Uint8Array,
  maxPixels: number,
  shorterSide: number,
): Promise<RgbImage | undefined> {
  const header = ordinaryJpeg(bytes);
  if (!header || Math.min(header.width, header.height) > shorterSide) return undefined;
  if (header.width * header.height > Math.min(maxPixels, MOST_PIXELS)) return undefined;
  loading ??= loadDecoder();
  const used = loading;
  const decoder = await used;
  try {
    return decode(decoder, bytes);
  } catch {
    // What a failed call leaves behind in the codec's memory is never freed: the next picture gets a new one.
    if (loading === used) loading = undefined;
    return undefined;
  }
}

function decode(decoder: Decoder, bytes: Uint8Array): RgbImage {
  decoder.getEncodedBuffer(bytes.length).set(bytes);
  decoder.decode();
  const { width, height, componentCount } = decoder.getFrameInfo();
  const samples = decoder.getDecodedBuffer();
  return { pixels: componentCount === 1 ? tripled(samples) : new Uint8Array(samples), width, height };
}

function tripled(grey: Uint8ClampedArray): Uint8Array {
  const pixels = new Uint8Array(grey.length * 3);
  for (let i = 0; i < grey.length; i++) pixels.fill(grey[i]!, i * 3, i * 3 + 3);
  return pixels;
}
