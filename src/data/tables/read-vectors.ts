import { extname } from "node:path";
import type { RandomAccess } from "../sources/random-access.js";
import { type DelimitedOptions, delimitedVectors } from "./delimited-vectors.js";
import { type FileInput, openInput, readText } from "./input.js";
import { jsonLineVectors } from "./json-lines.js";
import { descriptionsBeside, readDescriptions } from "./labels-file.js";
import { readNpyVectors } from "./npy.js";
import { readParquetVectors } from "./parquet.js";
import { type Described, descriptions, invalidTable, type VectorTable, vectorTable } from "./vector-table.js";

/** File formats of vectors. */
export type VectorFormat = "npy" | "csv" | "jsonl" | "parquet";

/** Options of {@link readVectors}. */
export interface ReadVectorsOptions extends DelimitedOptions {
  /** Default: by the ending of the path, or by the first bytes. `csv` is tab-separated text as well. */
  readonly format?: VectorFormat;
  /**
   * The labels, one a row, or a file of them (.npy, .txt, .csv, .tsv, .jsonl). Default for .npy: the file beside it called
   * `x.names.jsonl`, `x.labels.csv`, `x_labels.npy` or the like, where there is one.
   */
  readonly labels?: string | readonly string[];
}

const formats: Readonly<Record<string, VectorFormat>> = {
  ".npy": "npy",
  ".csv": "csv",
  ".tsv": "csv",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".parquet": "parquet",
};

/** Whether the ending of `path` is that of a table of vectors. */
export function isVectorFile(path: string): boolean {
  return Object.hasOwn(formats, extname(path).toLowerCase());
}

/**
 * Reads vectors and what is known about them from .npy, CSV, TSV, JSON lines or Parquet, given by path or as bytes.
 *
 * - .npy: shape (N, D), any number type; descriptions from `labels`.
 * - CSV, TSV: columns label, name, split, group (or usual synonyms) describe, all others are numbers.
 * - JSON lines: {"embedding": [...], "label": ...}.
 * - Parquet: a column of lists, or columns of numbers.
 *
 * All numbers become float32 and must be finite. Sizes are checked against the bytes there before anything is allocated.
 * Errors: `invalid-table` with file, row and column; `cannot-read`.
 */
export async function readVectors(input: FileInput, options: ReadVectorsOptions = {}): Promise<VectorTable> {
  const file = await openInput(input);
  const format = options.format ?? (await formatOf(file));
  const table = await readTable(file, format, options);
  const beside = typeof input === "string" && format === "npy" ? await descriptionsBeside(input) : undefined;
  const labels = options.labels ?? beside;
  if (labels === undefined) return table;
  const where = typeof labels === "string" ? labels : "labels";
  const described = typeof labels === "string" ? await readDescriptions(labels, options) : { label: labels };
  return withDescriptions(where, table, described);
}

async function formatOf(file: RandomAccess): Promise<VectorFormat> {
  const byName = formats[extname(file.name).toLowerCase()];
  if (byName) return byName;
  const start = String.fromCharCode(...(await file.read(0, Math.min(64, file.size))));
  if (start.startsWith("\x93NUMPY")) return "npy";
  if (start.startsWith("PAR1")) return "parquet";
  return start
    .replace(/^\xef\xbb\xbf/, "")
    .trimStart()
    .startsWith("{")
    ? "jsonl"
    : "csv";
}

async function readTable(file: RandomAccess, format: VectorFormat, options: ReadVectorsOptions): Promise<VectorTable> {
  if (format === "parquet") return readParquetVectors(file, options.columns);
  if (format === "npy") {
    const { vectors, dimension } = await readNpyVectors(file);
    return vectorTable(file.name, vectors, dimension, {});
  }
  const text = await readText(file);
  if (format === "jsonl") return jsonLineVectors(text, file.name, options.columns);
  return delimitedVectors(text, file.name, options);
}

function withDescriptions(where: string, table: VectorTable, described: Described): VectorTable {
  for (const key of descriptions) {
    const found = described[key]?.length ?? table.rows;
    if (found !== table.rows) throw invalidTable(where, `${table.rows} rows, as many as vectors`, String(found));
  }
  return { ...table, ...vectorTable(where, table.vectors, table.dimension, described) };
}
