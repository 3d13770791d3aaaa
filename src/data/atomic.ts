import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SimileError } from "../errors/index.js";

let written = 0;

/**
 * Writes a file so that readers, also after a kill or a power cut, find either the old content or all of the new: a
 * temporary file in the same folder, fsync, rename. Text is written as UTF-8; several pieces one after the other.
 * Errors: `cannot-write`.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array | readonly Uint8Array[],
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${written++}.tmp`);
  try {
    await withFile(temporary, "wx", async (file) => {
      const pieces = typeof content === "string" || content instanceof Uint8Array ? [content] : content;
      for (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    });
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw cannotWrite(path, cause);
  }
  await syncFolder(dirname(path));
}

async function withFile(path: string, flags: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

/** Makes the new name itself durable. Some systems cannot open or sync folders; the rename is atomic there as well. */
async function syncFolder(folder: string): Promise<void> {
  await withFile(folder, "r", (file) => file.sync()).catch(() => {});
}

function cannotWrite(path: string, cause: unknown): SimileError {
  return new SimileError(
    {
      code: "cannot-write",
      where: path,
      expected: "a file that can be written",
      received: cause instanceof Error && "code" in cause ? String(cause.code) : String(cause),
      remedy: "check that the folder exists, is writable and has room",
    },
    { cause },
  );
}
