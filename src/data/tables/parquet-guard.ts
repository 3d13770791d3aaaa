import type { ColumnMetaData } from "hyparquet";
import { decompress } from "./decompress.js";
import { ThriftReader, type ThriftStruct, type ThriftValue } from "./thrift.js";

/** What decides how the pages of a column are laid out. */
export interface ColumnLayout {
  readonly chunk: ColumnMetaData;
  /** Largest repetition and definition level. */
  readonly repetition: number;
  readonly definition: number;
}

/** Field numbers of a page header, and of the header for each of the page types 0, 2 and 3 within it. */
const pageFields = { type: 1, inflated: 2, stored: 3, 0: 5, 2: 7, 3: 8 } as const;
const dictionaryEncodings = [2, 8];
/** PLAIN, PLAIN_DICTIONARY, RLE, DELTA_BINARY_PACKED, DELTA_LENGTH_BYTE_ARRAY, RLE_DICTIONARY, BYTE_STREAM_SPLIT. */
const readableEncodings = [0, 2, 3, 5, 6, 8, 9];
/** How far the last run may go over the number of values; writers fill up groups of eight. */
const overrun = 512;

/** Walks all Thrift lists of a footer, which hyparquet would allocate before looking. Throws RangeError. */
export function checkFooter(bytes: Uint8Array): void {
  new ThriftReader(viewOf(bytes), 0).struct();
}

/**
 * Walks the pages of a column chunk and checks everything that hyparquet takes on trust: page and value counts, sizes,
 * and the lengths of runs, any of which could make it fill the memory or never end. Throws RangeError.
 */
export function checkChunk(bytes: Uint8Array, layout: ColumnLayout): void {
  const limit = Number(layout.chunk.num_values);
  let values = 0;
  for (let at = 0; at < bytes.length - 1; ) {
    const reader = new ThriftReader(viewOf(bytes), at);
    const header = reader.struct();
    const stored = count(header.get(pageFields.stored), bytes.length - reader.offset, "stored bytes");
    at = reader.offset + stored;
    values += checkPage(bytes.subarray(reader.offset, at), header, { ...layout, limit: limit - values });
  }
}

type Bounds = ColumnLayout & {
  /** How many values the column has left. */
  readonly limit: number;
};

/** Checks a page and returns how many of the column's values it has. */
function checkPage(stored: Uint8Array, header: ThriftStruct, bounds: Bounds): number {
  const type = header.get(pageFields.type);
  const inflated = count(header.get(pageFields.inflated), Number.MAX_SAFE_INTEGER, "bytes");
  const own = type === 0 || type === 2 || type === 3 ? header.get(pageFields[type]) : undefined;
  if (!(own instanceof Map)) throw new RangeError(`a page of type ${type}`);
  const fields: ThriftStruct = own;
  if (type === 2) {
    const page = decompress(bounds.chunk.codec, stored, inflated);
    count(fields.get(1), 8 * page.length, "dictionary entries");
    return 0;
  }
  const values = count(fields.get(1), bounds.limit, "values");
  if (type === 0) checkFirstVersion(stored, fields, { ...bounds, values, inflated });
  else checkSecondVersion(stored, fields, { ...bounds, values, inflated });
  return values;
}

type Page = Bounds & { readonly values: number; readonly inflated: number };

function checkFirstVersion(stored: Uint8Array, fields: ThriftStruct, page: Page): void {
  const bytes = decompress(page.chunk.codec, stored, page.inflated);
  let at = 0;
  for (const [level, encoding] of [
    [page.repetition, fields.get(4)],
    [page.definition, fields.get(3)],
  ] as const) {
    if (level === 0) continue;
    if (encoding !== 3) throw new RangeError("levels in an old encoding");
    const length = viewOf(bytes).getUint32(at, true);
    if (at + 4 + length > bytes.length) throw new RangeError(`levels of ${length} bytes`);
    checkRuns(bytes.subarray(at + 4), widthOf(level), page.values);
    at += 4 + length;
  }
  checkValues(bytes.subarray(at), fields.get(2), page.values);
}

function checkSecondVersion(stored: Uint8Array, fields: ThriftStruct, page: Page): void {
  const definitions = count(fields.get(5), stored.length, "bytes of levels");
  const repetitions = count(fields.get(6), stored.length - definitions, "bytes of levels");
  const levels = definitions + repetitions;
  count(fields.get(2), page.values, "nulls");
  count(fields.get(3), page.values, "rows");
  if (page.repetition > 0) checkRuns(stored, widthOf(page.repetition), page.values);
  if (page.definition > 0) checkRuns(stored.subarray(repetitions), widthOf(page.definition), page.values);
  const rest = stored.subarray(levels);
  const bytes = fields.get(7) === false ? rest : decompress(page.chunk.codec, rest, page.inflated - levels);
  checkValues(bytes, fields.get(4), page.values);
}

function checkValues(bytes: Uint8Array, encoding: ThriftValue | undefined, values: number): void {
  if (typeof encoding !== "number" || !readableEncodings.includes(encoding)) {
    throw new RangeError(`values in encoding ${encoding}; write the file with plain or dictionary encoding`);
  }
  if (!dictionaryEncodings.includes(encoding) || bytes.length === 0) return;
  if (bytes[0]! > 32) throw new RangeError(`dictionary positions of ${bytes[0]} bits`);
  checkRuns(bytes.subarray(1), bytes[0]!, values, false);
}

/** Walks runs of the hybrid of run-length and bit-packed numbers of `width` bits, until there are `values` of them. */
function checkRuns(bytes: Uint8Array, width: number, values: number, complete = true): void {
  const reader = new ThriftReader(viewOf(bytes), 0);
  for (let seen = 0; seen < values; ) {
    // Nulls have no value, so values may end early; levels may not.
    if (!complete && reader.offset >= bytes.length) return;
    const head = reader.unsigned();
    const packed = head % 2 === 1;
    const length = Math.floor(head / 2) * (packed ? 8 : 1);
    if (seen + length > values + overrun) throw new RangeError(`a run of ${length} among ${values} values`);
    seen += length;
    reader.offset += packed ? (length / 8) * width : Math.ceil(width / 8);
  }
}

function widthOf(largest: number): number {
  return 32 - Math.clz32(largest);
}

function count(value: ThriftValue | undefined, most: number, what: string): number {
  if (typeof value === "number" && value >= 0 && value <= most) return value;
  throw new RangeError(`${value} ${what} where there can be ${most}`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
