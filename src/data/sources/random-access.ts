import { close, createReadStream, createWriteStream, fstat, open, read, unlink } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createGunzip } from "node:zlib";
import { SimileError } from "../../errors/index.js";
import { corruptArchive } from "./container.js";

const openFile = promisify(open);
const statFile = promisify(fstat);
const readFile = promisify(read);
const unlinkFile = promisify(unlink);

/** Bytes that can be read at any place. */
export interface RandomAccess {
  /** Name for messages. */
  readonly name: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset` on; throws a SimileError (`corrupt-archive`) when they do not exist. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Archives stay open while something can still read from them, so the descriptor goes when the reader is collected. */
const descriptors = new FinalizationRegistry<number>((descriptor) => close(descriptor, () => {}));

class FileAccess implements RandomAccess {
  constructor(
    readonly name: string,
    readonly size: number,
    private readonly descriptor: number,
  ) {
    descriptors.register(this, descriptor);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    checkRange(this, offset, length);
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await readFile(this.descriptor, bytes, done, length - done, offset + done);
      if (bytesRead === 0) throw corruptArchive(this.name, `${this.size} bytes`, `an end at byte ${offset + done}`);
      done += bytesRead;
    }
    return bytes;
  }
}

function checkRange({ name, size }: RandomAccess, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0) {
    if (offset + length <= size) return;
  }
  throw corruptArchive(name, `bytes within the file's ${size}`, `a reference to ${length} bytes at ${offset}`);
}

/** Opens the file at `path` for reading anywhere. */
export async function openRandomAccess(path: string): Promise<RandomAccess> {
  const descriptor = await openFile(path, "r");
  return new FileAccess(path, (await statFile(descriptor)).size, descriptor);
}

/** Bytes in memory as {@link RandomAccess}. */
export function memoryAccess(name: string, bytes: Uint8Array): RandomAccess {
  const access: RandomAccess = {
    name,
    size: bytes.length,
    read: async (offset, length) => {
      checkRange(access, offset, length);
      return bytes.subarray(offset, offset + length);
    },
  };
  return access;
}

/** Passes bytes on and stops at `limitBytes`, so that a small archive cannot fill the disk. */
function limitTo(limitBytes: number, name: string): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      total += chunk.length;
      if (total <= limitBytes) return done(null, chunk);
      done(
        new SimileError({
          code: "archive-too-large",
          where: name,
          expected: `at most ${limitBytes} bytes once inflated`,
          received: "more",
          remedy: "unpack the archive and open the folder, or raise inflatedLimitBytes",
        }),
      );
    },
  });
}

/**
 * Inflates the gzip file at `path` once, as a stream, into a temporary file that has no name any more when this
 * returns: memory stays bounded, any place can be read, and the disk space is freed however the process ends.
 */
export async function inflateToTemporary(path: string, limitBytes: number): Promise<RandomAccess> {
  const folder = await mkdtemp(join(tmpdir(), "simile-"));
  try {
    const temporary = join(folder, "inflated");
    await pipeline(
      createReadStream(path),
      createGunzip(),
      limitTo(limitBytes, path),
      createWriteStream(temporary, { mode: 0o600 }),
    );
    const descriptor = await openFile(temporary, "r");
    await unlinkFile(temporary);
    return new FileAccess(path, (await statFile(descriptor)).size, descriptor);
  } catch (cause) {
    if (cause instanceof SimileError || !isInflateError(cause)) throw cause;
    throw corruptArchive(path, "a whole gzip stream", cause.message, cause);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function isInflateError(cause: unknown): cause is Error {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" && cause.code.startsWith("Z_");
}
