import { inflateSync } from "node:zlib";
import { invalidTable } from "./vector-table.js";

/** A data element of a MATLAB file (MAT-File Format, "Level 5"): a type and bytes. */
export interface MatElement {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Types of elements that hold others. */
export const MATRIX = 14;
const COMPRESSED = 15;

/** No variable of a sound annotation file is larger once inflated. */
const LARGEST_INFLATED = 2 ** 28;

/** What the format's storage types are called, and how their numbers are read. */
const storage: Readonly<
  Record<number, { readonly size: number; readonly read: (v: DataView, at: number, little: boolean) => number }>
> = {
  1: { size: 1, read: (view, at) => view.getInt8(at) },
  2: { size: 1, read: (view, at) => view.getUint8(at) },
  3: { size: 2, read: (view, at, little) => view.getInt16(at, little) },
  4: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  5: { size: 4, read: (view, at, little) => view.getInt32(at, little) },
  6: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
  7: { size: 4, read: (view, at, little) => view.getFloat32(at, little) },
  9: { size: 8, read: (view, at, little) => view.getFloat64(at, little) },
  12: { size: 8, read: (view, at, little) => Number(view.getBigInt64(at, little)) },
  13: { size: 8, read: (view, at, little) => Number(view.getBigUint64(at, little)) },
  16: { size: 1, read: (view, at) => view.getUint8(at) },
  17: { size: 2, read: (view, at, little) => view.getUint16(at, little) },
  18: { size: 4, read: (view, at, little) => view.getUint32(at, little) },
};

/** UTF-8 text. */
const UTF8 = 16;

/** Reads elements one after the other; every length is checked against the bytes there. */
export class MatReader {
  private at = 0;
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    readonly little: boolean,
    readonly where: string,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  /** The next element, inflated when it is compressed. */
  next(): MatElement {
    if (this.left < 8) throw this.invalid("a whole data element", `${this.left} bytes`);
    const word = this.view.getUint32(this.at, this.little);
    // Elements of up to four bytes pack type, length and data into eight.
    const short = word >>> 16;
    const type = short > 0 ? word & 0xffff : word;
    const length = short > 0 ? short : this.view.getUint32(this.at + 4, this.little);
    const start = this.at + (short > 0 ? 4 : 8);
    if (length > this.bytes.length - start || (short > 0 && length > 4)) {
      throw this.invalid(`an element of ${length} bytes`, `${this.bytes.length - start}`);
    }
    const padded = short > 0 ? 4 : type === COMPRESSED ? length : Math.ceil(length / 8) * 8;
    // The last element may lack its padding.
    this.at = Math.min(start + padded, this.bytes.length);
    const bytes = this.bytes.subarray(start, start + length);
    return type === COMPRESSED ? this.within(inflate(bytes, this.where)).plain() : { type, bytes };
  }

  /** The next element, which must not be compressed: compression is of whole variables. */
  plain(): MatElement {
    const element =
      this.left >= 4 && this.view.getUint32(this.at, this.little) === COMPRESSED ? undefined : this.next();
    if (element) return element;
    throw this.invalid("data compressed once", "compressed data within compressed data");
  }

  /** A reader of what an element holds. */
  within(bytes: Uint8Array): MatReader {
    return new MatReader(bytes, this.little, this.where);
  }

  /** The numbers of an element. */
  numbers({ type, bytes }: MatElement): Float64Array<ArrayBuffer> {
    const kind = storage[type];
    if (!kind || bytes.length % kind.size !== 0) throw this.invalid("numbers", `${bytes.length} bytes of type ${type}`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = new Float64Array(bytes.length / kind.size);
    for (let i = 0; i < values.length; i++) values[i] = kind.read(view, i * kind.size, this.little);
    return values;
  }

  /** The characters of an element. */
  characters(element: MatElement): string[] {
    if (element.type === UTF8) return [...new TextDecoder().decode(element.bytes)];
    return Array.from(this.numbers(element), (code) => {
      if (Number.isInteger(code) && code >= 0 && code <= 0x10ffff) return String.fromCodePoint(code);
      throw this.invalid("characters", `code ${code}`);
    });
  }

  invalid(expected: string, received: string): Error {
    return invalidTable(this.where, expected, received, "copy or download the file again");
  }
}

function inflate(bytes: Uint8Array, where: string): Uint8Array {
  try {
    return inflateSync(bytes, { maxOutputLength: LARGEST_INFLATED });
  } catch (cause) {
    const received = cause instanceof Error ? cause.message : String(cause);
    throw invalidTable(where, "whole zlib data below 256 MiB", received, "copy or download the file again", cause);
  }
}
