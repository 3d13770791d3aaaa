import { extname } from "node:path";
import { writeFileAtomic } from "../../data/atomic.js";
import { writeNpy, writeParquetVectors } from "../../data/tables/index.js";
import { SimileError } from "../../errors/index.js";
import { openModel } from "../../train/index.js";
import { embedSource } from "../embedding.js";
import { createOutput } from "../output.js";

/** Flags of `simile embed`. */
export interface EmbedOptions {
  readonly out: string;
  readonly json?: boolean;
}

/** Embeds a data set into a file: Parquet with names and labels, or .npy with a .names.jsonl beside it. */
export async function embedCommand(run: string, data: string, { out, json }: EmbedOptions): Promise<number> {
  const format = extname(out).toLowerCase();
  if (format !== ".parquet" && format !== ".npy") {
    throw new SimileError({
      code: "unknown-format",
      where: "--out",
      expected: "a file ending in .parquet or .npy",
      received: out,
      remedy: "choose one of these endings",
    });
  }
  const output = createOutput(json ?? false);
  const embedder = await openModel(run);
  try {
    const rows = await embedSource(embedder, data, output);
    const count = rows.names.length;
    if (format === ".parquet")
      await writeParquetVectors(out, {
        vectors: rows.data,
        dimension: rows.dimension,
        names: rows.names,
        labels: rows.labels,
      });
    else {
      await writeNpy(out, rows.data, [count, rows.dimension]);
      const lines = rows.names.map((name, i) => `${JSON.stringify({ name, label: rows.labels[i] })}\n`);
      await writeFileAtomic(`${out.slice(0, -format.length)}.names.jsonl`, lines.join(""));
    }
    output.result(
      { file: out, items: count, dimension: rows.dimension },
      `wrote ${count} embeddings of ${rows.dimension} numbers to ${out}`,
    );
    return 0;
  } finally {
    await embedder.release();
  }
}
