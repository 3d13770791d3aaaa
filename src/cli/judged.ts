import { stat } from "node:fs/promises";
import {
  classIndex,
  type Dataset,
  ImageStore,
  type Item,
  isVectorFile,
  openDataset,
  type VerificationPairs,
} from "../data/index.js";
import { SimileError } from "../errors/index.js";
import { type Exclusion, JUNK, type LabelledRows } from "../evaluate/index.js";
import { rowAt } from "../linalg/rows.js";
import { prepareData, readRunConfig } from "../train/index.js";
import {
  type DistanceFlag,
  distanceOf,
  embedDataset,
  type LabelledEmbeddings,
  type ModelCommandOptions,
  withModel,
} from "./embedding.js";
import type { Output } from "./output.js";

/** Flags of every command that judges embeddings. */
export interface JudgeOptions extends ModelCommandOptions {
  /** Part of the run's own data. */
  readonly part: "train" | "validation" | "test";
  readonly distance?: DistanceFlag;
}

/** Embeddings to be judged: of a model, or read from a file. */
export interface JudgedRows extends LabelledEmbeddings {
  readonly items: readonly Item[];
  /** Where they are from, in words. */
  readonly source: string;
  readonly distance: DistanceFlag;
  /** The pairs of the data's own verification protocol. */
  readonly pairs?: VerificationPairs;
}

/**
 * Rows of a run or model on `data`, or on its own data when none is given; or the rows of a file of embeddings, as
 * `simile embed` writes it.
 */
export async function openJudged(
  source: string,
  data: string | undefined,
  options: JudgeOptions,
  output: Output,
): Promise<JudgedRows> {
  if (isVectorFile(source)) return openEmbeddings(source, data, options);
  return withModel(source, options, async (embedder) => {
    const distance = options.distance ?? (await distanceOf(source, embedder));
    const { dataset, chosen } =
      data === undefined ? await ownPart(source, options.part, output) : withRoles(await openDataset(data));
    for (const note of dataset.notes ?? []) output.line(note);
    const rows = await embedDataset(embedder, dataset, output, chosen);
    const where = data ?? `${options.part} part of ${source}`;
    return {
      ...rows,
      items: itemsOf(rows, dataset),
      source: where,
      distance,
      ...(dataset.pairs && { pairs: dataset.pairs }),
    };
  });
}

/** Embeds a second data set with the same model, or reads a second file. */
export async function openGallery(
  source: string,
  gallery: string,
  options: JudgeOptions,
  output: Output,
): Promise<JudgedRows> {
  return isVectorFile(source)
    ? openEmbeddings(gallery, undefined, options)
    : openJudged(source, gallery, options, output);
}

async function openEmbeddings(path: string, data: string | undefined, options: JudgeOptions): Promise<JudgedRows> {
  if (data !== undefined)
    throw wrongArguments(
      path,
      "a file of embeddings alone: it holds names and classes",
      `${data} as well`,
      "leave the data out",
    );
  const dataset = await openDataset(path);
  if (dataset.kind !== "vector")
    throw wrongArguments(path, "a file of embeddings", "a list of pictures", "embed them first with `simile embed`");
  const { vectors, dimension, items } = dataset;
  const names = items.map(({ name }) => name);
  const labels = items.map(({ label }) => label);
  return {
    data: vectors,
    dimension,
    names,
    labels,
    items,
    skipped: [],
    source: path,
    distance: options.distance ?? "cosine",
  };
}

/** A part of the run's own data, which its configuration brings back. */
async function ownPart(
  run: string,
  part: JudgeOptions["part"],
  output: Output,
): Promise<{ dataset: Dataset; chosen: Int32Array }> {
  if (!(await stat(run)).isDirectory()) {
    throw wrongArguments(
      run,
      "the folder of a run, or a model and a data set",
      "a model alone",
      "give a data set as well",
    );
  }
  const config = await readRunConfig(run);
  const preparing = prepareData(config, new ImageStore({ cacheBytes: 0, shorterSide: config.image.size }));
  for (;;) {
    const { done, value } = await preparing.next();
    if (done) return { dataset: value.dataset, chosen: value.parts[part] };
    if (value.type === "prepare") output.status(`${value.what}: ${value.done} of ${value.total}`);
  }
}

/** Of data with queries and a gallery these alone are judged: the others are there to train on. */
function withRoles(dataset: Dataset): { dataset: Dataset; chosen: Int32Array | undefined } {
  const positions = Int32Array.from(dataset.items.keys());
  const chosen = positions.filter((item) => roleOf(dataset.items[item]!) !== undefined);
  return { dataset, chosen: chosen.length > 0 ? chosen : undefined };
}

/** The items that rows are of; some may have been left out. */
function itemsOf({ names }: LabelledEmbeddings, { items }: Dataset): Item[] {
  const byName = new Map(items.map((item) => [item.name, item]));
  return names.map((name) => byName.get(name)!);
}

/** How a retrieval is to be done: who searches whom, and whom a query must not meet. */
export interface RetrievalProtocol {
  readonly queries: LabelledRows;
  /** Left out where all search each other. */
  readonly gallery?: LabelledRows;
  readonly excludeGroup?: Exclusion["within"];
  /** Names of the classes by label. */
  readonly classes: readonly string[];
  /** [Q] the rows that are queries. */
  readonly queryRows: Int32Array;
}

/** Which of its own a query must not meet: nobody, its class by its camera (or group), or all of its group. */
export type ExcludeFlag = "none" | "camera" | "group" | "sequence";

/** Items with roles are queries or gallery; those with cameras exclude their own, unless told otherwise. */
export function protocolOf(
  rows: JudgedRows,
  gallery: JudgedRows | undefined,
  exclude?: ExcludeFlag,
): RetrievalProtocol {
  const { classes, labels } = classIndex([...rows.items, ...(gallery?.items ?? [])]);
  const all = [...rows.items, ...(gallery?.items ?? [])];
  const rule = exclude ?? (all.some(({ camera }) => camera !== undefined) ? "camera" : "none");
  const groups = rule === "none" ? undefined : groupNumbers(all, rule);
  const labelled = (source: JudgedRows, first: number, chosen: Int32Array): LabelledRows => ({
    ...pickRows(source, chosen),
    labels: chosen.map((row) => labels[first + row]!),
    ...(groups && { groups: chosen.map((row) => groups[first + row]!) }),
  });
  // Parts without roles, such as training images, take no part where others have them.
  const parts = new Set(rows.items.filter((item) => roleOf(item) !== undefined).map(({ split }) => split));
  const divided = parts.size > 0 && !gallery;
  const everyone = Int32Array.from(rows.items.keys()).filter((row) => !divided || parts.has(rows.items[row]!.split));
  const withRole = (role: "query" | "gallery") => everyone.filter((row) => (roleOf(rows.items[row]!) ?? role) === role);
  const queryRows = divided ? withRole("query") : everyone;
  const held = gallery
    ? labelled(gallery, rows.items.length, Int32Array.from(gallery.items.keys()))
    : divided
      ? labelled(rows, 0, withRole("gallery"))
      : undefined;
  if (held?.labels.length === 0 || queryRows.length === 0) {
    throw wrongArguments(rows.source, "queries and a gallery", "one of them alone", "give the other with --gallery");
  }
  return {
    queries: labelled(rows, 0, queryRows),
    ...(held && { gallery: held }),
    ...(rule !== "none" && { excludeGroup: rule === "sequence" ? ("any-class" as const) : ("same-class" as const) }),
    classes,
    queryRows,
  };
}

function roleOf({ role, split }: Item): "query" | "gallery" | undefined {
  return role ?? (split === "query" || split === "gallery" ? split : undefined);
}

/** Cameras or groups as numbers; an item without one is in a group of its own. */
function groupNumbers(items: readonly Item[], rule: Exclude<ExcludeFlag, "none">): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(items, (item, at) => {
    const name = rule === "camera" ? item.camera : item.group;
    if (name === undefined) return JUNK - 1 - at;
    if (!known.has(name)) known.set(name, known.size);
    return known.get(name)!;
  });
}

function pickRows(rows: JudgedRows, chosen: Int32Array): { data: Float32Array; dimension: number } {
  const { dimension } = rows;
  if (chosen.length === rows.names.length) return { data: rows.data, dimension };
  const data = new Float32Array(chosen.length * dimension);
  chosen.forEach((row, at) => data.set(rowAt(rows, row), at * dimension));
  return { data, dimension };
}

/** The error of arguments that do not go together. */
export function wrongArguments(where: string, expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "wrong-arguments", where, expected, received, remedy });
}
