import { SimileError } from "../errors/index.js";

/**
 * The small part of Protocol Buffers that ONNX files need, driven by a table of fields. Written here because the kept
 * alternatives (protobufjs with ONNX's schema) are ten times the size of this file and copy every weight through
 * boxed arrays.
 */
export type Scalar = "int" | "float" | "double" | "string" | "bytes";
/** Number and type of one field. */
export interface Field {
  readonly number: number;
  readonly type: Scalar | MessageSchema | (() => MessageSchema);
  readonly repeated?: boolean;
}
/** Fields by name. */
export interface MessageSchema {
  readonly [field: string]: Field;
}
/** A decoded or to be encoded message; absent fields are undefined. */
export type Message = { [field: string]: unknown };

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();

/** Grows as bytes are appended. */
class ByteWriter {
  private bytes = new Uint8Array(64);
  private length = 0;

  private reserve(extra: number): void {
    if (this.length + extra <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + extra));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  varint(value: number | bigint): void {
    this.reserve(10);
    // Nearly all are small, and big integers are slow.
    if (typeof value === "number" && value >= 0 && value < 0x80) {
      this.bytes[this.length++] = value;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
  }

  float(value: number, width: 4 | 8): void {
    this.reserve(width);
    const view = new DataView(this.bytes.buffer, this.length, width);
    if (width === 4) view.setFloat32(0, value, true);
    else view.setFloat64(0, value, true);
    this.length += width;
  }

  append(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

function messageType(type: Field["type"]): MessageSchema | undefined {
  if (typeof type === "string") return undefined;
  return typeof type === "function" ? (type as () => MessageSchema)() : type;
}

function encodeValue(writer: ByteWriter, field: Field, value: unknown): void {
  const nested = messageType(field.type);
  const wire = nested
    ? LENGTH
    : { int: VARINT, float: FIXED32, double: FIXED64, string: LENGTH, bytes: LENGTH }[field.type as Scalar];
  writer.varint((field.number << 3) | wire);
  if (nested) writer.append(encode(nested, value as Message));
  else if (field.type === "int") writer.varint(value as number | bigint);
  else if (field.type === "float") writer.float(value as number, 4);
  else if (field.type === "double") writer.float(value as number, 8);
  else writer.append(field.type === "string" ? utf8.encode(value as string) : (value as Uint8Array));
}

/** Bytes of a message. */
export function encode(schema: MessageSchema, message: Message): Uint8Array {
  const writer = new ByteWriter();
  for (const [name, field] of Object.entries(schema)) {
    const value = message[name];
    if (value === undefined) continue;
    for (const entry of field.repeated ? (value as unknown[]) : [value]) encodeValue(writer, field, entry);
  }
  return writer.finish();
}

/** Reads from a slice of bytes and never past its end. */
class ByteReader {
  position = 0;
  private readonly view: DataView;

  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.position >= this.bytes.length;
  }

  private advance(count: number): number {
    const start = this.position;
    if (count > this.bytes.length - start)
      throw malformed(`${count} more bytes at offset ${start}`, `${this.bytes.length - start}`);
    this.position += count;
    return start;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.bytes[this.advance(1)] as number;
      if (shift === 0n && byte < 0x80) return BigInt(byte);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
    throw malformed("a number of at most ten bytes", `more at offset ${this.position}`);
  }

  float(): number {
    return this.view.getFloat32(this.advance(4), true);
  }

  double(): number {
    return this.view.getFloat64(this.advance(8), true);
  }

  chunk(): Uint8Array {
    const length = Number(this.varint());
    if (length < 0) throw malformed("a length that is not negative", `${length} at offset ${this.position}`);
    const start = this.advance(length);
    return this.bytes.subarray(start, start + length);
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED64) this.advance(8);
    else if (wire === LENGTH) this.chunk();
    else if (wire === FIXED32) this.advance(4);
    else throw malformed("a known wire type", `${wire} at offset ${this.position}`);
  }
}

/** Error of bytes that are no ONNX file. */
export function malformed(expected: string, received: string): SimileError {
  return new SimileError({
    code: "malformed-onnx",
    where: "ONNX file",
    expected,
    received,
    remedy: "the file is damaged or not an ONNX model; get it again",
  });
}

/** Whole numbers beyond 2^53 only occur as bounds that mean "to the end", for which the largest exact number serves. */
function toNumber(value: bigint): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}

/** Numbers of a scalar field; packed lists hold several. */
function decodeScalars(reader: ByteReader, type: Scalar, wire: number): unknown[] {
  if (type === "string" || type === "bytes") {
    if (wire !== LENGTH) throw malformed(`a ${type}`, `wire type ${wire}`);
    const chunk = reader.chunk();
    return [type === "string" ? fromUtf8.decode(chunk) : chunk];
  }
  const one = (from: ByteReader) =>
    type === "int" ? toNumber(from.varint()) : type === "float" ? from.float() : from.double();
  if (wire !== LENGTH) {
    const expected = { int: VARINT, float: FIXED32, double: FIXED64 }[type];
    if (wire !== expected) throw malformed(`a ${type}`, `wire type ${wire}`);
    return [one(reader)];
  }
  const packed = new ByteReader(reader.chunk());
  const values: unknown[] = [];
  while (!packed.done) values.push(one(packed));
  return values;
}

const DEEPEST = 64;

type NamedField = { readonly name: string; readonly field: Field };
const numbered = new WeakMap<MessageSchema, ReadonlyMap<number, NamedField>>();

function fieldsByNumber(schema: MessageSchema): ReadonlyMap<number, NamedField> {
  const known =
    numbered.get(schema) ?? new Map(Object.entries(schema).map(([name, field]) => [field.number, { name, field }]));
  numbered.set(schema, known);
  return known;
}

/** A message from its bytes. Unknown fields are skipped; repeated fields are always arrays. `bytes` fields are views. */
export function decode(schema: MessageSchema, bytes: Uint8Array, depth = 0): Message {
  if (depth > DEEPEST) throw malformed(`at most ${DEEPEST} nested messages`, "more");
  const byNumber = fieldsByNumber(schema);
  const message: Message = {};
  for (const [name, field] of Object.entries(schema)) if (field.repeated) message[name] = [];
  const reader = new ByteReader(bytes);
  while (!reader.done) {
    const tag = Number(BigInt.asUintN(32, reader.varint()));
    const known = byNumber.get(tag >>> 3);
    if (known === undefined) {
      reader.skip(tag & 7);
      continue;
    }
    const nested = messageType(known.field.type);
    if (nested && (tag & 7) !== LENGTH) throw malformed(`a message for ${known.name}`, `wire type ${tag & 7}`);
    const values = nested
      ? [decode(nested, reader.chunk(), depth + 1)]
      : decodeScalars(reader, known.field.type as Scalar, tag & 7);
    if (known.field.repeated) for (const value of values) (message[known.name] as unknown[]).push(value);
    else if (values.length > 0) message[known.name] = values[values.length - 1];
  }
  return message;
}
