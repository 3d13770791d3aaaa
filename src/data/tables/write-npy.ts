import { SimileError } from "../../errors/index.js";
import { writeFileAtomic } from "../atomic.js";

/** Numbers that a .npy file can hold, in the order of bytes of the machine. */
export type NpyValues =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

const kinds: Readonly<Record<string, string>> = { Float: "f", Int: "i", BigInt: "i", Uint: "u", BigUint: "u" };
const machineOrder = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? "<" : ">";

/** Writes an array of `shape`, row-major, as .npy (format 1.0), atomically. Errors: `shape-mismatch`, `cannot-write`. */
export async function writeNpy(path: string, values: NpyValues, shape: readonly number[]): Promise<void> {
  if (shape.reduce((product, extent) => product * extent, 1) !== values.length) {
    throw new SimileError({
      code: "shape-mismatch",
      where: path,
      expected: `a shape of ${values.length} numbers`,
      received: `[${shape.join(", ")}]`,
      remedy: "give the extents of the array, such as [rows, dimension]",
    });
  }
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  await writeFileAtomic(path, [npyHeader(values, shape), bytes]);
}

function npyHeader(values: NpyValues, shape: readonly number[]): Uint8Array {
  const size = values.BYTES_PER_ELEMENT;
  const kind = kinds[values.constructor.name.replace(/\d+Array$/, "")];
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const descr = `${size === 1 ? "|" : machineOrder}${kind}${size}`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${extents}), }`;
  // NumPy wants the data to begin at a multiple of 64, and a line break before it.
  const padded = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  const text = `\x93NUMPY\x01\x00${String.fromCharCode(padded & 255, padded >> 8)}${dictionary.padEnd(padded - 1)}\n`;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
