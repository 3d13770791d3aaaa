import { type FileInput, openInput, readAll } from "./input.js";
import { MATRIX, type MatElement, MatReader } from "./mat-elements.js";

/** A variable of a MATLAB file. Elements are in MATLAB's order: the first index runs fastest. */
export type MatValue =
  | { readonly kind: "numbers"; readonly shape: readonly number[]; readonly values: Float64Array }
  /** Text by rows; one row for an ordinary string. */
  | { readonly kind: "text"; readonly shape: readonly number[]; readonly rows: readonly string[] }
  | { readonly kind: "cells"; readonly shape: readonly number[]; readonly cells: readonly MatValue[] }
  | {
      readonly kind: "structs";
      readonly shape: readonly number[];
      readonly elements: readonly ReadonlyMap<string, MatValue>[];
    }
  /** Sparse matrices, functions and objects, which are not read. */
  | { readonly kind: "other"; readonly shape: readonly number[] };

const HEADER_BYTES = 128;

/** Classes of arrays. */
const CELL = 1;
const STRUCT = 2;
const CHAR = 4;
const NUMERIC = { first: 6, last: 15 };

/** Deeper nesting than any sound file has. */
const DEEPEST = 32;

/** More axes than any sound array has; those beyond are not looked at. */
const MOST_AXES = 32;

const NOTHING: MatValue = { kind: "numbers", shape: [0, 0], values: new Float64Array(0) };

/**
 * Reads the variables of a MATLAB file of version 5 to 7 (`save -v7`): numbers, text, cells and structs, compressed or
 * not, of either byte order; imaginary parts are left out. Every size is checked against the bytes there before anything
 * is allocated. Errors: `invalid-table`, also for version 7.3, which is HDF5.
 */
export async function readMat(input: FileInput): Promise<ReadonlyMap<string, MatValue>> {
  const file = await openInput(input);
  return parseMat(await readAll(file), file.name);
}

/** The same from bytes; `where` names the file in errors. */
export function parseMat(bytes: Uint8Array, where: string): ReadonlyMap<string, MatValue> {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, HEADER_BYTES));
  const order = start.slice(126, 128);
  const plain = new MatReader(bytes.subarray(HEADER_BYTES), order === "IM", where);
  if (start.startsWith("MATLAB 7.3") || start.startsWith("\x89HDF")) {
    throw plain.invalid("a MATLAB file of version 5 to 7", "one of version 7.3 (write it anew with `save -v7`)");
  }
  if (order !== "IM" && order !== "MI") throw plain.invalid("a MATLAB file of version 5", "other bytes");
  const variables = new Map<string, MatValue>();
  while (plain.left >= 8) {
    const element = plain.next();
    if (element.type !== MATRIX) continue;
    const { name, value } = readArray(plain.within(element.bytes), 0);
    variables.set(name, value);
  }
  return variables;
}

function readArray(reader: MatReader, depth: number): { name: string; value: MatValue } {
  if (reader.left === 0) return { name: "", value: NOTHING };
  if (depth > DEEPEST) throw reader.invalid(`at most ${DEEPEST} arrays within each other`, "more");
  const [flags = 0] = reader.numbers(reader.plain());
  const kind = flags & 0xff;
  const shape = [...reader.numbers(reader.plain()).subarray(0, MOST_AXES)];
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (!(shape.length >= 2 && shape.every((extent) => extent >= 0) && Number.isSafeInteger(count))) {
    throw reader.invalid("two or more extents", `[${shape.slice(0, 8).join(", ")}]`);
  }
  const name = reader.characters(reader.plain()).join("");
  return { name, value: readContent(reader, kind, shape, count, depth) };
}

function readContent(
  reader: MatReader,
  kind: number,
  shape: readonly number[],
  count: number,
  depth: number,
): MatValue {
  if (kind === CELL) {
    return { kind: "cells", shape, cells: readMany(reader, count, depth) };
  }
  if (kind === STRUCT) return { kind: "structs", shape, elements: readStructs(reader, count, depth) };
  if (kind === CHAR) return { kind: "text", shape, rows: textRows(reader, shape, count) };
  if (kind < NUMERIC.first || kind > NUMERIC.last) return { kind: "other", shape };
  const values = count === 0 ? new Float64Array(0) : reader.numbers(reader.plain());
  if (values.length !== count) throw reader.invalid(`${count} numbers`, `${values.length}`);
  return { kind: "numbers", shape, values };
}

function readMany(reader: MatReader, count: number, depth: number): MatValue[] {
  // The shortest element has eight bytes.
  if (count * 8 > reader.left) throw reader.invalid(`${count} arrays`, `${reader.left} bytes`);
  return Array.from({ length: count }, () => {
    const element: MatElement = reader.plain();
    if (element.type !== MATRIX) throw reader.invalid("an array", `data of type ${element.type}`);
    return readArray(reader.within(element.bytes), depth + 1).value;
  });
}

function readStructs(reader: MatReader, count: number, depth: number): Map<string, MatValue>[] {
  const [length = 0] = reader.numbers(reader.plain());
  const packed = reader.characters(reader.plain());
  if (!(Number.isInteger(length) && length > 0 && packed.length % length === 0)) {
    throw reader.invalid("names of fields of one length", `${packed.length} characters by ${length}`);
  }
  const names = Array.from({ length: packed.length / length }, (_, i) =>
    packed
      .slice(i * length, (i + 1) * length)
      .join("")
      .replace(/\0.*$/s, ""),
  );
  // Structs without fields need no bytes, so their number proves nothing.
  if (names.length === 0 && count > 0) throw reader.invalid("structs with fields", `${count} without`);
  const values = readMany(reader, count * names.length, depth);
  return Array.from(
    { length: count },
    (_, i) => new Map(names.map((name, field) => [name, values[i * names.length + field]!])),
  );
}

/** The rows of a text array, whose characters are stored column by column. */
function textRows(reader: MatReader, shape: readonly number[], count: number): string[] {
  if (count === 0) return [];
  const characters = reader.characters(reader.plain());
  if (characters.length !== count) throw reader.invalid(`${count} characters`, `${characters.length}`);
  const rows = Array.from({ length: shape[0]! }, (): string[] => []);
  characters.forEach((character, at) => rows[at % rows.length]!.push(character));
  return rows.map((row) => row.join(""));
}
