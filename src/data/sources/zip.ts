import { promisify } from "node:util";
import { crc32, inflateRaw } from "node:zlib";
import { SimileError } from "../../errors/index.js";
import type { StoredFile } from "./container.js";
import {
  type Container,
  container,
  corruptArchive,
  FILE_LIMIT_BYTES,
  fileTooLarge,
  normalisePath,
} from "./container.js";
import type { RandomAccess } from "./random-access.js";

const inflate = promisify(inflateRaw);

/** Signatures and sizes of the ZIP format (PKWARE APPNOTE.TXT 6.3, sections 4.3 and 4.5.3). */
const END = { signature: 0x06054b50, size: 22, longestComment: 0xffff };
const END64_LOCATOR = { signature: 0x07064b50, size: 20 };
const END64 = { signature: 0x06064b50, size: 56 };
const CENTRAL = { signature: 0x02014b50, size: 46 };
const LOCAL = { signature: 0x04034b50, size: 30 };
const ZIP64_EXTRA = 0x0001;
const UNKNOWN32 = 0xffffffff;
const UNKNOWN16 = 0xffff;

/** Where the central directory lies and how many entries it has. */
interface Directory {
  readonly entries: number;
  readonly size: number;
  readonly offset: number;
  /** Bytes before the archive proper (a self-extracting program); all offsets count from there. */
  readonly shift: number;
}

interface Entry {
  readonly path: string;
  readonly flags: number;
  readonly method: number;
  readonly checksum: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerOffset: number;
}

/** Reads the directory of the zip archive in `source` (stored or deflated, zip64 too); its files are read in place. */
export async function readZip(source: RandomAccess): Promise<Container> {
  const directory = await findDirectory(source);
  const bytes = await source.read(directory.offset + directory.shift, directory.size);
  const entries = parseEntries(source.name, bytes, directory);
  return container(
    source.name,
    entries.map((entry) => storedFile(source, entry)),
  );
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

async function findDirectory(source: RandomAccess): Promise<Directory> {
  const start = Math.max(0, source.size - END.size - END.longestComment);
  const tail = view(await source.read(start, source.size - start));
  for (let at = tail.byteLength - END.size; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END.signature) continue;
    if (at + END.size + tail.getUint16(at + 20, true) > tail.byteLength) continue;
    return checkDirectory(source, start + at, await readEnd(source, tail, at, start + at));
  }
  throw corruptArchive(source.name, "a zip archive", "a file without a zip directory at its end");
}

type End = Omit<Directory, "shift"> & { readonly position: number };

async function readEnd(source: RandomAccess, tail: DataView, at: number, position: number): Promise<End> {
  const entries = tail.getUint16(at + 10, true);
  const size = tail.getUint32(at + 12, true);
  const offset = tail.getUint32(at + 16, true);
  const plain = { entries, size, offset, position };
  if (entries !== UNKNOWN16 && size !== UNKNOWN32 && offset !== UNKNOWN32) return plain;
  if (position < END64_LOCATOR.size) return plain;
  const locator = view(await source.read(position - END64_LOCATOR.size, END64_LOCATOR.size));
  if (locator.getUint32(0, true) !== END64_LOCATOR.signature) return plain;
  const position64 = toNumber(source.name, locator.getBigUint64(8, true));
  const end = view(await source.read(position64, END64.size));
  if (end.getUint32(0, true) !== END64.signature) {
    throw corruptArchive(source.name, `a zip64 directory record at byte ${position64}`, "other bytes");
  }
  return {
    entries: toNumber(source.name, end.getBigUint64(32, true)),
    size: toNumber(source.name, end.getBigUint64(40, true)),
    offset: toNumber(source.name, end.getBigUint64(48, true)),
    position: position64,
  };
}

function checkDirectory(source: RandomAccess, at: number, { entries, size, offset, position }: End): Directory {
  const shift = position - (offset + size);
  if (shift < 0 || entries * CENTRAL.size > size) {
    const received = `${entries} entries in ${size} bytes at ${offset}, ended at ${at}`;
    throw corruptArchive(source.name, "a directory that fits into the file", received);
  }
  return { entries, size, offset, shift };
}

function toNumber(name: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw corruptArchive(name, "a size below 2^53", `${value}`);
  return Number(value);
}

function parseEntries(name: string, bytes: Uint8Array, { entries, shift }: Directory): Entry[] {
  const fields = view(bytes);
  const found: Entry[] = [];
  let at = 0;
  for (let i = 0; i < entries; i++) {
    if (at + CENTRAL.size > bytes.length || fields.getUint32(at, true) !== CENTRAL.signature) {
      throw corruptArchive(name, `${entries} directory entries`, `${i}`);
    }
    const pathEnd = at + CENTRAL.size + fields.getUint16(at + 28, true);
    const extraEnd = pathEnd + fields.getUint16(at + 30, true);
    if (extraEnd > bytes.length) throw corruptArchive(name, `${entries} directory entries`, `${i} and a part`);
    const path = decodePath(bytes.subarray(at + CENTRAL.size, pathEnd));
    const sizes = readSizes(name, fields, at, pathEnd, extraEnd);
    if (!/[/\\]$/.test(path)) {
      found.push({
        path: normalisePath(path),
        flags: fields.getUint16(at + 8, true),
        method: fields.getUint16(at + 10, true),
        checksum: fields.getUint32(at + 16, true),
        compressedSize: sizes.compressedSize,
        size: sizes.size,
        headerOffset: sizes.headerOffset + shift,
      });
    }
    at = extraEnd + fields.getUint16(at + 32, true);
  }
  return found;
}

/** UTF-8, which most writers use whether they flag it or not; else one character a byte. */
function decodePath(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}

/** Sizes and place of an entry, from its zip64 field where the short fields say so. */
function readSizes(name: string, fields: DataView, at: number, extraStart: number, extraEnd: number) {
  const short = [fields.getUint32(at + 24, true), fields.getUint32(at + 20, true), fields.getUint32(at + 42, true)];
  let long = short.includes(UNKNOWN32) ? extraStart : extraEnd;
  while (long + 4 <= extraEnd && fields.getUint16(long, true) !== ZIP64_EXTRA) {
    long += 4 + fields.getUint16(long + 2, true);
  }
  let next = long + 4;
  const [size, compressedSize, headerOffset] = short.map((value) => {
    if (value !== UNKNOWN32 || next + 8 > extraEnd) return value;
    next += 8;
    return toNumber(name, fields.getBigUint64(next - 8, true));
  }) as [number, number, number];
  return { size, compressedSize, headerOffset };
}

function storedFile(source: RandomAccess, entry: Entry): StoredFile {
  return { path: entry.path, read: () => readEntry(source, entry) };
}

async function readEntry(source: RandomAccess, entry: Entry): Promise<Uint8Array> {
  const where = `${source.name}/${entry.path}`;
  if (Math.max(entry.size, entry.compressedSize) > FILE_LIMIT_BYTES) throw fileTooLarge(where, entry.size);
  if (entry.flags & 1) throw unsupported(where, "an unencrypted file", "an encrypted one");
  if (entry.method !== 0 && entry.method !== 8) {
    throw unsupported(where, "a stored or deflated file", `compression method ${entry.method}`);
  }
  const header = view(await source.read(entry.headerOffset, LOCAL.size));
  if (header.getUint32(0, true) !== LOCAL.signature) throw corruptArchive(where, "a file header", "other bytes");
  const start = entry.headerOffset + LOCAL.size + header.getUint16(26, true) + header.getUint16(28, true);
  const compressed = await source.read(start, entry.compressedSize);
  const bytes = entry.method === 0 ? compressed : await inflateExactly(where, compressed, entry.size);
  if (bytes.length !== entry.size) throw corruptArchive(where, `${entry.size} bytes`, `${bytes.length}`);
  if (crc32(bytes) !== entry.checksum) throw corruptArchive(where, "bytes of the recorded checksum", "others");
  return bytes;
}

async function inflateExactly(where: string, compressed: Uint8Array, size: number): Promise<Uint8Array> {
  try {
    return await inflate(compressed, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw corruptArchive(where, `deflated data of ${size} bytes`, (cause as Error).message, cause);
  }
}

function unsupported(where: string, expected: string, received: string): SimileError {
  const remedy = "write the archive again with `zip -r` or unpack it and open the folder";
  return new SimileError({ code: "unsupported-archive", where, expected, received, remedy });
}
