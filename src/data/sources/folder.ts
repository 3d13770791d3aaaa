import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Container, container, FILE_LIMIT_BYTES, fileTooLarge, isLitter, type StoredFile } from "./container.js";

/** Lists the files under the folder at `root`, following links but never in circles. */
export async function readFolder(root: string): Promise<Container> {
  const files: StoredFile[] = [];
  await walk(root, "", new Set(), files);
  return container(root, files);
}

async function walk(root: string, folder: string, open: Set<string>, files: StoredFile[]): Promise<void> {
  const real = await realpath(join(root, folder));
  // Only the folders above this one count: the same folder may well be linked twice.
  if (open.has(real)) return;
  open.add(real);
  for (const entry of await readdir(real, { withFileTypes: true })) {
    if (isLitter(entry.name)) continue;
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    const full = join(root, path);
    const target = entry.isSymbolicLink() ? await stat(full).catch(() => undefined) : entry;
    if (target?.isDirectory()) await walk(root, path, open, files);
    else if (target?.isFile()) files.push({ path, read: () => readWhole(full) });
  }
  open.delete(real);
}

/** Reads a file whole unless it is larger than any image. */
export async function readWhole(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > FILE_LIMIT_BYTES) throw fileTooLarge(path, size);
  return readFile(path);
}
