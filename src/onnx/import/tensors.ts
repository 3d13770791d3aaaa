import { SimileError } from "../../errors/index.js";
import type { DType, NumericArray } from "../../graph/index.js";
import { malformed } from "../protobuf.js";
import type { TensorProto } from "../schema.js";

/** How an ONNX element type is read: its name, what it becomes here, and one element of its bytes. */
interface ElementType {
  readonly name: string;
  readonly dtype: DType;
  readonly bytes: number;
  read(view: DataView, offset: number): number | bigint;
  /** One entry of a list field, where that is not the number itself. */
  readonly decode?: (bits: number) => number;
}

/** The number that 16 bits of IEEE half precision stand for. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16 is the upper half of a float32. */
function brainToNumber(bits: number): number {
  scratch.setUint32(0, (bits & 0xffff) << 16);
  return scratch.getFloat32(0);
}

const little = true;
const types: Readonly<Record<number, ElementType>> = {
  1: { name: "float32", dtype: "float32", bytes: 4, read: (view, at) => view.getFloat32(at, little) },
  2: { name: "uint8", dtype: "int64", bytes: 1, read: (view, at) => view.getUint8(at) },
  3: { name: "int8", dtype: "int64", bytes: 1, read: (view, at) => view.getInt8(at) },
  4: { name: "uint16", dtype: "int64", bytes: 2, read: (view, at) => view.getUint16(at, little) },
  5: { name: "int16", dtype: "int64", bytes: 2, read: (view, at) => view.getInt16(at, little) },
  6: { name: "int32", dtype: "int64", bytes: 4, read: (view, at) => view.getInt32(at, little) },
  7: { name: "int64", dtype: "int64", bytes: 8, read: (view, at) => view.getBigInt64(at, little) },
  9: { name: "bool", dtype: "bool", bytes: 1, read: (view, at) => Number(view.getUint8(at) !== 0) },
  10: {
    name: "float16",
    dtype: "float32",
    bytes: 2,
    read: (view, at) => halfToNumber(view.getUint16(at, little)),
    decode: halfToNumber,
  },
  11: { name: "float64", dtype: "float64", bytes: 8, read: (view, at) => view.getFloat64(at, little) },
  12: { name: "uint32", dtype: "int64", bytes: 4, read: (view, at) => view.getUint32(at, little) },
  13: { name: "uint64", dtype: "int64", bytes: 8, read: (view, at) => view.getBigInt64(at, little) },
  16: {
    name: "bfloat16",
    dtype: "float32",
    bytes: 2,
    read: (view, at) => brainToNumber(view.getUint16(at, little)),
    decode: brainToNumber,
  },
};

const unreadable: Readonly<Record<number, string>> = {
  0: "undefined",
  8: "string",
  14: "complex64",
  15: "complex128",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4e2m1",
};

/** ONNX's name of an element type, such as `float16`. */
export function elementTypeName(type: number): string {
  return types[type]?.name ?? unreadable[type] ?? `element type ${type}`;
}

/**
 * What values of an ONNX element type are in our graphs: half precision becomes float32, every whole number int64. As the
 * type of an input, uint8 (a decoded image) stays.
 */
export function toDType(type: number, where: string): DType {
  const known = types[type];
  if (known !== undefined) return known.dtype;
  throw new SimileError({
    code: "unsupported-type",
    where,
    expected: "numbers or booleans of 8 to 64 bits",
    received: elementTypeName(type),
    remedy: "export the model in float32; text and packed small types cannot be trained",
  });
}

/** Numbers of one stored tensor. */
export interface StoredTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly numbers: NumericArray;
}

/** Gives the bytes of a file that lies beside the model, by the location the model states. */
export type ExternalData = (location: string) => Uint8Array;

function storage(dtype: DType, count: number): NumericArray {
  if (dtype === "float32") return new Float32Array(count);
  if (dtype === "float64") return new Float64Array(count);
  return dtype === "int64" ? new BigInt64Array(count) : new Uint8Array(count);
}

function fill(dtype: DType, count: number, read: (index: number) => number | bigint): NumericArray {
  const numbers = storage(dtype, count);
  if (numbers instanceof BigInt64Array) for (let i = 0; i < count; i++) numbers[i] = BigInt(read(i));
  else for (let i = 0; i < count; i++) numbers[i] = Number(read(i));
  return numbers;
}

function fromBytes(type: ElementType, bytes: Uint8Array, count: number, where: string): NumericArray {
  if (bytes.length !== count * type.bytes) {
    throw malformed(`${count * type.bytes} bytes for ${where}`, `${bytes.length}`);
  }
  if (type.name === "float32") return new Float32Array(new Uint8Array(bytes).buffer);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return fill(type.dtype, count, (i) => type.read(view, i * type.bytes));
}

function fromList(type: ElementType, list: readonly number[], count: number, where: string): NumericArray {
  if (list.length !== count) throw malformed(`${count} numbers for ${where}`, `${list.length}`);
  const { decode } = type;
  if (decode) return fill(type.dtype, count, (i) => decode(list[i]!));
  if (type.dtype === "bool") return fill("bool", count, (i) => Number(list[i] !== 0));
  const whole = type.dtype === "int64" && list.some((value) => !Number.isInteger(value));
  if (whole) throw malformed(`whole numbers for ${where}`, "fractions");
  return fill(type.dtype, count, (i) => list[i]!);
}

/** The list field that holds an element type. */
function listOf(proto: TensorProto): readonly number[] {
  const { dataType } = proto;
  if (dataType === 1) return proto.floatData ?? [];
  if (dataType === 7) return proto.int64Data ?? [];
  if (dataType === 11) return proto.doubleData ?? [];
  if (dataType === 12 || dataType === 13) return proto.uint64Data ?? [];
  return proto.int32Data ?? [];
}

function elementCount(dims: readonly number[], where: string): number {
  const count = dims.reduce((product, size) => product * size, 1);
  if (dims.length <= 32 && dims.every((size) => size >= 0) && Number.isSafeInteger(count)) return count;
  throw malformed(`sizes from 0 on at most 32 axes for ${where}`, `[${dims.join(", ")}]`);
}

/** The numbers of a stored tensor; `where` names it in errors. */
export function readTensor(proto: TensorProto, where: string, external: ExternalData | undefined): StoredTensor {
  const dtype = toDType(proto.dataType ?? 0, where);
  const type = types[proto.dataType] as ElementType;
  const shape = [...(proto.dims ?? [])];
  const count = elementCount(shape, where);
  if (proto.dataLocation === 1) {
    return { dtype, shape, numbers: fromBytes(type, readExternal(proto, where, external), count, where) };
  }
  const raw = proto.rawData !== undefined && (proto.rawData.length > 0 || listOf(proto).length === 0);
  const numbers = raw
    ? fromBytes(type, proto.rawData as Uint8Array, count, where)
    : fromList(type, listOf(proto), count, where);
  return { dtype, shape, numbers };
}

function outside(where: string, received: string, remedy: string): SimileError {
  const expected = "a file in the model's folder or below it";
  return new SimileError({ code: "external-data", where, expected, received, remedy });
}

/** A location that leads nowhere but into the model's own folder. */
function checkLocation(location: string | undefined, where: string): string {
  const parts = (location ?? "").split(/[/\\]/);
  const isInside = !/^([a-z]:|[/\\])/i.test(location ?? "") && !parts.includes("..") && !location?.includes("\0");
  if (location !== undefined && location !== "" && isInside) return location;
  throw outside(
    where,
    JSON.stringify(location ?? "no location"),
    "do not open this file if you do not trust its origin",
  );
}

/** The part of a file beside the model that holds one tensor. */
function readExternal(proto: TensorProto, where: string, external: ExternalData | undefined): Uint8Array {
  const settings = new Map((proto.externalData ?? []).map(({ key, value }) => [key, value]));
  const location = checkLocation(settings.get("location"), where);
  if (external === undefined)
    throw outside(where, `${location}, and no way to read it`, "give externalData, which reads files beside the model");
  const bytes = external(location);
  const offset = Number(settings.get("offset") ?? 0);
  const length = Number(settings.get("length") ?? bytes.length - offset);
  const isRange = [offset, length].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!isRange || offset + length > bytes.length) {
    throw outside(
      where,
      `bytes ${offset} to ${offset + length} of ${bytes.length} in ${location}`,
      "get the files again",
    );
  }
  return bytes.subarray(offset, offset + length);
}
