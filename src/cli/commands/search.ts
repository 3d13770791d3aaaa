import { readFile, stat } from "node:fs/promises";
import { basename, dirname, extname } from "node:path";
import type { ImageItem } from "../../data/index.js";
import { readVectors } from "../../data/tables/index.js";
import { SimileError } from "../../errors/index.js";
import { nearestNeighbours } from "../../evaluate/index.js";
import { openModel } from "../../train/index.js";
import { embedSource, type LabelledEmbeddings } from "../embedding.js";
import { createOutput, table } from "../output.js";

/** Flags of `simile search`. */
export interface SearchCommandOptions {
  readonly index: string;
  readonly k: string;
  readonly distance: "cosine" | "euclidean";
  readonly json?: boolean;
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
  return { data: vectors, dimension, names: names ?? rows, labels: labels ?? rows.map(() => "") };
}

/** Ranks the items of an index (a data set, or a file that `simile embed` wrote) by nearness to each query picture. */
export async function searchCommand(
  run: string,
  queries: readonly string[],
  options: SearchCommandOptions,
): Promise<number> {
  const output = createOutput(options.json ?? false);
  const k = Number(options.k);
  if (!Number.isInteger(k) || k < 1) {
    throw new SimileError({
      code: "wrong-arguments",
      where: "-k",
      expected: "a whole number from 1",
      received: options.k,
      remedy: "say how many results you want",
    });
  }
  for (const query of queries) {
    if (await stat(query).catch(() => undefined)) continue;
    throw new SimileError({
      code: "no-file",
      where: query,
      expected: "a picture to search with",
      received: "nothing",
      remedy: "check the path",
    });
  }
  const embedder = await openModel(run);
  try {
    const stored = [".parquet", ".npy"].includes(extname(options.index).toLowerCase());
    const index = stored ? await readIndex(options.index) : await embedSource(embedder, options.index, output);
    const { kept, skipped, ...rows } = await embedder.embedImages(queries.map(pictureFile));
    for (const { name, reason } of skipped) output.line(`left out ${name}: ${reason}`);
    const shown = Math.min(k, index.names.length);
    const { indices, distances } = await nearestNeighbours(rows, index, { k: shown, distance: options.distance });
    const results = Array.from(kept, (query, row) => ({
      query: queries[query]!,
      results: Array.from({ length: shown }, (_, rank) => {
        const at = indices[row * shown + rank]!;
        return { name: index.names[at]!, label: index.labels[at]!, distance: distances[row * shown + rank]! };
      }),
    }));
    const text = results.map(({ query, results: found }) => {
      const lines = found.map(({ name, label, distance }, rank) => [
        `${rank + 1}. ${name}`,
        label,
        distance.toFixed(4),
      ]);
      return `${query}\n${table(["", "class", "distance"], lines)}`;
    });
    output.result(results, text.join("\n\n"));
    return kept.length > 0 ? 0 : 1;
  } finally {
    await embedder.release();
  }
}
