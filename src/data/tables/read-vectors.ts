import { extname } from "node:path";
import type { RandomAccess } from "../sources/random-access.js";
import { type DelimitedOptions, delimitedVectors } from "./delimited-vectors.js";
import { type FileInput, openInput, readText } from "./input.js";
import { jsonLineVectors } from "./json-lines.js";
import { descriptionsBeside, readDescriptions } from "./labels-file.js";
import { readNpyVectors } from "./npy.js";
import { readParquetNotes, readParquetVectors } from "./parquet.js";
import { type Described, descriptions, invalidTable, type VectorTable, vectorTable } from "./vector-table.js";

/** File formats of vectors. */
export type VectorFormat = "npy" | "csv" | "jsonl" | "parquet";

/** Options of {@link readVectors}. */
export interface ReadVectorsOptions extends DelimitedOptions {
  /** Default: by the ending of the path, or by the first bytes. `csv` is tab-separated text, `jsonl` JSON as well. */
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
  ".json": "jsonl",
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
 * - CSV, TSV: columns label, name, split, group (or usual synonyms) describe; the vector is a column of lists in brackets,
 *   else all columns of numbers; columns of text are left out.
 * - JSON, JSON lines: {"embedding": [...], "label": ...}, what embedding services answer included.
 * - Parquet: a column of lists, or columns of numbers.
 *
 * Labels from another file belong to the rows by name where both have names, else by order.
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

/** The name of the note in a Parquet file of embeddings that Simile wrote. */
export const EMBEDDED_NOTE = "simile.embedded";

/**
 * Whether a file holds embeddings that `simile embed` wrote: a .parquet with its note, or a .npy with the names beside it.
 */
export async function isEmbeddedFile(path: string): Promise<boolean> {
  const ending = extname(path).toLowerCase();
  if (ending === ".npy") return (await descriptionsBeside(path))?.endsWith(".names.jsonl") ?? false;
  return ending === ".parquet" && (await readParquetNotes(await openInput(path))).has(EMBEDDED_NOTE);
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
    .match(/^[[{]/)
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

function withDescriptions(where: string, table: VectorTable, given: Described): VectorTable {
  const described = given.name && table.names ? byName(where, table.names, given, given.name) : given;
  for (const key of descriptions) {
    const found = described[key]?.length ?? table.rows;
    if (found !== table.rows) throw invalidTable(where, `${table.rows} rows, as many as vectors`, String(found));
  }
  return { ...table, ...vectorTable(where, table.vectors, table.dimension, described) };
}

/** Descriptions in the order of `names`; their own order means nothing then. */
function byName(
  where: string,
  names: readonly string[],
  described: Described,
  describedNames: readonly string[],
): Described {
  const rows = new Map(describedNames.map((name, row) => [name, row]));
  const missing = names.filter((name) => !rows.has(name));
  if (missing.length > 0) {
    const remedy = "describe every vector by its name, or leave the names out to go by order";
    const received = `${names.length - missing.length}; ${missing[0]} is missing`;
    throw invalidTable(where, `all of the ${names.length} names that the vectors have`, received, remedy);
  }
  const sorted = Object.entries(described).map(([key, texts]) => [key, names.map((name) => texts[rows.get(name)!]!)]);
  return { ...(Object.fromEntries(sorted) as Described), name: names };
}
