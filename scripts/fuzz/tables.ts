import { deflateSync, gzipSync } from "node:zlib";
import { parquetWriteBuffer } from "hyparquet-writer";
import { readIdx } from "../../src/data/tables/idx.js";
import { readVectors, type VectorFormat } from "../../src/data/tables/index.js";
import { parseMat } from "../../src/data/tables/mat.js";
import { makeMat } from "../../test/data/mat-file.js";
import type { FuzzCase, FuzzTarget } from "./target.js";

const text = (content: string) => new TextEncoder().encode(content);

function vectors(name: VectorFormat, make: () => readonly Uint8Array[]): FuzzTarget {
  return {
    name,
    cases: async () =>
      make().map((sound, i) => ({
        name: `${name} ${i}`,
        sound,
        read: (bytes) => readVectors(bytes, { format: name }),
      })),
  };
}

function npyFile(descr: string, shape: string, data: Uint8Array, version = 1): Uint8Array {
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117, " ");
  const head = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0${String.fromCharCode(118)}\0`, "latin1");
  return Buffer.concat([head, Buffer.from(`${dictionary}\n`), data]);
}

/** NumPy arrays. */
export const npy = vectors("npy", () => [
  npyFile("<f4", "3, 2", Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer)),
  npyFile(">i2", "2, 3", Buffer.alloc(12, 1)),
  npyFile("|u1", "5, 1", Buffer.from([1, 2, 3, 4, 5])),
]);

/** Comma- and tab-separated text. */
export const csv = vectors("csv", () => [
  text('label,name,a,b\ncat,"x, y",1,2.5\r\ndog,"say ""hi""",-3,4e-2\n'),
  text("1\t2\t3\n4\t5\t6\n"),
]);

/** JSON lines. */
export const jsonl = vectors("jsonl", () => [
  text('{"embedding":[1,2.5],"label":"cat","split":"train"}\n{"embedding":[3,4],"label":7}\n'),
]);

/** Parquet, by column codec and kind. */
export const parquet = vectors("parquet", () => [parquetOf("UNCOMPRESSED"), parquetOf("SNAPPY")]);

function parquetOf(codec: "UNCOMPRESSED" | "SNAPPY"): Uint8Array {
  const columns = [
    { name: "label", data: ["cat", "dog", "cat"], type: "STRING" as const },
    { name: "a", data: Float32Array.of(1, 2, 3), type: "FLOAT" as const },
    { name: "b", data: Float64Array.of(4, 5, 6), type: "DOUBLE" as const },
  ];
  return new Uint8Array(parquetWriteBuffer({ columnData: columns, codec }));
}

const idxFile = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8]);

/** MNIST's idx, plain and gzipped. */
export const idx: FuzzTarget = {
  name: "idx",
  cases: async () => [idxFile, gzipSync(idxFile)].map((sound, i) => ({ name: `idx ${i}`, sound, read: readIdx })),
};

/** MATLAB files: plain, compressed, of both byte orders, and damaged before the compression. */
export const mat: FuzzTarget = {
  name: "mat",
  async cases() {
    const content = {
      class_names: ["Hummer", "Acura"],
      annotations: {
        structs: [
          { class: 1, fname: "1.jpg" },
          { class: 2, fname: "2.jpg" },
        ],
      },
    };
    const styles = [{}, { compressed: false }, { little: false }, { little: false, compressed: false }];
    const read = async (bytes: Uint8Array) => parseMat(bytes, "fuzz.mat");
    const whole = styles.map((style, i): FuzzCase => ({ name: `mat ${i}`, sound: makeMat(content, style), read }));
    const plain = makeMat(content, { compressed: false });
    const inner: FuzzCase = {
      name: "mat, inside the compression",
      sound: plain.subarray(128),
      read: (bytes) => {
        const packed = deflateSync(bytes);
        const tag = Buffer.alloc(8);
        tag.writeUInt32LE(15, 0);
        tag.writeUInt32LE(packed.length, 4);
        return read(Buffer.concat([plain.subarray(0, 128), tag, packed]));
      },
    };
    return [...whole, inner];
  },
};
