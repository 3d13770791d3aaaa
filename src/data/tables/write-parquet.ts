import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import { SimileError } from "../../errors/index.js";
import { rowAt } from "../../linalg/rows.js";
import { writeFileAtomic } from "../atomic.js";
import type { VectorTable } from "./vector-table.js";

/** What {@link writeParquetVectors} writes; `rows` follows from the vectors. */
export type WrittenVectors = Omit<VectorTable, "rows">;

/** Numbers in a row group: the encoder holds them several times over, as lists. */
const numbersPerGroup = 2 ** 20;

/**
 * Writes vectors as Parquet, atomically: columns `name`, `label`, `split`, `group` (those that are given) and `embedding`,
 * a list of float32. `metadata`: notes by key in the file's footer. Errors: `shape-mismatch`, `cannot-write`.
 */
export async function writeParquetVectors(
  path: string,
  table: WrittenVectors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { vectors, dimension, names, labels, splits, groups } = table;
  const rows = vectors.length / dimension;
  requireRows(path, Math.floor(rows), rows, "embedding");
  const texts = Object.entries({ name: names, label: labels, split: splits, group: groups });
  const given = texts.flatMap(([name, data]) => (data ? [{ name, data }] : []));
  for (const { name, data } of given) requireRows(path, rows, data.length, name);
  const writer = new ByteWriter();
  const kvMetadata = Object.entries(metadata).map(([key, value]) => ({ key, value }));
  const schema = schemaOf(given.map(({ name }) => name));
  const parquet = new ParquetWriter({ writer, schema, kvMetadata, createdBy: "simile" });
  const perGroup = Math.max(1, Math.floor(numbersPerGroup / dimension));
  for (let first = 0; first < rows; first += perGroup) {
    const end = Math.min(first + perGroup, rows);
    const lists = Array.from({ length: end - first }, (_, i) => [...rowAt({ data: vectors, dimension }, first + i)]);
    const columnData = given.map(({ name, data }): ColumnSource => ({ name, data: data.slice(first, end) }));
    // Embeddings neither compress nor have ranges worth noting.
    columnData.push({ name: "embedding", data: lists, encoding: "PLAIN", codec: "UNCOMPRESSED", statistics: false });
    parquet.write({ columnData, rowGroupSize: perGroup });
  }
  parquet.finish();
  await writeFileAtomic(path, writer.getBytes());
}

/** The standard three-level list, and strings before it. */
function schemaOf(texts: readonly string[]): SchemaElement[] {
  const text = (name: string): SchemaElement => ({
    name,
    type: "BYTE_ARRAY",
    repetition_type: "REQUIRED",
    converted_type: "UTF8",
    logical_type: { type: "STRING" },
  });
  return [
    { name: "schema", num_children: texts.length + 1 },
    ...texts.map(text),
    {
      name: "embedding",
      repetition_type: "REQUIRED",
      num_children: 1,
      converted_type: "LIST",
      logical_type: { type: "LIST" },
    },
    { name: "list", repetition_type: "REPEATED", num_children: 1 },
    { name: "element", type: "FLOAT", repetition_type: "REQUIRED" },
  ];
}

function requireRows(where: string, expected: number, received: number, what: string): void {
  if (expected === received && received > 0) return;
  throw new SimileError({
    code: "shape-mismatch",
    where,
    expected: `${what} of ${expected || "some"} rows`,
    received: String(received),
    remedy: "give whole vectors of that dimension, and one entry a vector",
  });
}
