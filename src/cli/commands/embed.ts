import { mkdir } from "node:fs/promises";
import { dirname, extname } from "node:path";
import { writeFileAtomic } from "../../data/atomic.js";
import { EMBEDDED_NOTE, writeNpy, writeParquetVectors } from "../../data/tables/index.js";
import { SimileError } from "../../errors/index.js";
import { embedSource, type LabelledEmbeddings, type ModelCommandOptions, withModel } from "../embedding.js";
import { createOutput } from "../output.js";

/** Flags of `simile embed`. */
export interface EmbedOptions extends ModelCommandOptions {
  readonly out: string;
}

type Write = (path: string, rows: LabelledEmbeddings) => Promise<void>;

const writers: Readonly<Record<string, Write>> = {
  ".parquet": (path, { data: vectors, dimension, names, labels }) =>
    writeParquetVectors(path, { vectors, dimension, names, labels }, { [EMBEDDED_NOTE]: `${dimension}` }),
  ".npy": async (path, { data, dimension, names, labels }) => {
    await writeNpy(path, data, [names.length, dimension]);
    const lines = names.map((name, i) => `${JSON.stringify({ name, label: labels[i] })}\n`);
    await writeFileAtomic(`${path.slice(0, -".npy".length)}.names.jsonl`, lines.join(""));
  },
};

/** Embeds a data set into a file: Parquet with names and labels, or .npy with a .names.jsonl beside it. */
export async function embedCommand(run: string, data: string, options: EmbedOptions): Promise<number> {
  const { out, json = false } = options;
  const write = writers[extname(out).toLowerCase()];
  if (write === undefined) {
    throw new SimileError({
      code: "unknown-format",
      where: "--out",
      expected: "a file ending in .parquet or .npy",
      received: out,
      remedy: "choose one of these endings",
    });
  }
  const output = createOutput(json);
  return withModel(run, options, async (embedder) => {
    await mkdir(dirname(out), { recursive: true });
    const rows = await embedSource(embedder, data, output);
    await write(out, rows);
    const { skipped, dimension } = rows;
    const items = rows.names.length;
    output.result(
      { file: out, items, dimension, skipped },
      `wrote ${items} embeddings of ${dimension} numbers to ${out}`,
    );
    return 0;
  });
}
