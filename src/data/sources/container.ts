import { SimileError } from "../../errors/index.js";

/** A file within a folder or archive. */
export interface StoredFile {
  /** Path within the container, with `/` between its parts. */
  readonly path: string;
  /** Reads the whole file. Throws a SimileError when its bytes are damaged or cannot be had. */
  read(): Promise<Uint8Array>;
}

/** A folder, tar or zip: files that are read where they are. */
export interface Container {
  /** Where it is. */
  readonly path: string;
  /** The files, sorted by path; folders, links and the litter of operating systems left out. */
  readonly files: readonly StoredFile[];
}

/** Files larger than this are not read into memory: no image is that large, but a forged size can be. */
export const FILE_LIMIT_BYTES = 2 ** 29;

/** The error for bytes that are not the archive they should be. */
export function corruptArchive(where: string, expected: string, received: string, cause?: unknown): SimileError {
  const remedy = "the file is damaged, cut short or of another kind: fetch or create it again";
  return new SimileError({ code: "corrupt-archive", where, expected, received, remedy }, { cause });
}

/** The error for a file the size of which forbids reading it whole. */
export function fileTooLarge(where: string, size: number): SimileError {
  return new SimileError({
    code: "file-too-large",
    where,
    expected: `at most ${FILE_LIMIT_BYTES} bytes`,
    received: `${size}`,
    remedy: "leave the file out; images are not that large",
  });
}

const LITTER = new Set(["__MACOSX", "Thumbs.db", "desktop.ini", "@eaDir"]);

/** Whether a file or folder name is hidden or litter an operating system leaves behind. */
export function isLitter(name: string): boolean {
  return name.startsWith(".") || LITTER.has(name);
}

/** A path as archives of all systems may hold it, with `/` between parts and no leading `./` or `/`. */
export function normalisePath(path: string): string {
  return path
    .replaceAll("\\", "/")
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** Makes a container of `files`; of files with the same path the last counts, as when unpacking. */
export function container(path: string, files: Iterable<StoredFile>): Container {
  const byPath = new Map<string, StoredFile>();
  for (const file of files) {
    if (file.path !== "" && !file.path.split("/").some(isLitter)) byPath.set(file.path, file);
  }
  return { path, files: [...byPath.values()].sort((a, b) => (a.path < b.path ? -1 : 1)) };
}
