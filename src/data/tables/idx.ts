import { constants, gunzipSync } from "node:zlib";
import { type FileInput, openInput, readAll } from "./input.js";
import { invalidTable } from "./vector-table.js";

/** The numbers of an idx file, in its own type. */
export type IdxValues = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** A tensor of MNIST's idx format. */
export interface IdxTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: IdxValues;
}

interface ElementType {
  readonly size: number;
  readonly make: (length: number) => IdxValues;
  readonly read: (view: DataView, at: number) => number;
}

/** By the third byte of the file. Numbers are big-endian. */
const elementTypes: Readonly<Record<number, ElementType>> = {
  8: { size: 1, make: (n) => new Uint8Array(n), read: (view, at) => view.getUint8(at) },
  9: { size: 1, make: (n) => new Int8Array(n), read: (view, at) => view.getInt8(at) },
  11: { size: 2, make: (n) => new Int16Array(n), read: (view, at) => view.getInt16(at) },
  12: { size: 4, make: (n) => new Int32Array(n), read: (view, at) => view.getInt32(at) },
  13: { size: 4, make: (n) => new Float32Array(n), read: (view, at) => view.getFloat32(at) },
  14: { size: 8, make: (n) => new Float64Array(n), read: (view, at) => view.getFloat64(at) },
};

/** No deflate stream holds more than this many times its own size. */
const largestDeflateRatio = 1032;

/** Bytes of an idx header of the most axes one can have. */
const longestHeader = 4 + 4 * 255;

/**
 * Reads an idx file (MNIST format), gzipped or not: two zero bytes, element type, number of axes, their extents, the
 * numbers. Nothing is allocated that the bytes there cannot fill. Errors: `invalid-table`, `cannot-read`.
 */
export async function readIdx(input: FileInput): Promise<IdxTensor> {
  const file = await openInput(input);
  const stored = await readAll(file);
  const zipped = stored[0] === 0x1f && stored[1] === 0x8b;
  const start = zipped ? inflateStart(stored, file.name) : stored;
  const { shape, type, offset, count } = readHeader(start, file.name);
  const needed = offset + count * type.size;
  const bytes = zipped ? inflate(stored, needed, file.name) : stored;
  if (bytes.length !== needed) {
    throw invalidTable(file.name, `${needed} bytes for shape [${shape.join(", ")}]`, `${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = type.make(count);
  for (let i = 0; i < count; i++) values[i] = type.read(view, offset + i * type.size);
  return { shape, values };
}

function readHeader(bytes: Uint8Array, where: string) {
  const [first, second, code = -1, axes = 0] = bytes;
  const type = elementTypes[code];
  const offset = 4 + 4 * axes;
  if (first !== 0 || second !== 0 || !type || axes === 0 || bytes.length < offset) {
    throw invalidTable(
      where,
      "an idx file (two zero bytes, type 8, 9 or 11 to 14, axes)",
      `[${bytes.subarray(0, 4).join(", ")}]`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  return { shape, type, offset, count: shape.reduce((product, extent) => product * extent, 1) };
}

function inflateStart(stored: Uint8Array, where: string): Uint8Array {
  try {
    return gunzipSync(stored.subarray(0, 2 * longestHeader), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw damagedGzip(where, cause);
  }
}

function inflate(stored: Uint8Array, needed: number, where: string): Uint8Array {
  if (needed > largestDeflateRatio * stored.length) {
    throw invalidTable(
      where,
      `${needed} bytes as its header says`,
      `${stored.length} compressed ones, which cannot hold them`,
    );
  }
  try {
    return gunzipSync(stored, { maxOutputLength: needed + 1 });
  } catch (cause) {
    throw damagedGzip(where, cause);
  }
}

function damagedGzip(where: string, cause: unknown): Error {
  const received = cause instanceof Error ? cause.message : String(cause);
  return invalidTable(
    where,
    "a whole gzip stream of the size its header says",
    received,
    "copy or download it again",
    cause,
  );
}
