import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SimileError } from "../errors/index.js";
import type { Dataset, Item } from "./dataset.js";
import { emojiVendors } from "./demo.js";
import { candidatesOf, dataFolders, openDataset } from "./open.js";
import { type FoundSet, missingFiles, recogniseSet } from "./sets/open-set.js";
import type { PublishedSet } from "./sets/published.js";
import { publishedSets } from "./sets/registry.js";
import { requirePublishedSet } from "./sets/selection.js";

/** One part of a data set's own split. */
export interface SplitSummary {
  readonly name: string;
  readonly items: number;
  readonly classes: number;
}

/** What `simile datasets` shows of a data set. */
export interface DatasetSummary {
  /** What to give to openDataset. */
  readonly name: string;
  readonly title: string;
  /** `built in`, or the folder it was found in. */
  readonly location: string;
  readonly kind: Dataset["kind"];
  readonly items: number;
  readonly classes: number;
  /** The parts of the data set's own split, in order of appearance; empty when it has none. */
  readonly splits: readonly SplitSummary[];
  /** Licence of the images, as their makers state it. */
  readonly licence: string;
  /** Lines to show with the images. */
  readonly credits: readonly string[];
  /** The published data set whose official files these are. It is not opened: the counts are those of a complete copy. */
  readonly published?: string;
  /** Why it cannot be opened, when it cannot; the counts are then 0. */
  readonly problem?: string;
}

/** The built-in data set and those found in the folders of {@link dataFolders}, each opened to count what it holds. */
export async function listDatasets(): Promise<DatasetSummary[]> {
  const demo = summary("demo", {
    title: "Emoji by three vendors: one class an emoji, one item a vendor's drawing",
    location: "built in",
    licence: emojiVendors.map(({ name, licence }) => `${name} ${licence}`).join(", "),
    credits: emojiVendors.map(({ credit }) => credit),
  });
  const found: Promise<DatasetSummary | undefined>[] = [demo];
  for (const folder of dataFolders()) {
    for (const name of (await readdir(folder)).sort()) found.push(describeFolder(name, join(folder, name)));
  }
  return (await Promise.all(found)).filter((entry) => entry !== undefined);
}

async function describeFolder(name: string, location: string): Promise<DatasetSummary | undefined> {
  if (!(await stat(location)).isDirectory()) return undefined;
  const official = await recogniseSet(location, name);
  if (official) return publishedSummary(official, name);
  const readme = await readFile(join(location, "README.md"), "utf8").catch(() => "");
  const title = /^# +(.+)$/m.exec(readme)?.[1] ?? name;
  const licence = /^Licen[cs]e: *(.+)$/m.exec(readme)?.[1] ?? "not stated";
  return summary(location, { name, title, location, licence, credits: [] });
}

function publishedSummary({ set, path }: FoundSet, name: string): DatasetSummary {
  const splits = set.counts.map(({ part, items, classes = 0 }) => ({ name: part, items, classes }));
  return {
    name,
    title: set.summary,
    location: path,
    licence: set.licence,
    credits: [],
    kind: "image",
    items: splits.reduce((sum, { items }) => sum + items, 0),
    classes: set.classes,
    splits,
    published: set.name,
  };
}

/** A published data set, and where its official files were found, when they were. */
export interface PublishedSummary extends Omit<PublishedSet, "create" | "options"> {
  readonly location?: string;
  /** Official files that are not there; empty when it is complete. Folders are not looked into. */
  readonly missing: readonly string[];
}

/** All published data sets that Simile reads, or the one called `name`, with where each was found. Errors: `unknown-name`. */
export async function listPublishedSets(name?: string): Promise<PublishedSummary[]> {
  const sets = name === undefined ? publishedSets.entries : [requirePublishedSet(name)];
  return Promise.all(sets.map(publishedState));
}

async function publishedState({ create: _, options: __, ...set }: PublishedSet): Promise<PublishedSummary> {
  for (const location of candidatesOf(set.name).filter(existsSync)) {
    const found = await recogniseSet(location, set.name);
    if (found?.set.name !== set.name) continue;
    return { ...set, location, missing: await missingFiles(found) };
  }
  return { ...set, missing: [] };
}

type Description = Omit<DatasetSummary, "name" | "kind" | "items" | "classes" | "splits"> & { readonly name?: string };

/** Opens `source` and counts. Undefined when it holds nothing that Simile reads. */
async function summary(source: string, description: Description): Promise<DatasetSummary | undefined> {
  const base = { ...description, name: description.name ?? source };
  try {
    const { kind, items } = await openDataset(source);
    const names = new Set(items.map((item) => item.split).filter((name) => name !== undefined));
    const splits = [...names].map((name) => ({ name, ...count(items.filter((item) => item.split === name)) }));
    return { ...base, kind, ...count(items), splits };
  } catch (error) {
    if (!(error instanceof SimileError)) throw error;
    if (error.code === "no-images") return undefined;
    return { ...base, kind: "image", items: 0, classes: 0, splits: [], problem: error.message };
  }
}

function count(items: readonly Item[]): { items: number; classes: number } {
  return { items: items.length, classes: new Set(items.map((item) => item.label)).size };
}
