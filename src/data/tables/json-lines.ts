import { columnRoles, describedBy } from "./columns.js";
import { type Described, invalidTable, type VectorColumns, type VectorTable, vectorTable } from "./vector-table.js";

interface Line {
  /** Its number in the file, from 1. */
  readonly line: number;
  readonly values: ReadonlyMap<string, unknown>;
}

interface JsonLines {
  readonly lines: readonly Line[];
  /** Keys of the first line. */
  readonly keys: readonly string[];
}

/** Vectors of JSON lines such as {"embedding": [0.1, 2], "label": "cat"}. */
export function jsonLineVectors(text: string, where: string, columns: VectorColumns = {}): VectorTable {
  const { lines, keys } = parse(text, where);
  const roles = columnRoles(where, keys, columns);
  if (roles.vector === undefined) {
    throw invalidTable(
      where,
      "a key embedding or vector",
      keys.join(", ") || "none",
      "name the key of the vectors in columns.vector",
    );
  }
  const key = keys[roles.vector]!;
  const rows = lines.map(({ line, values }) => numbers(values.get(key), `${where}, line ${line}, ${key}`));
  const dimension = rows[0]?.length ?? 0;
  const odd = rows.findIndex((row) => row.length !== dimension);
  if (odd >= 0) {
    throw invalidTable(
      `${where}, line ${lines[odd]!.line}, ${key}`,
      `${dimension} numbers as before`,
      String(rows[odd]!.length),
    );
  }
  const vectors = new Float32Array(rows.length * dimension);
  for (const [n, row] of rows.entries()) vectors.set(row, n * dimension);
  return vectorTable(where, vectors, dimension, describe(where, { lines, keys }, columns));
}

/** The descriptions in JSON lines that belong to vectors elsewhere. */
export function jsonLineDescriptions(text: string, where: string, columns: VectorColumns = {}): Described {
  const found = describe(where, parse(text, where), columns);
  if (Object.keys(found).length > 0) return found;
  throw invalidTable(where, "a key called label or name", "none", "name the key of the labels in columns.label");
}

function parse(text: string, where: string): JsonLines {
  const lines = text.split(/\r\n|\r|\n/).flatMap((content, i) => {
    if (content.trim() === "") return [];
    const value = parseJson(content);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return [{ line: i + 1, values: new Map<string, unknown>(Object.entries(value)) }];
    }
    throw invalidTable(`${where}, line ${i + 1}`, "a JSON object", content.slice(0, 40));
  });
  return { lines, keys: [...(lines[0]?.values.keys() ?? [])] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function numbers(value: unknown, where: string): number[] {
  if (!Array.isArray(value))
    throw invalidTable(where, "a list of numbers", JSON.stringify(value)?.slice(0, 40) ?? "nothing");
  const bad = value.findIndex((entry) => typeof entry !== "number");
  if (bad < 0) return value as number[];
  throw invalidTable(`${where}[${bad}]`, "a number", JSON.stringify(value[bad])?.slice(0, 40) ?? "nothing");
}

function describe(where: string, { lines, keys }: JsonLines, columns: VectorColumns): Described {
  const roles = columnRoles(where, keys, columns);
  return describedBy(roles, lines.length, (row, at) => {
    const { line, values } = lines[row]!;
    const value = values.get(keys[at]!) ?? undefined;
    if (value === undefined && at !== roles.label) return "";
    if (["string", "number", "boolean"].includes(typeof value)) return String(value);
    const received = JSON.stringify(value)?.slice(0, 40) ?? "nothing";
    throw invalidTable(`${where}, line ${line}, ${keys[at]}`, "text or a number", received);
  });
}
