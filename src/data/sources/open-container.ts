import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { SimileError } from "../../errors/index.js";
import type { Container } from "./container.js";
import { readFolder } from "./folder.js";
import { inflateToTemporary, openRandomAccess } from "./random-access.js";
import { readTar } from "./tar.js";
import { readZip } from "./zip.js";

const ARCHIVE_NAME = /\.(zip|tar|tar\.gz|tgz)$/i;

/** Default of `inflatedLimitBytes`: above the largest data sets of the field, below what fills most disks. */
export const INFLATED_LIMIT_BYTES = 2 ** 35;

/** Whether `path` is named like an archive that {@link openContainer} reads. */
export function isArchive(path: string): boolean {
  return ARCHIVE_NAME.test(path);
}

/** The name of an archive or folder without its folder and ending. */
export function containerStem(path: string): string {
  return basename(path).replace(ARCHIVE_NAME, "");
}

/**
 * Opens a folder, or an archive (.zip, .tar, .tar.gz, .tgz) in place. Gzipped tars are inflated once into a temporary
 * file of at most `inflatedLimitBytes`, since gzip cannot be read from the middle.
 */
export async function openContainer(path: string, inflatedLimitBytes = INFLATED_LIMIT_BYTES): Promise<Container> {
  if ((await stat(path)).isDirectory()) return readFolder(path);
  const kind = ARCHIVE_NAME.exec(path)?.[1]?.toLowerCase();
  if (kind === "zip") return readZip(await openRandomAccess(path));
  if (kind === "tar") return readTar(await openRandomAccess(path));
  if (kind) return readTar(await inflateToTemporary(path, inflatedLimitBytes));
  throw new SimileError({
    code: "unknown-source",
    where: path,
    expected: "a folder, .zip, .tar, .tar.gz or .tgz",
    received: "a file with another ending",
    remedy: "give a folder or archive of images, or a listing (.csv, .tsv, .jsonl)",
  });
}
