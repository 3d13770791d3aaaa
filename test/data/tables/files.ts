/** What {@link npyBytes} makes a file of; written independently of the library's writer. */
export interface NpyContent {
  readonly descr: string;
  readonly shape: readonly number[];
  /** In the order of the file. */
  readonly values: readonly (number | string)[];
  readonly fortran?: boolean;
  readonly version?: 1 | 2 | 3;
}

/** The bytes of a .npy file. */
export function npyBytes({ descr, shape, values, fortran = false, version = 1 }: NpyContent): Uint8Array {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${extents}), }\n`;
  const length = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  const head = [0x93, ...Buffer.from("NUMPY"), version, 0, ...length, ...Buffer.from(text)];
  return Uint8Array.from([...head, ...values.flatMap((value) => [...elementBytes(descr, value)])]);
}

function elementBytes(descr: string, value: number | string): Uint8Array {
  const [order, kind, size] = [descr[0], descr[1], Number(descr.slice(2))];
  if (typeof value === "string") return stringBytes(value, kind === "U" ? 4 : 1, size);
  const view = new DataView(new ArrayBuffer(size));
  const little = order !== ">";
  if (kind === "f" && size === 2) view.setUint16(0, halfBits(value), little);
  else if (kind === "f" && size === 4) view.setFloat32(0, value, little);
  else if (kind === "f") view.setFloat64(0, value, little);
  else if (size === 8) view.setBigInt64(0, Number.isInteger(value) ? BigInt(value) : 0n, little);
  else if (size === 4) view.setInt32(0, value, little);
  else if (size === 2) view.setInt16(0, value, little);
  else view.setInt8(0, value);
  return new Uint8Array(view.buffer);
}

function stringBytes(text: string, width: number, length: number): Uint8Array {
  const bytes = new Uint8Array(width * length);
  for (const [i, character] of [...text].entries()) {
    if (width === 4) new DataView(bytes.buffer).setUint32(4 * i, character.codePointAt(0)!, true);
    else bytes[i] = character.charCodeAt(0);
  }
  return bytes;
}

/** Exact for the numbers of the tests: halves of small integers, powers of two, 65504. */
function halfBits(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value))));
  const significand = Math.abs(value) / 2 ** exponent;
  const sign = value < 0 ? 0x8000 : 0;
  if (significand < 1) return sign | (Math.abs(value) * 2 ** 24);
  return sign | ((exponent + 15) << 10) | ((significand - 1) * 1024);
}

/** Text as bytes. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
