import { SimileError } from "../../errors/index.js";
import type { VectorDataset } from "../dataset.js";
import { splitName } from "../split-names.js";

/** Vectors read from a file, with what the file says about each of them. */
export interface VectorTable {
  /** N, at least 1. */
  readonly rows: number;
  /** D, at least 1. */
  readonly dimension: number;
  /** [N, D] row-major, all finite. */
  readonly vectors: Float32Array;
  /** [N] names of the classes. */
  readonly labels?: readonly string[];
  /** [N] names of the rows. */
  readonly names?: readonly string[];
  /** [N] part of a predefined split: `train`, `validation`, `test`, ... */
  readonly splits?: readonly string[];
  /** [N] another grouping, such as a super-class. */
  readonly groups?: readonly string[];
  /** Columns that are neither vectors nor described; one of them may be what was meant by the label. */
  readonly others?: readonly string[];
}

/** What a column can be, besides a number of the vector. */
export const descriptions = ["label", "name", "split", "group"] as const;
/** One of {@link descriptions}. */
export type Description = (typeof descriptions)[number];

/** Descriptions by row, as far as a file has them. */
export type Described = { readonly [Key in Description]?: readonly string[] };

/** Which columns (or JSON keys) hold what; for a table without a header, their positions from 0. */
export interface VectorColumns {
  readonly label?: string;
  readonly name?: string;
  readonly split?: string;
  readonly group?: string;
  /** A column that holds whole vectors, in JSON lines and Parquet. */
  readonly vector?: string;
  /** Columns to leave out. */
  readonly ignore?: readonly string[];
}

/** Column names that are understood when none is given, in any case; the first found counts, the others are left out. */
export const usualNames = {
  label: ["label", "class", "class_name", "class_id", "target", "category", "labels"],
  name: ["name", "custom_id", "id", "_id", "doc_id", "document_id", "uuid", "path", "file", "filename", "ids", ""],
  split: ["split"],
  group: ["group"],
  vector: ["embedding", "vector", "embeddings", "vectors", "features", "values", "emb", "dense_vector"],
} as const satisfies Record<Description | "vector", readonly string[]>;

/** A table from its vectors and descriptions; checks that there are some, and that all numbers are finite. */
export function vectorTable(
  where: string,
  vectors: Float32Array,
  dimension: number,
  described: Described,
): VectorTable {
  const rows = dimension === 0 ? 0 : vectors.length / dimension;
  if (rows === 0) throw invalidTable(where, "at least one row and one number a row", `${rows} rows of ${dimension}`);
  const bad = vectors.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const place = `${where}, row ${Math.floor(bad / dimension) + 1}, column ${(bad % dimension) + 1}`;
    throw invalidTable(place, "a finite number of float32 range", String(vectors[bad]));
  }
  const { label, name, split, group } = described;
  return {
    rows,
    dimension,
    vectors,
    ...(label && { labels: label }),
    ...(name && { names: name }),
    ...(split && { splits: split.map(splitName) }),
    ...(group && { groups: group }),
  };
}

/** The table with the names of the columns that say nothing it understands, where there are some. */
export function withOthers(table: VectorTable, others: readonly string[]): VectorTable {
  return others.length > 0 ? { ...table, others } : table;
}

/** The table as a data set to train on; rows without a name are called `row 1`, `row 2`, ... Errors: `no-labels`. */
export function vectorDataset(table: VectorTable, name: string): VectorDataset {
  const { labels, names, splits, groups, dimension, vectors, others = [] } = table;
  if (!labels) {
    throw new SimileError({
      code: "no-labels",
      where: name,
      expected: "a class for each vector",
      received: others.length > 0 ? `columns ${others.slice(0, 12).join(", ")}` : "vectors alone",
      remedy:
        "name the column of classes (columns.label), give a file of them (labels), or pairs of items (pairs) instead",
    });
  }
  const items = labels.map((label, row) => ({
    name: names?.[row] || `row ${row + 1}`,
    label,
    ...(splits?.[row] ? { split: splits[row] } : {}),
    ...(groups?.[row] ? { group: groups[row] } : {}),
  }));
  return { kind: "vector", name, items, dimension, vectors };
}

/** The error for content that cannot be understood; `where` names file, row and column. */
export function invalidTable(
  where: string,
  expected: string,
  received: string,
  remedy = "correct the file, or write it anew",
  cause?: unknown,
): SimileError {
  return new SimileError({ code: "invalid-table", where, expected, received, remedy }, { cause });
}
