import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { SimileError } from "../errors/index.js";
import type { Dataset, Item } from "./dataset.js";
import { emojiVendors } from "./demo.js";
import { dataFolders, openDataset } from "./open.js";

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
  const readme = await readFile(join(location, "README.md"), "utf8").catch(() => "");
  const title = /^# +(.+)$/m.exec(readme)?.[1] ?? name;
  const licence = /^Licen[cs]e: *(.+)$/m.exec(readme)?.[1] ?? "not stated";
  return summary(location, { name, title, location, licence, credits: [] });
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
