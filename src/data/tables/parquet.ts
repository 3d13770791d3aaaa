import {
  type AsyncBuffer,
  type ColumnMetaData,
  type FileMetaData,
  parquetMetadata,
  parquetRead,
  parquetSchema,
  type RowGroup,
  type SchemaTree,
} from "hyparquet";
import { SimileError } from "../../errors/index.js";
import type { RandomAccess } from "../sources/random-access.js";
import { type ColumnRoles, columnRoles, describedBy } from "./columns.js";
import { compressors } from "./decompress.js";
import { textVector } from "./json-lines.js";
import { checkChunk, checkFooter } from "./parquet-guard.js";
import {
  type Described,
  type Description,
  descriptions,
  invalidTable,
  type VectorColumns,
  type VectorTable,
  vectorTable,
  withOthers,
} from "./vector-table.js";

/** Numbers a file may hold for each of its bytes; far more than embeddings need, and it bounds what a forged file costs. */
const valuesPerByte = 1000;

/** A column of the file's schema as far as it can be read here. */
interface ParquetColumn {
  readonly name: string;
  readonly kind: "number" | "text" | "numbers" | "other";
  /** Names from the column to its one leaf. */
  readonly path: readonly string[];
  /** Largest repetition and definition level of the leaf. */
  readonly repetition: number;
  readonly definition: number;
}

interface ParquetFile {
  readonly access: RandomAccess;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly columns: readonly ParquetColumn[];
}

/**
 * Vectors of a Parquet file: a column of lists of numbers (called `embedding` or `vector`, or the only one of its kind),
 * else all columns of numbers that describe nothing. Errors: `invalid-table`.
 */
export async function readParquetVectors(access: RandomAccess, given: VectorColumns = {}): Promise<VectorTable> {
  const file = await sound(access.name, () => openParquet(access));
  const roles = vectorRoles(access.name, file.columns, given);
  const used = [...new Set(Object.values(roles).flat())].map((at) => file.columns[at]!);
  await sound(access.name, async () => checkCounts(file, used));
  const parts: Part[] = [];
  let rows = 0;
  for (const group of file.metadata.row_groups) {
    const values = await sound(access.name, () => readGroup(file, group, used));
    if (Number(group.num_rows) > 0)
      parts.push(partOf(access.name, { columns: file.columns, roles, values, firstRow: rows }));
    rows += Number(group.num_rows);
  }
  const taken = new Set(used);
  const others = file.columns.filter((column) => !taken.has(column)).map(({ name }) => name);
  return withOthers(joined(access.name, parts), others);
}

/** The notes by key in a Parquet file's footer. Errors: `invalid-table`. */
export async function readParquetNotes(access: RandomAccess): Promise<ReadonlyMap<string, string>> {
  const { metadata } = await sound(access.name, () => openParquet(access));
  return new Map(metadata.key_value_metadata?.map(({ key, value }) => [key, value ?? ""]));
}

/** Any failure of `work` as a SimileError that names the file. */
async function sound<Result>(where: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof SimileError) throw cause;
    const received = cause instanceof Error ? cause.message : String(cause);
    throw invalidTable(
      where,
      "a sound Parquet file",
      received,
      "write it again, with snappy or gzip and plain or dictionary encoding",
      cause,
    );
  }
}

async function openParquet(access: RandomAccess): Promise<ParquetFile> {
  const tail = await access.read(Math.max(0, access.size - 8), Math.min(8, access.size));
  const length = tail.length === 8 ? new DataView(tail.buffer, tail.byteOffset).getUint32(0, true) : 0;
  if (String.fromCharCode(...tail.subarray(4)) !== "PAR1" || length + 12 > access.size) {
    throw new RangeError("a file without a whole footer");
  }
  const footer = await access.read(access.size - 8 - length, length + 8);
  checkFooter(footer);
  const metadata = parquetMetadata(footer, { geoparquet: false });
  const columns = parquetSchema(metadata).children.map(columnOf);
  return { access, buffer: asyncBuffer(access), metadata, columns };
}

function asyncBuffer(access: RandomAccess): AsyncBuffer {
  const slice = async (start: number, end = access.size) => {
    const bytes = await access.read(start, end - start);
    return bytes.slice().buffer as ArrayBuffer;
  };
  return { byteLength: access.size, slice };
}

function columnOf(node: SchemaTree): ParquetColumn {
  const [path, leaf] = pathToLeaf(node);
  const count = (types: readonly string[]) =>
    path.filter(({ element }) => types.includes(element.repetition_type ?? "")).length;
  const levels = { repetition: count(["REPEATED"]), definition: count(["REPEATED", "OPTIONAL"]) };
  const single = leaf.children.length === 0;
  const kind =
    single && path.length === 1 && levels.repetition === 0 ? (isNumber(leaf) ? "number" : "text") : undefined;
  const list = single && levels.repetition === 1 && isNumber(leaf) ? "numbers" : "other";
  const names = path.map(({ element }) => element.name);
  if (!names.every((name) => typeof name === "string")) throw new RangeError("a column without a name");
  return { name: node.element.name, path: names, kind: kind ?? list, ...levels };
}

function pathToLeaf(node: SchemaTree): [SchemaTree[], SchemaTree] {
  if (node.children.length !== 1) return [[node], node];
  const [path, leaf] = pathToLeaf(node.children[0]!);
  return [[node, ...path], leaf];
}

function isNumber({ element: { type, converted_type: converted, logical_type: logical } }: SchemaTree): boolean {
  if (logical?.type === "FLOAT16") return true;
  return /^(FLOAT|DOUBLE|INT32|INT64)$/.test(type ?? "") && !/DATE|TIME/.test(`${converted} ${logical?.type}`);
}

function vectorRoles(where: string, columns: readonly ParquetColumn[], given: VectorColumns): ColumnRoles {
  const names = columns.map(({ name }) => name);
  const { vector, rest, ...roles } = columnRoles(where, names, given);
  const isList = (at: number) => columns[at]!.kind === "numbers";
  // Writers that are given no schema put lists into a column of JSON text.
  if (vector !== undefined && columns[vector]!.kind === "text" && !rest.some(isList)) {
    return { ...roles, vector, rest: [] };
  }
  // A column that only happens to have a usual name may be something else; one that was asked for may not.
  const named = vector !== undefined && (given.vector !== undefined || isList(vector));
  const candidates = (named ? [vector] : rest).filter(isList);
  if (candidates.length === 1) return { ...roles, vector: candidates[0]!, rest: [] };
  const flat = columnRoles(where, names, given, descriptions).rest;
  if (given.vector === undefined && flat.length > 0 && flat.every((at) => columns[at]!.kind === "number"))
    return { ...roles, rest: flat };
  throw invalidTable(
    where,
    "one column of lists of numbers, or all others numbers",
    flat.map((at) => `${names[at]} (${columns[at]!.kind})`).join(", ") || "neither",
    "name the column of vectors in columns.vector, or those to leave out in columns.ignore",
  );
}

/** The values of the used columns in one row group, by name. */
async function readGroup(
  file: ParquetFile,
  group: RowGroup,
  used: readonly ParquetColumn[],
): Promise<Map<string, unknown[]>> {
  const names = used.map(({ name }) => name);
  const rows = Number(group.num_rows);
  for (const column of used) await checkColumn(file, group, column);
  const values = new Map(names.map((name) => [name, [] as unknown[]]));
  await parquetRead({
    file: file.buffer,
    metadata: { ...file.metadata, row_groups: [group], num_rows: group.num_rows },
    columns: names,
    compressors,
    onChunk: ({ columnName, columnData }) => {
      const list = values.get(columnName);
      for (let i = 0; i < columnData.length; i++) list?.push(columnData[i]);
    },
  });
  for (const [name, list] of values) {
    if (list.length < rows) throw new RangeError(`${list.length} of ${rows} rows in column ${name}`);
    list.length = rows;
  }
  return values;
}

/** Throws if the used columns claim more values than a file of this size could mean. */
function checkCounts({ access, metadata }: ParquetFile, used: readonly ParquetColumn[]): void {
  const most = 2 ** 16 + valuesPerByte * access.size;
  for (const column of used) {
    let total = 0;
    for (const group of metadata.row_groups) {
      const [values, rows] = [Number(chunkOf(group, column).num_values), Number(group.num_rows)];
      total += values;
      if (values >= 0 && rows >= 0 && rows <= values && total <= most) continue;
      throw new RangeError(`${values} values for ${rows} rows of column ${column.name} in ${access.size} bytes`);
    }
  }
}

function chunkOf(group: RowGroup, { name, path }: ParquetColumn): ColumnMetaData {
  const chunks = group.columns.flatMap(({ meta_data: chunk }) => (chunk?.path_in_schema[0] === name ? [chunk] : []));
  const chunk = chunks[0];
  if (chunk && chunks.length === 1 && chunk.path_in_schema.join("\0") === path.join("\0")) return chunk;
  throw new RangeError(`column ${name} ${chunk ? "in another shape than the schema says" : "missing"} in a row group`);
}

async function checkColumn({ access }: ParquetFile, group: RowGroup, column: ParquetColumn): Promise<void> {
  const chunk = chunkOf(group, column);
  const start = Number(chunk.dictionary_page_offset || chunk.data_page_offset);
  checkChunk(await access.read(start, Number(chunk.total_compressed_size)), { ...column, chunk });
}

/** One row group's share of a table. */
interface Part {
  readonly vectors: Float32Array;
  readonly dimension: number;
  readonly described: Described;
}

interface PartSource {
  readonly columns: readonly ParquetColumn[];
  readonly roles: ColumnRoles;
  readonly values: ReadonlyMap<string, readonly unknown[]>;
  /** Rows before this group. */
  readonly firstRow: number;
}

function partOf(where: string, { columns, roles, values, firstRow }: PartSource): Part {
  const valuesOf = (at: number) => values.get(columns[at]!.name)!;
  const place = (row: number) => `${where}, row ${firstRow + row + 1}`;
  const rows = [...values.values()][0]!.length;
  const described = describedBy(roles, rows, (row, at) =>
    textOf(valuesOf(at)[row], `${place(row)}, column ${columns[at]!.name}`),
  );
  const cells = Array.from({ length: rows }, (_, row) => {
    const own = roles.vector === undefined ? roles.rest.map((at) => valuesOf(at)[row]) : valuesOf(roles.vector)[row];
    const list = typeof own === "string" ? textVector(own) : own;
    if (Array.isArray(list) || list instanceof Float32Array) return list as ArrayLike<unknown>;
    throw invalidTable(place(row), "a list of numbers", "nothing");
  });
  const dimension = cells[0]!.length;
  const odd = cells.findIndex((own) => own.length !== dimension);
  if (odd >= 0) throw invalidTable(place(odd), `${dimension} numbers as before`, String(cells[odd]!.length));
  const vectors = new Float32Array(rows * dimension);
  for (const [row, own] of cells.entries()) {
    for (let d = 0; d < dimension; d++)
      vectors[row * dimension + d] = numberOf(own[d], `${place(row)}, column ${d + 1}`);
  }
  return { vectors, dimension, described };
}

function numberOf(cell: unknown, where: string): number {
  if (typeof cell === "number" || typeof cell === "bigint") return Number(cell);
  throw invalidTable(where, "a number", cell === null || cell === undefined ? "nothing" : typeof cell);
}

function textOf(value: unknown, where: string): string {
  if (["string", "number", "bigint", "boolean"].includes(typeof value)) return String(value);
  if (value instanceof Date && Number.isFinite(value.getTime())) return value.toISOString();
  throw invalidTable(where, "text or a number", value === null || value === undefined ? "nothing" : typeof value);
}

/** Row groups one after the other. */
function joined(where: string, parts: readonly Part[]): VectorTable {
  const dimension = parts[0]?.dimension ?? 0;
  const odd = parts.find((part) => part.dimension !== dimension);
  if (odd) throw invalidTable(where, `${dimension} numbers in every row`, String(odd.dimension));
  const vectors = new Float32Array(parts.reduce((length, part) => length + part.vectors.length, 0));
  let at = 0;
  for (const part of parts) {
    vectors.set(part.vectors, at);
    at += part.vectors.length;
  }
  const keys = Object.keys(parts[0]?.described ?? {}) as Description[];
  const described = Object.fromEntries(keys.map((key) => [key, parts.flatMap((part) => part.described[key]!)]));
  return vectorTable(where, vectors, dimension, described);
}
