import type { RandomAccess } from "../sources/random-access.js";
import { type NpyHeader, readNpyHeader } from "./npy-header.js";
import { invalidTable } from "./vector-table.js";

/** Elements decoded at a time, so that large files need no second copy in memory. */
const blockLength = 2 ** 20;

/**
 * Vectors of a .npy file: shape (N, D), (N) for D = 1, or (N, ...) with the rest flattened; any number type, either
 * byte order, C or Fortran order. Errors: `invalid-table`.
 */
export async function readNpyVectors(file: RandomAccess): Promise<{ vectors: Float32Array; dimension: number }> {
  const header = await readNpyHeader(file);
  const [rows = 0, ...rest] = header.shape;
  const dimension = rest.reduce((product, extent) => product * extent, 1);
  const number = numberReader(header);
  if (!number || rows === 0 || dimension === 0) {
    const shape = header.shape.join(", ");
    throw invalidTable(file.name, "an array of numbers with rows", number ? `shape (${shape})` : "strings");
  }
  const vectors = new Float32Array(header.count);
  const place = placeOf(header);
  await eachElement(file, header, (view, at, index) => {
    vectors[place(index)] = number(view, at);
  });
  return { vectors, dimension };
}

/** Labels of a .npy file of shape (N): whole numbers, booleans, or strings (U, S). Errors: `invalid-table`. */
export async function readNpyLabels(file: RandomAccess): Promise<string[]> {
  const header = await readNpyHeader(file);
  if (header.shape.length !== 1 || header.kind === "f") {
    const received = header.kind === "f" ? "floating-point numbers" : `shape (${header.shape.join(", ")})`;
    throw invalidTable(
      file.name,
      "labels as one row of whole numbers or strings",
      received,
      "save integers or strings of shape (N)",
    );
  }
  const labels = new Array<string>(header.count);
  const read = labelReader(header);
  await eachElement(file, header, (view, at, index) => {
    labels[index] = read(view, at);
  });
  return labels;
}

type Visit = (view: DataView, at: number, index: number) => void;

async function eachElement(file: RandomAccess, { count, size, offset }: NpyHeader, visit: Visit): Promise<void> {
  const perBlock = Math.max(1, Math.floor((4 * blockLength) / size));
  for (let first = 0; first < count; first += perBlock) {
    const length = Math.min(perBlock, count - first);
    const bytes = await file.read(offset + first * size, length * size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < length; i++) visit(view, i * size, first + i);
  }
}

/** Where the element that is `index`-th in the file belongs in C order. */
function placeOf({ shape, fortranOrder }: NpyHeader): (index: number) => number {
  if (!fortranOrder) return (index) => index;
  const steps = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  return (index) => {
    let [rest, place] = [index, 0];
    for (let axis = 0; axis < shape.length; axis++) {
      place += (rest % shape[axis]!) * steps[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return place;
  };
}

type NumberReader = (view: DataView, at: number) => number;

function numberReader({ kind, size, littleEndian: little }: NpyHeader): NumberReader | undefined {
  const readers: Readonly<Record<string, NumberReader>> = {
    f2: (view, at) => halfPrecision(view.getUint16(at, little)),
    f4: (view, at) => view.getFloat32(at, little),
    f8: (view, at) => view.getFloat64(at, little),
    i1: (view, at) => view.getInt8(at),
    i2: (view, at) => view.getInt16(at, little),
    i4: (view, at) => view.getInt32(at, little),
    i8: (view, at) => Number(view.getBigInt64(at, little)),
    u1: (view, at) => view.getUint8(at),
    u2: (view, at) => view.getUint16(at, little),
    u4: (view, at) => view.getUint32(at, little),
    u8: (view, at) => Number(view.getBigUint64(at, little)),
    b1: (view, at) => view.getUint8(at),
  };
  return readers[`${kind}${size}`];
}

/** The value of an IEEE 754 half-precision number. */
function halfPrecision(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function labelReader(header: NpyHeader): (view: DataView, at: number) => string {
  const { kind, size, littleEndian: little } = header;
  if (kind === "i" && size === 8) return (view, at) => String(view.getBigInt64(at, little));
  if (kind === "u" && size === 8) return (view, at) => String(view.getBigUint64(at, little));
  const number = numberReader(header);
  if (number) return (view, at) => String(number(view, at));
  if (kind === "S") return (view, at) => textOf(new Uint8Array(view.buffer, view.byteOffset + at, size));
  return (view, at) => {
    const points = Array.from({ length: size / 4 }, (_, i) => view.getUint32(at + 4 * i, little));
    const shown = points.map((point) => (point <= 0x10ffff ? String.fromCodePoint(point) : "\uFFFD"));
    return shown.join("").replace(/\0+$/, "");
  };
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0+$/, "");
}
