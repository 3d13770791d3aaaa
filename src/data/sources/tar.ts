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

const BLOCK_BYTES = 512;
/** Headers of small files lie close together: reading ahead this far saves most of the reads. */
const WINDOW_BYTES = 2 ** 16;
/** Long names and extended headers above this size are forged. */
const LARGEST_HEADER_BYTES = 2 ** 20;

interface Header {
  readonly path: string;
  readonly linkedPath: string;
  readonly size: number;
  readonly type: string;
}

/** What long-name and pax records say about the file after them. */
interface Overrides {
  path?: string;
  linkedPath?: string;
  size?: number;
}

/** Indexes the tar archive in `source` (ustar, GNU long names, pax); its files are read in place. */
export async function readTar(source: RandomAccess): Promise<Container> {
  const files = new Map<string, StoredFile>();
  const headers = windowed(source);
  const globals: Overrides = {};
  let next: Overrides = {};
  let at = 0;
  while (at + BLOCK_BYTES <= source.size) {
    const block = await headers(at, BLOCK_BYTES);
    if (block.every((byte) => byte === 0)) return container(source.name, files.values());
    const header = parseHeader(source.name, at, block);
    const start = at + BLOCK_BYTES;
    const isExtension = "LKxg".includes(header.type);
    const size = isExtension ? header.size : (next.size ?? globals.size ?? header.size);
    if (start + size > source.size) {
      throw corruptArchive(source.name, `${size} bytes of ${header.path}`, `${source.size - start}`);
    }
    if (isExtension) {
      if (size > LARGEST_HEADER_BYTES) throw corruptArchive(source.name, "a short extended header", `${size} bytes`);
      Object.assign(header.type === "g" ? globals : next, parseExtension(header.type, await headers(start, size)));
    } else {
      const { path, linkedPath } = { ...header, ...globals, ...next };
      addFile(files, source, header.type, path, normalisePath(linkedPath), start, size);
      next = {};
    }
    at = start + Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  }
  // Some writers leave out the end mark; then at least the last file must be whole.
  if (at !== source.size || at === 0) throw corruptArchive(source.name, "a whole tar archive", `${source.size} bytes`);
  return container(source.name, files.values());
}

function windowed(source: RandomAccess): (offset: number, length: number) => Promise<Uint8Array> {
  let start = 0;
  let bytes = new Uint8Array(0);
  return async (offset, length) => {
    if (offset < start || offset + length > start + bytes.length) {
      start = offset;
      bytes = new Uint8Array(await source.read(offset, Math.min(Math.max(length, WINDOW_BYTES), source.size - offset)));
    }
    return bytes.subarray(offset - start, offset - start + length);
  };
}

function addFile(
  files: Map<string, StoredFile>,
  source: RandomAccess,
  type: string,
  rawPath: string,
  linkedPath: string,
  start: number,
  size: number,
): void {
  const path = normalisePath(rawPath);
  // Before POSIX, a folder was an ordinary entry whose name ends in a slash.
  if ((type === "0" || type === "\0" || type === "7") && !rawPath.endsWith("/")) {
    files.set(path, { path, read: () => readMember(source, path, start, size) });
  }
  // A hard link: the same file under another name, and always after it.
  const linked = type === "1" ? files.get(linkedPath) : undefined;
  if (linked) files.set(path, { ...linked, path });
}

async function readMember(source: RandomAccess, path: string, start: number, size: number): Promise<Uint8Array> {
  if (size > FILE_LIMIT_BYTES) throw fileTooLarge(`${source.name}/${path}`, size);
  return source.read(start, size);
}

function parseHeader(name: string, at: number, block: Uint8Array): Header {
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (parseNumber(block.subarray(148, 156)) !== sum) {
    throw corruptArchive(name, `a tar header at byte ${at}`, "bytes with another checksum");
  }
  const size = parseNumber(block.subarray(124, 136));
  if (size === undefined) throw corruptArchive(name, `a file size in the header at byte ${at}`, "other characters");
  const type = String.fromCharCode(block[156]!);
  const isPosix = text(block.subarray(257, 263)) === "ustar" && block[262] === 0;
  const prefix = isPosix ? text(block.subarray(345, 500)) : "";
  const path = text(block.subarray(0, 100));
  return { path: prefix ? `${prefix}/${path}` : path, linkedPath: text(block.subarray(157, 257)), size, type };
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** A number in octal digits, or big-endian base 256 when the top bit is set (GNU); undefined when it is neither. */
function parseNumber(bytes: Uint8Array): number | undefined {
  if (bytes[0] === 0x80) {
    const value = bytes.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const digits = text(bytes).trim();
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || "0", 8) : undefined;
}

function parseExtension(type: string, bytes: Uint8Array): Overrides {
  if (type === "L") return { path: text(bytes) };
  if (type === "K") return { linkedPath: text(bytes) };
  return parsePax(bytes);
}

/** Records `length key=value\n`, the length counting the whole record in bytes. */
function parsePax(bytes: Uint8Array): Overrides {
  const found: Overrides = {};
  for (let at = 0; at < bytes.length; ) {
    const length = Number.parseInt(text(bytes.subarray(at, at + 20)), 10);
    if (!(length >= 5)) break;
    const record = new TextDecoder().decode(bytes.subarray(at, at + length - 1));
    const [, key, value] = /^\d+ ([^=]+)=(.*)$/s.exec(record) ?? [];
    if (key === "path" && value) found.path = value;
    if (key === "linkpath" && value) found.linkedPath = value;
    if (key === "size" && Number.isSafeInteger(Number(value))) found.size = Number(value);
    at += length;
  }
  return found;
}
