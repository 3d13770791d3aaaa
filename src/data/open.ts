import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, delimiter, extname, join, resolve } from "node:path";
import { SimileError } from "../errors/index.js";
import type { Dataset, ImageDataset, ImageItem } from "./dataset.js";
import { openDemo } from "./demo.js";
import { type ClassFolders, classFolderItems } from "./sources/class-folders.js";
import { isLitter } from "./sources/container.js";
import { isListing, type ListingColumns, listsImages, readListing } from "./sources/listing.js";
import { containerStem, isArchive, openContainer } from "./sources/open-container.js";
import { splitInName } from "./split-names.js";

export interface OpenOptions {
  /** Columns of a listing, when they are not called path, label, split and group (or a usual synonym). */
  readonly columns?: ListingColumns;
  /** Images in no class folder: an error, or kept with an empty label (for search); default `error`. */
  readonly unlabelled?: "error" | "keep";
  /** Largest size of a gzipped tar once inflated; default 2^35. */
  readonly inflatedLimitBytes?: number;
}

/**
 * Opens a data set. `source` is one of
 *
 * - `demo`, the built-in emoji;
 * - a folder or archive (.zip, .tar, .tar.gz) of class folders, or several of them as an array;
 * - a listing of images (.csv, .tsv, .jsonl): see readListing;
 * - a folder holding such archives, or a listing called `labels`, which is then used;
 * - images in MNIST's idx format (.gz or not), their labels beside them;
 * - a table of vectors (.npy, .csv, Parquet);
 * - the name of any of these within the folders of {@link dataFolders}.
 *
 * Archives are read where they are. Errors: `unknown-source`, and those of each kind.
 */
export async function openDataset(source: string | readonly string[], options: OpenOptions = {}): Promise<Dataset> {
  if (typeof source !== "string") return openClassFolders(source.map(locate), source.join("+"), options);
  if (source === "demo") return openDemo();
  const path = locate(source);
  const name = containerStem(path);
  if ((await stat(path)).isDirectory()) return openFolder(path, name, options);
  if (isArchive(path)) return openClassFolders([path], name, options);
  if (isListing(path) && (await listsImages(path, options.columns))) return openListing(path, name, options);
  throw unknownSource(source, `a file ${extname(path) || "without an ending"}`);
}

/** Folders in which data sets are found by name: those of the variable SIMILE_DATA, and `../shared/data`. */
export function dataFolders(): string[] {
  const named = (process.env.SIMILE_DATA ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...new Set([...named, join("..", "shared", "data")].map((folder) => resolve(folder)))].filter(existsSync);
}

function locate(source: string): string {
  const candidates = [resolve(source), ...dataFolders().map((folder) => join(folder, source))];
  const found = candidates.find((path) => existsSync(path));
  if (found === undefined || source === "") throw unknownSource(source, "neither");
  return found;
}

async function openFolder(path: string, name: string, options: OpenOptions): Promise<Dataset> {
  const entries = (await readdir(path, { withFileTypes: true })).filter((entry) => !isLitter(entry.name));
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const listing = files.find((file) => isListing(file) && containerLabel(file));
  if (listing) return openListing(join(path, listing), name, options);
  const archives = chooseArchives(files.filter(isArchive));
  if (files.length === entries.length && archives.length > 0) {
    return openClassFolders(
      archives.map((archive) => join(path, archive)),
      name,
      options,
    );
  }
  return openClassFolders([path], name, options);
}

function containerLabel(file: string): boolean {
  return basename(file, extname(file)).toLowerCase() === "labels";
}

/** If some archives are named after a part of a split, the others (episodes, extras) are not class folders. */
function chooseArchives(archives: readonly string[]): readonly string[] {
  const parts = archives.filter((archive) => splitInName(containerStem(archive)) !== undefined);
  return parts.length > 0 ? parts : archives;
}

async function openListing(path: string, name: string, options: OpenOptions): Promise<ImageDataset> {
  return imageDataset(name, await readListing(path, options.columns, options.inflatedLimitBytes));
}

async function openClassFolders(paths: readonly string[], name: string, options: OpenOptions): Promise<ImageDataset> {
  const splits = paths.map((path) => splitInName(containerStem(path)));
  // One part alone divides nothing, and unnamed ones belong to none.
  const divided = new Set(splits).size > 1 && !splits.includes(undefined);
  const sources: ClassFolders[] = [];
  for (const [i, path] of paths.entries()) {
    const container = await openContainer(path, options.inflatedLimitBytes);
    sources.push({ container, ...(divided ? { split: splits[i]! } : {}) });
  }
  return imageDataset(name, classFolderItems(sources, options.unlabelled ?? "error"));
}

function imageDataset(name: string, items: readonly ImageItem[]): ImageDataset {
  return { kind: "image", name, items };
}

function unknownSource(source: string, received: string): SimileError {
  return new SimileError({
    code: "unknown-source",
    where: source || '""',
    expected: "a folder, archive, listing, table of vectors, or the name of a data set",
    received,
    remedy: "check the path, or choose from what `simile datasets` lists",
  });
}
