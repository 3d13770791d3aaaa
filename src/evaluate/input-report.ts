import { rowAt, rowCount } from "../linalg/rows.js";
import type { Embeddings } from "./search/prepare.js";

/** What was odd about embeddings, in counts; see docs/metrics.md for what is done about each. */
export interface InputReport {
  /** Rows with a number that is NaN or infinite. */
  readonly nonFinite: { readonly queries: number; readonly gallery: number };
  /** Rows of zeros: at cosine distance 1 from everything. */
  readonly zero: { readonly queries: number; readonly gallery: number };
  /** Queries of which the gallery holds an exact copy, themselves left out. */
  readonly duplicates: number;
  /** Those with a copy of another class: an item with two labels. */
  readonly conflicting: number;
  /** Gallery items of class `JUNK`, which were not searched. */
  readonly junk: number;
}

/** Whether each row [N] holds finite numbers only. */
export function finiteRows(rows: Embeddings): Uint8Array {
  return Uint8Array.from({ length: rowCount(rows) }, (_, row) => {
    let sum = 0;
    for (const value of rowAt(rows, row)) sum += value * 0;
    return sum === 0 ? 1 : 0;
  });
}

/** How many rows hold nothing but zeros. */
export function countZeroRows(rows: Embeddings): number {
  let zero = 0;
  for (let row = 0; row < rowCount(rows); row++) if (rowAt(rows, row).every((value) => value === 0)) zero++;
  return zero;
}

/** A set of rows with their classes. */
interface Labelled extends Embeddings {
  readonly labels: Int32Array;
}

/** Counts queries with an exact copy in the gallery. */
export function countDuplicates(
  queries: Labelled,
  gallery: Labelled,
  queriesInGallery: boolean,
): { duplicates: number; conflicting: number } {
  const buckets = new Map<number, number[]>();
  for (let item = 0; item < rowCount(gallery); item++) {
    const key = hash(gallery, item);
    const bucket = buckets.get(key);
    if (bucket) bucket.push(item);
    else buckets.set(key, [item]);
  }
  let [duplicates, conflicting] = [0, 0];
  for (let query = 0; query < rowCount(queries); query++) {
    const row = rowAt(queries, query);
    const copies = (buckets.get(hash(queries, query)) ?? []).filter(
      (item) => !(queriesInGallery && item === query) && rowAt(gallery, item).every((value, d) => value === row[d]),
    );
    if (copies.length > 0) duplicates++;
    if (copies.some((item) => gallery.labels[item] !== queries.labels[query])) conflicting++;
  }
  return { duplicates, conflicting };
}

/** 32-bit FNV-1a over the words of a row. */
function hash({ data, dimension }: Embeddings, row: number): number {
  const words = new Uint32Array(data.buffer, data.byteOffset + 4 * row * dimension, dimension);
  let value = 0x811c9dc5;
  for (const word of words) value = Math.imul(value ^ word, 0x01000193);
  return value;
}
