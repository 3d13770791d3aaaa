import { ByteWriter, type ColumnSource, parquetWrite, type SchemaElement } from "hyparquet-writer";
import { SimileError } from "../../errors/index.js";
import { writeFileAtomic } from "../atomic.js";
import type { VectorTable } from "./vector-table.js";

/** What {@link writeParquetVectors} writes; `rows` follows from the vectors. */
export type WrittenVectors = Omit<VectorTable, "rows">;

/** Rows a group: keeps the nested lists that the encoder needs small. */
const rowsPerGroup = 10_000;

/**
 * Writes vectors as Parquet, atomically: columns `name`, `label`, `split`, `group` (those that are given) and `embedding`,
 * a list of float32. `metadata`: notes by key in the file's footer. Errors: `shape-mismatch`, `cannot-write`.
 */
export async function writeParquetVectors(
  path: string,
  table: WrittenVectors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const rows = table.vectors.length / table.dimension;
  const texts = Object.entries({ name: table.names, label: table.labels, split: table.splits, group: table.groups });
  const given = texts.flatMap(([name, data]) => (data ? [{ name, data: [...data] }] : []));
  for (const { name, data } of given) requireRows(path, rows, data.length, name);
  requireRows(path, Math.floor(rows), rows, "embedding");
  const embedding: ColumnSource = {
    name: "embedding",
    data: listsOf(table, rows),
    encoding: "PLAIN",
    codec: "UNCOMPRESSED",
  };
  const writer = new ByteWriter();
  parquetWrite({
    writer,
    columnData: [...given, embedding],
    schema: schemaOf(given.map(({ name }) => name)),
    rowGroupSize: rowsPerGroup,
    kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    createdBy: "simile",
  });
  await writeFileAtomic(path, new Uint8Array(writer.getBuffer()));
}

function listsOf({ vectors, dimension }: WrittenVectors, rows: number): number[][] {
  return Array.from({ length: rows }, (_, row) => [...vectors.subarray(row * dimension, (row + 1) * dimension)]);
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
