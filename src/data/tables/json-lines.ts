import { type ColumnRoles, columnRoles, describedBy } from "./columns.js";
import { isVector, type JsonRecord, jsonRecords } from "./json-records.js";
import {
  type Described,
  invalidTable,
  usualNames,
  type VectorColumns,
  type VectorTable,
  vectorTable,
  withOthers,
} from "./vector-table.js";

/**
 * Vectors of JSON or JSON lines such as {"id": "a", "embedding": [0.1, 2], "label": "cat"}, the answers of embedding
 * services among them. Keys inside objects are named by their path (`metadata.label`); where none has a usual name, the
 * only list of numbers is the vector. A text is a vector in base64 (float32, little-endian) or a list in brackets.
 */
export function jsonLineVectors(text: string, where: string, columns: VectorColumns = {}): VectorTable {
  const records = jsonRecords(text, where);
  const keys = keysOf(records);
  const roles = vectorRole(where, keys, records[0], columns);
  const key = keys[roles.vector]!;
  const rows = records.map(({ place, values }) => numbers(values.get(key), `${where}, ${place}, ${key}`));
  const dimension = rows[0]?.length ?? 0;
  const odd = rows.findIndex((row) => row.length !== dimension);
  if (odd >= 0) {
    const place = `${where}, ${records[odd]!.place}, ${key}`;
    throw invalidTable(place, `${dimension} numbers as before`, String(rows[odd]!.length));
  }
  const vectors = new Float32Array(rows.length * dimension);
  for (const [n, row] of rows.entries()) vectors.set(row, n * dimension);
  const others = roles.rest.map((at) => keys[at]!);
  return withOthers(vectorTable(where, vectors, dimension, describe(where, records, keys, roles)), others);
}

/** The descriptions in JSON lines that belong to vectors elsewhere. */
export function jsonLineDescriptions(text: string, where: string, columns: VectorColumns = {}): Described {
  const records = jsonRecords(text, where);
  const keys = keysOf(records);
  const found = describe(where, records, keys, columnRoles(where, keys, columns));
  if (Object.keys(found).length > 0) return found;
  throw invalidTable(where, "a key called label or name", "none", "name the key of the labels in columns.label");
}

/** Keys of the first record. */
function keysOf(records: readonly JsonRecord[]): string[] {
  return [...(records[0]?.values.keys() ?? [])];
}

function vectorRole(
  where: string,
  keys: readonly string[],
  first: JsonRecord | undefined,
  columns: VectorColumns,
): ColumnRoles & { readonly vector: number } {
  const roles = columnRoles(where, keys, columns);
  const lists = [...keys.keys()].filter((at) => isVector(first?.values.get(keys[at]!)));
  const usual =
    roles.vector !== undefined && (columns.vector !== undefined || canBeVector(first?.values.get(keys[roles.vector]!)));
  const vector = usual ? roles.vector : lists.length === 1 ? lists[0] : undefined;
  if (vector !== undefined) return { ...roles, vector: vector!, rest: roles.rest.filter((at) => at !== vector) };
  const names = usualNames.vector.slice(0, 2).join(" or ");
  const remedy = "name the key of the vectors in columns.vector";
  throw invalidTable(where, `a key ${names}, or one list of numbers`, keys.join(", ") || "none", remedy);
}

function canBeVector(value: unknown): boolean {
  return Array.isArray(value) || typeof value === "string";
}

/** A list of numbers, also one written as text. */
function numbers(value: unknown, where: string): ArrayLike<number> {
  const list = typeof value === "string" ? textVector(value) : value;
  if (list instanceof Float32Array) return list;
  if (!Array.isArray(list))
    throw invalidTable(where, "a list of numbers", JSON.stringify(value)?.slice(0, 40) ?? "nothing");
  const bad = list.findIndex((entry) => typeof entry !== "number");
  if (bad < 0) return list as number[];
  throw invalidTable(`${where}[${bad}]`, "a number", JSON.stringify(list[bad])?.slice(0, 40) ?? "nothing");
}

/** Numbers in brackets, separated by commas or blanks, or float32 in base64; undefined for any other text. */
export function textVector(text: string): number[] | Float32Array | undefined {
  const inside = /^\s*\[([\s\S]*)\]\s*$/.exec(text)?.[1];
  if (inside !== undefined) {
    const list = inside
      .trim()
      .split(/\s*,\s*|\s+/)
      .map((part) => (part === "" ? Number.NaN : Number(part)));
    return list.some(Number.isNaN) ? undefined : list;
  }
  if (text.length < 8 || !/^[A-Za-z0-9+/]+=*$/.test(text)) return undefined;
  const bytes = Uint8Array.from(Buffer.from(text, "base64"));
  if (bytes.length % 4 !== 0) return undefined;
  const view = new DataView(bytes.buffer);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function describe(
  where: string,
  records: readonly JsonRecord[],
  keys: readonly string[],
  roles: ColumnRoles,
): Described {
  return describedBy(roles, records.length, (row, at) => {
    const { place, values } = records[row]!;
    const value = values.get(keys[at]!) ?? undefined;
    if (value === undefined && at !== roles.label) return "";
    if (["string", "number", "boolean"].includes(typeof value)) return String(value);
    const received = JSON.stringify(value)?.slice(0, 40) ?? "nothing";
    throw invalidTable(`${where}, ${place}, ${keys[at]}`, "text or a number", received);
  });
}
