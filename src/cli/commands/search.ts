import { readFile } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import type { ImageItem, SkippedImage } from "../../data/index.js";
import { isEmbeddedFile, readVectors } from "../../data/tables/index.js";
import { SimileError } from "../../errors/index.js";
import { approximateIndex, type Embeddings, type Neighbours, nearestNeighbours } from "../../evaluate/index.js";
import type { Embedder } from "../../train/index.js";
import { readCalibration } from "../calibration.js";
import {
  type DistanceFlag,
  distanceOf,
  embedSource,
  type LabelledEmbeddings,
  type ModelCommandOptions,
  withModel,
} from "../embedding.js";
import { wrongArguments } from "../judged.js";
import { createOutput, leftOut, type Output, percent, table } from "../output.js";

/** Flags of `simile search`. */
export interface SearchCommandOptions extends ModelCommandOptions {
  readonly index: string;
  readonly k: string;
  readonly distance?: DistanceFlag;
  /** Only results within the run's calibrated distance. */
  readonly matches?: boolean;
  /** Search a graph of near items instead of all, and say how much that finds. */
  readonly approximate?: boolean;
}

interface Found {
  readonly name: string;
  readonly label: string;
  readonly distance: number;
  /** Whether it is within the calibrated distance, where there is one. */
  readonly match?: boolean;
}

function pictureFile(path: string): ImageItem {
  return {
    name: path,
    label: basename(dirname(path)),
    read: async () => ({ kind: "encoded", bytes: await readFile(path) }),
  };
}

async function readIndex(path: string): Promise<LabelledEmbeddings> {
  const { vectors, dimension, names, labels } = await readVectors(path);
  const rows = Array.from({ length: vectors.length / dimension }, (_, row) => `row ${row}`);
  return { data: vectors, dimension, names: names ?? rows, labels: labels ?? rows.map(() => ""), skipped: [] };
}

function checkIndex(index: LabelledEmbeddings, dimension: number, source: string): void {
  if (index.dimension === dimension) return;
  throw new SimileError({
    code: "wrong-index",
    where: source,
    expected: `embeddings of ${dimension} numbers, as this model makes them`,
    received: `${index.dimension} numbers a row`,
    remedy: "make the file anew with `simile embed` and this run",
  });
}

function positiveInteger(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new SimileError({
    code: "wrong-arguments",
    where: "-k",
    expected: "a whole number from 1",
    received: text,
    remedy: "say how many results you want",
  });
}

/** Items of the index near each query, and what share of the nearest ones they are where not all were looked at. */
interface Search {
  readonly neighbours: Neighbours;
  readonly recall?: number;
}

async function searchIndex(
  queries: Embeddings,
  index: Embeddings,
  { k, distance, device, approximate }: RankOptions,
  output: Output,
): Promise<Search> {
  if (!approximate) return { neighbours: await nearestNeighbours(queries, index, { k, distance, device }) };
  const onProgress = (done: number, total: number) => output.status(`indexed ${done} of ${total}`);
  const graph = await approximateIndex(index, { distance, onProgress });
  // Queries may be few; items of the index that look for each other are many.
  const others = Math.min(k, index.data.length / index.dimension - 1);
  const recall = others > 0 ? await graph.recall(index, { k: others, queriesInGallery: true }) : 1;
  output.line(`approximate: finds ${percent(recall)} of the ${others} nearest (measured on items of the index)`);
  return { neighbours: graph.search(queries, { k }), recall };
}

interface RankOptions {
  readonly k: number;
  readonly distance: DistanceFlag;
  readonly device: ModelCommandOptions["device"];
  readonly approximate: boolean;
}

/** The `k` items of `index` nearest to each row of `queries`, the nearest first. */
async function rank(
  queries: Embeddings,
  index: LabelledEmbeddings,
  options: RankOptions,
  output: Output,
): Promise<{ ranked: Found[][]; recall?: number }> {
  const k = Math.min(options.k, index.names.length);
  const { neighbours, ...measured } = await searchIndex(queries, index, { ...options, k }, output);
  const ranked = Array.from({ length: queries.data.length / queries.dimension }, (_, row) =>
    Array.from(neighbours.indices.subarray(row * k, (row + 1) * k), (at, place) => {
      // Rounding may put a picture a hair nearer than itself.
      const distance = Math.max(0, neighbours.distances[row * k + place]!);
      return { name: index.names[at]!, label: index.labels[at]!, distance };
    }).filter(({ distance }) => Number.isFinite(distance)),
  );
  return { ranked, ...measured };
}

function resultText(query: string, found: readonly Found[]): string {
  const places = `${found.length}.`.length;
  const lines = found.map(({ name, label, distance, match }, i) => [
    `${`${i + 1}.`.padStart(places)} ${name}`,
    label,
    distance.toFixed(4),
    ...(match === undefined ? [] : [match ? "same" : ""]),
  ]);
  if (found.length === 0) return `${query}\nnothing within the calibrated distance`;
  return `${query}\n${table(["", "class", "distance", ...(found[0]?.match === undefined ? [] : ["match"])], lines)}`;
}

/** A query as the command line names it, and its embedding. */
interface Queries extends Embeddings {
  readonly names: readonly string[];
  readonly skipped: readonly SkippedImage[];
}

/** Pictures by their paths; for a model of vectors the rows of tables. */
async function embedQueries(embedder: Embedder, paths: readonly string[]): Promise<Queries> {
  if (embedder.input.kind === "image") {
    const { kept, skipped, data, dimension } = await embedder.embedImages(paths.map(pictureFile));
    return { data, dimension, names: Array.from(kept, (row) => paths[row]!), skipped };
  }
  const tables = await Promise.all(paths.map((path) => readVectors(path)));
  const names = tables.flatMap(({ names: own, rows }, at) =>
    Array.from({ length: rows }, (_, row) => own?.[row] || `${paths[at]} row ${row + 1}`),
  );
  const embedded = await Promise.all(
    tables.map(({ vectors, dimension }) => embedder.embedVectors({ data: vectors, dimension })),
  );
  const data = Float32Array.from(embedded.flatMap((rows) => [...rows.data]));
  return { data, dimension: embedder.dimension, names, skipped: [] };
}

/**
 * Whether an index is embedded already: a .parquet or .npy, for a model of vectors one that `simile embed` wrote (or whose
 * rows cannot be its inputs).
 */
async function isEmbedded(path: string, { input, dimension }: Embedder): Promise<boolean> {
  if (![".parquet", ".npy"].includes(extname(path).toLowerCase())) return false;
  if (input.kind === "image" || (await isEmbeddedFile(path))) return true;
  return input.dimension !== dimension && (await readVectors(path)).dimension !== input.dimension;
}

/** Ranks the items of an index (a data set, or a file that `simile embed` wrote) by nearness to each query: a picture, or a row of a table. */
export async function searchCommand(
  run: string,
  queries: readonly string[],
  options: SearchCommandOptions,
): Promise<number> {
  const output = createOutput(options.json ?? false);
  const k = positiveInteger(options.k);
  return withModel(run, options, async (embedder) => {
    const asked = await embedQueries(embedder, queries);
    const { skipped, dimension } = asked;
    if (asked.names.length === 0) {
      throw new SimileError({
        code: "no-query",
        where: queries.join(", "),
        expected: "a picture to search with",
        received: skipped[0]?.reason ?? "nothing",
        remedy: "check the path and the file",
      });
    }
    for (const line of leftOut(skipped)) output.line(line);
    const stored = await isEmbedded(options.index, embedder);
    const index = stored ? await readIndex(options.index) : await embedSource(embedder, options.index, output);
    checkIndex(index, dimension, options.index);
    const distance = options.distance ?? (await distanceOf(run, embedder));
    const { approximate = false, device } = options;
    const { ranked, ...measured } = await rank(asked, index, { k, distance, device, approximate }, output);
    const calibration = await readCalibration(run, distance);
    if (options.matches && !calibration) {
      throw wrongArguments(
        "--matches",
        `a threshold for ${distance} distance`,
        "none",
        "find one with `simile calibrate --save`",
      );
    }
    const judged = (results: readonly Found[]) =>
      calibration
        ? results
            .map((result) => ({ ...result, match: result.distance <= calibration.threshold }))
            .filter(({ match }) => match || !options.matches)
        : results;
    const found = ranked.map((results, row) => ({
      query: asked.names[row]!,
      results: judged(results),
      ...measured,
    }));
    const unread = skipped.map(({ name, reason }) => ({ query: name, results: [], problem: reason }));
    const text = found.map(({ query, results }) => resultText(query, results));
    output.result([...found, ...unread], text.join("\n\n"));
    return 0;
  });
}
