import { crc32, deflateRawSync } from "node:zlib";

/** A file to put into a miniature archive. */
export interface Member {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface ZipOptions {
  /** 0 stored, 8 deflated. */
  readonly method?: 0 | 8;
  /** Puts sizes and places into zip64 records, as for archives above 4 GiB. */
  readonly zip64?: boolean;
  /** Bytes put before the archive, as in self-extracting ones. */
  readonly before?: Uint8Array;
  readonly comment?: string;
}

function record(size: number, fill: (fields: DataView) => void): Buffer {
  const bytes = Buffer.alloc(size);
  fill(new DataView(bytes.buffer, bytes.byteOffset, size));
  return bytes;
}

function zip64Extra(values: number[]): Buffer {
  return record(4 + values.length * 8, (f) => {
    f.setUint16(0, 1, true);
    f.setUint16(2, values.length * 8, true);
    for (const [i, value] of values.entries()) f.setBigUint64(4 + i * 8, BigInt(value), true);
  });
}

/** Writes a zip archive after PKWARE's APPNOTE. */
export function makeZip(members: readonly Member[], options: ZipOptions = {}): Buffer {
  const { method = 0, zip64 = false, before = new Uint8Array(0), comment = "" } = options;
  const body: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { path, bytes } of members) {
    const name = Buffer.from(path);
    const data = method === 8 ? deflateRawSync(bytes) : Buffer.from(bytes);
    const local = record(30, (f) => {
      f.setUint32(0, 0x04034b50, true);
      f.setUint16(8, method, true);
      f.setUint32(14, crc32(bytes), true);
      f.setUint32(18, data.length, true);
      f.setUint32(22, bytes.length, true);
      f.setUint16(26, name.length, true);
    });
    const extra = zip64 ? zip64Extra([bytes.length, data.length, offset]) : Buffer.alloc(0);
    central.push(
      record(46, (f) => {
        f.setUint32(0, 0x02014b50, true);
        f.setUint16(8, 1 << 11, true);
        f.setUint16(10, method, true);
        f.setUint32(16, crc32(bytes), true);
        f.setUint32(20, zip64 ? 0xffffffff : data.length, true);
        f.setUint32(24, zip64 ? 0xffffffff : bytes.length, true);
        f.setUint16(28, name.length, true);
        f.setUint16(30, extra.length, true);
        f.setUint32(42, zip64 ? 0xffffffff : offset, true);
      }),
      name,
      extra,
    );
    body.push(local, name, data);
    offset += local.length + name.length + data.length;
  }
  const directory = Buffer.concat(central);
  return Buffer.concat([before, ...body, directory, zipEnd(members.length, directory.length, offset, zip64, comment)]);
}

function zipEnd(entries: number, size: number, offset: number, zip64: boolean, comment: string): Buffer {
  const end64 = record(56, (f) => {
    f.setUint32(0, 0x06064b50, true);
    f.setBigUint64(4, 44n, true);
    f.setBigUint64(24, BigInt(entries), true);
    f.setBigUint64(32, BigInt(entries), true);
    f.setBigUint64(40, BigInt(size), true);
    f.setBigUint64(48, BigInt(offset), true);
  });
  const locator = record(20, (f) => {
    f.setUint32(0, 0x07064b50, true);
    f.setBigUint64(8, BigInt(offset + size), true);
    f.setUint32(16, 1, true);
  });
  const end = record(22, (f) => {
    f.setUint32(0, 0x06054b50, true);
    f.setUint16(8, zip64 ? 0xffff : entries, true);
    f.setUint16(10, zip64 ? 0xffff : entries, true);
    f.setUint32(12, zip64 ? 0xffffffff : size, true);
    f.setUint32(16, zip64 ? 0xffffffff : offset, true);
    f.setUint16(20, comment.length, true);
  });
  return Buffer.concat([...(zip64 ? [end64, locator] : []), end, Buffer.from(comment)]);
}

function tarHeader(path: string, size: number, type: string, prefix = "", linked = ""): Buffer {
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write("0000644\0", 100);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write(" ".repeat(8), 148);
  header.write(type, 156);
  header.write(linked, 157, 100);
  header.write("ustar\0" + "00", 257);
  header.write(prefix, 345, 155);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

/** How paths above 100 bytes are written. */
export type LongNames = "ustar" | "gnu" | "pax";

/** A member of a tar archive: header blocks and data. */
export function tarMember({ path, bytes }: Member, longNames: LongNames = "gnu"): Buffer {
  if (Buffer.byteLength(path) <= 100) return Buffer.concat([tarHeader(path, bytes.length, "0"), padded(bytes)]);
  if (longNames === "ustar") {
    const cut = path.lastIndexOf("/");
    return Buffer.concat([tarHeader(path.slice(cut + 1), bytes.length, "0", path.slice(0, cut)), padded(bytes)]);
  }
  const extension = Buffer.from(longNames === "gnu" ? `${path}\0` : paxRecord("path", path));
  const header = tarHeader(
    longNames === "gnu" ? "././@LongLink" : "PaxHeader",
    extension.length,
    longNames === "gnu" ? "L" : "x",
  );
  return Buffer.concat([header, padded(extension), tarHeader(path.slice(0, 100), bytes.length, "0"), padded(bytes)]);
}

/** A hard link of a tar archive. */
export function tarLink(path: string, target: string): Buffer {
  return tarHeader(path, 0, "1", "", target);
}

/** A folder entry of a tar archive. */
export function tarFolder(path: string): Buffer {
  return tarHeader(path, 0, "5");
}

/** Writes a tar archive of ready members with its end mark. */
export function makeTar(members: readonly Buffer[]): Buffer {
  return Buffer.concat([...members, Buffer.alloc(1024)]);
}
