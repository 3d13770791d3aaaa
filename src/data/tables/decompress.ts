import * as zlib from "node:zlib";
import type { CompressionCodec, Compressors } from "hyparquet";

type Decompress = (input: Uint8Array, size: number) => Uint8Array;

/** No page of a sound file is larger: writers aim at 1 MB. */
const largestPage = 2 ** 28;

/** A Snappy element makes at most 64 bytes of 3, or of what one or two bytes of a literal say. */
const largestSnappyRatio = 22;

/** Node has it from 22.15 on. */
const { zstdDecompressSync } = zlib as typeof zlib & {
  zstdDecompressSync?: (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
};

const decompressors: { readonly [Codec in CompressionCodec]?: Decompress } = {
  UNCOMPRESSED: (input) => input,
  SNAPPY: snappy,
  GZIP: (input, size) => zlib.gunzipSync(input, { maxOutputLength: Math.max(1, size) }),
  BROTLI: (input, size) => zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, size) }),
  ...(zstdDecompressSync && {
    ZSTD: (input, size) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, size) }),
  }),
};

/** A page's bytes, inflated to the `size` its header says; throws for any other size and for a codec Node lacks. */
export function decompress(codec: CompressionCodec, input: Uint8Array, size: number): Uint8Array {
  const inflate = decompressors[codec];
  if (!inflate) {
    throw new RangeError(`pages compressed by ${codec}${codec === "ZSTD" ? ", which needs Node 22.15 or later" : ""}`);
  }
  if (!(size >= 0 && size <= largestPage)) throw new RangeError(`a page of ${size} bytes`);
  const bytes = inflate(input, size);
  if (bytes.length !== size) throw new RangeError(`a page of ${bytes.length} bytes whose header says ${size}`);
  return bytes;
}

/** The same for hyparquet. */
export const compressors: Compressors = Object.fromEntries(
  (Object.keys(decompressors) as CompressionCodec[]).map((codec) => [
    codec,
    (input: Uint8Array, size: number) => decompress(codec, input, size),
  ]),
);

/** Inflates a raw Snappy block, as its format description has it; every length is checked. */
function snappy(input: Uint8Array, size: number): Uint8Array {
  let at = 0;
  while (input[at++]! >= 128) if (at > 5) throw new RangeError("a Snappy length of more than five bytes");
  if (size > largestSnappyRatio * input.length) throw new RangeError(`a page of ${size} bytes from ${input.length}`);
  const output = new Uint8Array(size);
  let filled = 0;
  while (at < input.length) {
    const tag = input[at++]!;
    const extra = tag & 3 ? [0, 1, 2, 4][tag & 3]! : Math.max(0, (tag >> 2) - 59);
    const number = littleEndian(input, at, extra);
    at += extra;
    const length = snappyLength(tag, number);
    const from = tag & 3 ? filled - snappyDistance(tag, number) : at;
    const source = tag & 3 ? output : input;
    if (from < 0 || filled + length > size || (tag & 3 ? from >= filled : from + length > input.length)) {
      throw new RangeError("a damaged Snappy block");
    }
    // Copies may overlap what they write: byte by byte, in order.
    for (let i = 0; i < length; i++) output[filled++] = source[from + i]!;
    if (!(tag & 3)) at += length;
  }
  return output.subarray(0, filled);
}

function snappyLength(tag: number, number: number): number {
  if ((tag & 3) === 1) return ((tag >> 2) & 7) + 4;
  if ((tag & 3) !== 0) return (tag >> 2) + 1;
  return tag >> 2 < 60 ? (tag >> 2) + 1 : number + 1;
}

function snappyDistance(tag: number, number: number): number {
  return (tag & 3) === 1 ? ((tag >> 5) << 8) + number : number;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  if (at + count > bytes.length) throw new RangeError("a Snappy block that ends too early");
  let value = 0;
  for (let i = 0; i < count; i++) value += bytes[at + i]! * 2 ** (8 * i);
  return value;
}
