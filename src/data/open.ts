import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, delimiter, extname, join, resolve } from "node:path";
import { SimileError } from "../errors/index.js";
import type { Dataset, ImageDataset, ImageItem, VectorDataset } from "./dataset.js";
import { openDemo } from "./demo.js";
import { type ClassFolders, classFolderItems } from "./sources/class-folders.js";
import { isLitter } from "./sources/container.js";
import { isIdxImages, readIdxImages } from "./sources/idx-images.js";
import { isListing, type ListingColumns, listsImages, readListing } from "./sources/listing.js";
import { containerStem, isArchive, openContainer } from "./sources/open-container.js";
import { splitInName } from "./split-names.js";
import { isVectorFile, readVectors, type VectorColumns, vectorDataset } from "./tables/index.js";

/** Options of {@link openDataset}. */
export interface OpenOptions {
  /** Columns of a table, when they are not called path or name, label, split and group (or a usual synonym). */
  readonly columns?: ListingColumns & VectorColumns;
  /** What a table holds that has both paths and numbers; default images. */
  readonly kind?: Dataset["kind"];
  /** File of the labels of vectors, when it is not beside them under a usual name: see readVectors. */
  readonly labels?: string;
  /** Images in no class folder or vectors without labels: an error, or kept with an empty label; default `error`. */
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
 * - a table of vectors (.npy, .csv, .tsv, .jsonl, .parquet): see readVectors;
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
  if (isIdxImages(path)) return imageDataset(name, await readIdxImages([path]));
  if (await isImageListing(path, options)) return openListing(path, name, options);
  if (isVectorFile(path)) return openVectors(path, options);
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
  if (found === undefined || source === "") throw unknownSource(source, "nothing of that name");
  return found;
}

async function openFolder(path: string, name: string, options: OpenOptions): Promise<Dataset> {
  const entries = (await readdir(path, { withFileTypes: true })).filter((entry) => !isLitter(entry.name));
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const listing = files.find((file) => isListing(file) && isCalledLabels(file));
  if (listing && (await isImageListing(join(path, listing), options))) {
    return openListing(join(path, listing), name, options);
  }
  const archives = chooseArchives(files.filter(isArchive));
  if (files.length === entries.length && archives.length > 0) {
    return openClassFolders(
      archives.map((archive) => join(path, archive)),
      name,
      options,
    );
  }
  const idx = files.filter(isIdxImages);
  if (idx.length > 0) return imageDataset(name, await readIdxImages(idx.map((file) => join(path, file))));
  return openClassFolders([path], name, options);
}

async function isImageListing(path: string, { kind, columns }: OpenOptions): Promise<boolean> {
  if (!isListing(path) || kind === "vector") return false;
  return kind === "image" || listsImages(path, columns);
}

async function openVectors(path: string, { columns, labels, unlabelled }: OpenOptions): Promise<VectorDataset> {
  const table = await readVectors(path, { ...(columns && { columns }), ...(labels && { labels }) });
  const named = unlabelled === "keep" ? { labels: new Array<string>(table.rows).fill(""), ...table } : table;
  return vectorDataset(named, basename(path, extname(path)));
}

function isCalledLabels(file: string): boolean {
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
