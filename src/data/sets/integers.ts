import { SimileError } from "../../errors/index.js";

const SPACE = new Set([32, 9, 10, 13]);
const NEWLINE = 10;
const ZERO = 48;

/**
 * The whole numbers from 0 to 2^31 - 1 in a text of lines of `columns` each, [lines * columns] row by row, without
 * making texts of them. Errors: `invalid-listing` with the line.
 */
export function readIntegers(bytes: Uint8Array, columns: number, where: string): Int32Array {
  // No number is shorter than one digit and what ends it.
  let values = new Int32Array(Math.min(Math.ceil(bytes.length / 2) + 1, 3 * 2 ** 16));
  let count = 0;
  let line = 1;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (SPACE.has(byte)) {
      if (byte !== NEWLINE) continue;
      if (count % columns !== 0) throw invalid(where, line, columns);
      line++;
      continue;
    }
    let value = 0;
    for (; at < bytes.length && !SPACE.has(bytes[at]!); at++) {
      const digit = bytes[at]! - ZERO;
      value = value * 10 + digit;
      if (digit < 0 || digit > 9 || value >= 2 ** 31) throw invalid(where, line, columns);
    }
    at--;
    if (count === values.length) values = grown(values);
    values[count++] = value;
  }
  if (count % columns !== 0) throw invalid(where, line, columns);
  return values.slice(0, count);
}

function grown(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}

function invalid(where: string, line: number, columns: number): SimileError {
  return new SimileError({
    code: "invalid-listing",
    where: `${where}, line ${line}`,
    expected: `${columns} whole numbers`,
    received: "something else",
    remedy: "take the file as its makers published it",
  });
}
