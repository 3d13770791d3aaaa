import { deflateSync } from "node:zlib";

/** What the writer can put into a MATLAB file. Columns of text arrays must be of one length. */
export type MatContent =
  | number
  | string
  | readonly MatContent[]
  | { readonly structs: readonly Readonly<Record<string, MatContent>>[] };

/** Byte order and compression of a file. */
export interface MatStyle {
  readonly little?: boolean;
  readonly compressed?: boolean;
}

/** Writes a MATLAB file of version 5. */
export function makeMat(
  variables: Readonly<Record<string, MatContent>>,
  { little = true, compressed = true }: MatStyle = {},
): Buffer {
  const header = Buffer.alloc(128, " ");
  header.write("MATLAB 5.0 MAT-file, made for a test");
  header.writeUInt16LE(0, 116);
  header.write(little ? "\x00\x01IM" : "\x01\x00MI", 124, "latin1");
  const body = Object.entries(variables).map(([name, value]) => {
    const array = matrix(name, value, little);
    if (!compressed) return array;
    const bytes = deflateSync(array);
    return Buffer.concat([words([15, bytes.length], little), bytes]);
  });
  return Buffer.concat([header, ...body]);
}

function words(values: readonly number[], little: boolean): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries())
    little ? bytes.writeInt32LE(value, 4 * i) : bytes.writeInt32BE(value, 4 * i);
  return bytes;
}

/** A data element, in the packed form when it is short. */
function element(type: number, data: Buffer, little: boolean): Buffer {
  if (data.length > 0 && data.length <= 4) {
    const packed = Buffer.alloc(8);
    const tag = (data.length << 16) | type;
    little ? packed.writeUInt32LE(tag, 0) : packed.writeUInt32BE(tag, 0);
    data.copy(packed, 4);
    return packed;
  }
  const padding = Buffer.alloc((8 - (data.length % 8)) % 8);
  return Buffer.concat([words([type, data.length], little), data, padding]);
}

function matrix(name: string, value: MatContent, little: boolean): Buffer {
  const array = (kind: number, shape: readonly number[], ...rest: Buffer[]) =>
    element(
      14,
      Buffer.concat([
        element(6, words([kind, 0], little), little),
        element(5, words(shape, little), little),
        element(1, Buffer.from(name), little),
        ...rest,
      ]),
      little,
    );
  if (typeof value === "number") {
    const bytes = Buffer.alloc(8);
    little ? bytes.writeDoubleLE(value) : bytes.writeDoubleBE(value);
    return array(6, [1, 1], element(9, bytes, little));
  }
  if (typeof value === "string") {
    const bytes = Buffer.alloc(2 * value.length);
    for (let i = 0; i < value.length; i++) {
      little ? bytes.writeUInt16LE(value.charCodeAt(i), 2 * i) : bytes.writeUInt16BE(value.charCodeAt(i), 2 * i);
    }
    return array(4, [1, value.length], element(4, bytes, little));
  }
  if ("structs" in value) {
    const names = Object.keys(value.structs[0] ?? {});
    const packed = Buffer.concat(names.map((field) => Buffer.from(field.padEnd(32, "\0"))));
    const values = value.structs.flatMap((struct) => names.map((field) => matrix("", struct[field]!, little)));
    return array(
      2,
      [1, value.structs.length],
      element(5, words([32], little), little),
      element(1, packed, little),
      ...values,
    );
  }
  return array(1, [1, value.length], ...value.map((cell) => matrix("", cell, little)));
}
