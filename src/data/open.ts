import { type Dirent, existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, delimiter, extname, join, resolve } from "node:path";
import { SimileError } from "../errors/index.js";
import type { Dataset, ImageDataset, ImageItem, VectorDataset } from "./dataset.js";
import { openDemo } from "./demo.js";
import { otherKind } from "./other-kinds.js";
import { openPublishedSet, recogniseSet } from "./sets/open-set.js";
import type { PublishedSet } from "./sets/published.js";
import { notThere, parseSelection, publishedSetNamed, requirePublishedSet, type Selection } from "./sets/selection.js";
import { type ClassFolders, classFolderItems } from "./sources/class-folders.js";
import { isLitter } from "./sources/container.js";
import { isIdxImages, readIdxImages } from "./sources/idx-images.js";
import { isListing, type ListingColumns, listsImages, readListing } from "./sources/listing.js";
import { containerStem, isArchive, openContainer } from "./sources/open-container.js";
import { readPairsListing } from "./sources/pairs-listing.js";
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
  /** Options of a published data set (see `simile datasets NAME`), such as `{ crop: true }`; `set` names it (`none`: no official files). */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** File of verification pairs; default `pairs.csv` beside a listing called `labels`. */
  readonly pairs?: string;
  /** Largest size of a gzipped tar once inflated; default 2^35. */
  readonly inflatedLimitBytes?: number;
}

/**
 * Opens a data set. `source` is one of
 *
 * - `demo`, the built-in emoji;
 * - a folder or archive of a published data set as its makers hand it out, or its name: `cub-200-2011`; options may follow,
 *   as in `vehicle-id:test=1600,seed=3`;
 * - a folder or archive (.zip, .tar, .tar.gz) of class folders, or several of them as an array;
 * - a listing of images (.csv, .tsv, .jsonl, .txt): see readListing;
 * - a folder holding such archives, a listing called `labels`, or text files that list a part each (`X_train.txt`);
 * - images in MNIST's idx format (.gz or not), their labels beside them;
 * - a table of vectors (.npy, .csv, .tsv, .jsonl, .parquet): see readVectors;
 * - the name of any of these within the folders of {@link dataFolders}.
 *
 * Items of parts called query and gallery are those of the test. Archives are read where they are. Errors:
 * `unknown-source`, `data-set-not-found`, `not-for-embedding`, `several-tables`, and those of each kind.
 */
export async function openDataset(source: string | readonly string[], options: OpenOptions = {}): Promise<Dataset> {
  if (typeof source !== "string") return openClassFolders(source.map(locate), source.join("+"), options);
  if (source === "demo") return openDemo();
  const { place, settings } = selectionOf(source, options);
  const path = locate(place);
  const { set: asked, ...rest } = settings;
  if (asked === "none") return openPlace(place, path, options);
  const published = asked === undefined ? publishedSetNamed(place) : requirePublishedSet(String(asked));
  const found = await recogniseSet(path, published?.name);
  if (found) return openPublishedSet(found, rest, options.inflatedLimitBytes);
  if (Object.keys(settings).length > 0) throw noSettings(place, Object.keys(settings));
  const dataset = await openPlace(place, path, options);
  if (published === undefined) return dataset;
  const note = `not the official files of ${published.name}: opened as it lies there, its counts and split are not checked`;
  return { ...dataset, notes: [...(dataset.notes ?? []), note] };
}

function selectionOf(source: string, { settings = {} }: OpenOptions): Selection {
  // What exists under the whole name is that.
  if (candidatesOf(source).some((path) => existsSync(path))) return { place: source, settings };
  const selection = parseSelection(source);
  return { ...selection, settings: { ...selection.settings, ...settings } };
}

async function openPlace(source: string, path: string, options: OpenOptions): Promise<Dataset> {
  const name = containerStem(path);
  if ((await stat(path)).isDirectory()) return openFolder(path, name, options);
  if (isArchive(path)) return openClassFolders([path], name, options).catch((error) => explain(error, path, [path]));
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

/** Where a source may lie: at its path, or in a data folder under its name or another name of that published data set. */
export function candidatesOf(source: string): string[] {
  const set = publishedSetNamed(source);
  const names = set === undefined ? [source] : [source, set.name, ...set.aliases, ...wholeArchives(set)];
  return [resolve(source), ...dataFolders().flatMap((folder) => names.map((name) => join(folder, name)))];
}

function locate(source: string): string {
  const found = candidatesOf(source).find((path) => existsSync(path));
  if (found !== undefined && source !== "") return found;
  const set = publishedSetNamed(source);
  throw set === undefined ? unknownSource(source, "nothing of that name") : notThere(set, dataFolders());
}

/** The archives that hold a data set alone. */
function wholeArchives({ layouts }: PublishedSet): string[] {
  return layouts.flatMap(({ files }) => {
    const needed = new Set(files.filter(({ optional }) => !optional).map(({ archive }) => archive));
    return needed.size === 1 ? [...needed].filter((archive) => archive !== undefined) : [];
  });
}

async function openFolder(path: string, name: string, options: OpenOptions): Promise<Dataset> {
  const entries = (await readdir(path, { withFileTypes: true })).filter((entry) => !isLitter(entry.name));
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const listing = files.find((file) => isListing(file) && isCalledLabels(file));
  if (listing && (await isImageListing(join(path, listing), options))) {
    return withPairs(path, files, await openListing(join(path, listing), name, options), options);
  }
  const lists = await listsOfParts(path, files, options);
  if (lists.length > 0) return openParts(path, lists, name, options);
  const archives = chooseArchives(files.filter(isArchive));
  if (files.length === entries.length && archives.length > 0) {
    const opened = openClassFolders(
      archives.map((archive) => join(path, archive)),
      name,
      options,
    );
    return opened.catch((error) => explain(error, path, files));
  }
  const idx = files.filter(isIdxImages);
  if (idx.length > 0) return imageDataset(name, await readIdxImages(idx.map((file) => join(path, file))));
  return openClassFolders([path], name, options).catch((error) => openTables(error, path, entries, options));
}

/** Text files that list the pictures of one part each, as `X_train.txt` and `X_test.txt`; none when there is one alone. */
async function listsOfParts(path: string, files: readonly string[], options: OpenOptions): Promise<readonly string[]> {
  const texts = files.filter((file) => /\.txt$/i.test(file) && splitInName(basename(file, ".txt")) !== undefined);
  const list = await Promise.all(texts.map((file) => isImageListing(join(path, file), options)));
  const found = texts.filter((_, i) => list[i]);
  return found.length > 1 ? found : [];
}

async function openParts(path: string, lists: readonly string[], name: string, options: OpenOptions) {
  const parts = await Promise.all(
    lists.map(async (file) => {
      const items = await readListing(join(path, file), options.columns, options.inflatedLimitBytes);
      return items.map((item) => ({ split: splitInName(basename(file, ".txt"))!, ...item }));
    }),
  );
  return imageDataset(name, parts.flat());
}

/** A folder without pictures may hold a table of vectors. */
async function openTables(error: unknown, path: string, entries: readonly Dirent[], options: OpenOptions) {
  if (!isWithoutImages(error)) throw error;
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const below = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => (await readdir(join(path, name))).map((file) => `${name}/${file}`)),
  );
  const other = otherKind(path, [...files, ...below.flat()]);
  if (other) throw other;
  const [table, ...others] = files.filter(isVectorFile).sort();
  if (table === undefined) throw error;
  if (others.length > 0) throw severalTables(path, [table, ...others]);
  return openVectors(join(path, table), withLabelsBeside(path, files, options));
}

function isWithoutImages(error: unknown): boolean {
  return error instanceof SimileError && error.code === "no-images";
}

/** Throws what the files are instead of pictures where that is known, else the error itself. */
function explain(error: unknown, path: string, files: readonly string[]): never {
  throw (isWithoutImages(error) && otherKind(path, files)) || error;
}

/** A text file beside a table of vectors alone is that of their labels. */
function withLabelsBeside(path: string, files: readonly string[], options: OpenOptions): OpenOptions {
  const [text, ...others] = files.filter((file) => /\.txt$/i.test(file));
  return text === undefined || others.length > 0 || options.labels ? options : { ...options, labels: join(path, text) };
}

async function withPairs(
  folder: string,
  files: readonly string[],
  dataset: ImageDataset,
  { pairs: given }: OpenOptions,
): Promise<ImageDataset> {
  const path = given ?? (files.includes("pairs.csv") ? join(folder, "pairs.csv") : undefined);
  const pairs = path === undefined ? undefined : await readPairsListing(path, dataset.items);
  return pairs === undefined ? dataset : { ...dataset, pairs };
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
  return { kind: "image", name, items: items.map(inItsRole) };
}

/** Parts called query and gallery are the two sides of one test. */
function inItsRole(item: ImageItem): ImageItem {
  return item.split === "query" || item.split === "gallery" ? { ...item, split: "test", role: item.split } : item;
}

function severalTables(where: string, tables: readonly string[]): SimileError {
  const shown = `${tables.slice(0, 20).join(", ")}${tables.length > 20 ? ", ..." : ""}`;
  return new SimileError({
    code: "several-tables",
    where,
    expected: "one table of vectors, or images",
    received: `the tables ${shown}`,
    remedy: `give one of them, such as ${basename(where)}/${tables.find((table) => !/^index/i.test(table)) ?? tables[0]}`,
  });
}

function noSettings(where: string, keys: readonly string[]): SimileError {
  return new SimileError({
    code: "invalid-option",
    where,
    expected: "no options: these are not the official files of a published data set",
    received: keys.join(", "),
    remedy: "leave the options out, or give the official files (see `simile datasets`)",
  });
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
