import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readIdx, readVectors } from "../../../src/data/tables/index.js";
import { ThriftReader } from "../../../src/data/tables/thrift.js";
import { SimileError } from "../../../src/errors/index.js";
import { npyBytes, utf8 } from "./files.js";

const parquetFolder = fileURLToPath(new URL("./parquet/", import.meta.url));
const parquetFiles = readdirSync(parquetFolder).filter((name) => name.endsWith(".parquet"));

/** A few bytes of `bytes` changed, some cut off, or some put in. */
function damaged(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const place = fc.nat(Math.max(0, bytes.length - 1));
  const changes = fc.array(fc.tuple(place, fc.oneof(fc.nat(255), fc.constantFrom(0, 127, 128, 255))), {
    minLength: 1,
    maxLength: 5,
  });
  const changed = changes.map((list) => {
    const copy = bytes.slice();
    for (const [at, value] of list) copy[at] = value;
    return copy;
  });
  const cut = place.map((at) => bytes.slice(0, at));
  const longer = fc
    .tuple(place, fc.uint8Array({ maxLength: 9 }))
    .map(([at, more]) => Uint8Array.from([...bytes.subarray(0, at), ...more, ...bytes.subarray(at)]));
  return fc.oneof({ weight: 6, arbitrary: changed }, cut, longer);
}

/** Whatever the bytes: a result, or a SimileError; and no great allocation on the way. */
async function survives(read: () => Promise<unknown>): Promise<void> {
  const before = process.memoryUsage().arrayBuffers;
  await read().catch((error: unknown) => void expect(error).toBeInstanceOf(SimileError));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28);
}

const idx = Uint8Array.from([0, 0, 12, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 6]);
const samples: [string, Uint8Array, (bytes: Uint8Array) => Promise<unknown>][] = [
  [
    "npy",
    npyBytes({ descr: "<f4", shape: [3, 2], values: [1, 2, 3, 4, 5, 6] }),
    (bytes) => readVectors(bytes, { format: "npy" }),
  ],
  [
    "npy in Fortran order",
    npyBytes({ descr: ">i8", shape: [3, 2], values: [1, 2, 3, 4, 5, 6], fortran: true }),
    (bytes) => readVectors(bytes),
  ],
  ["csv", utf8('x,y,label,name\n1,2,a,"p ""q"""\n3,4e1,b,r\n'), (bytes) => readVectors(bytes, { format: "csv" })],
  [
    "jsonl",
    utf8('{"embedding":[1,2],"label":"a"}\n{"embedding":[3,4],"label":"b"}\n'),
    (bytes) => readVectors(bytes, { format: "jsonl" }),
  ],
  ["idx", idx, readIdx],
  ["idx.gz", gzipSync(idx), readIdx],
];

describe("damaged files give a SimileError and cost little", () => {
  test.each(samples)("%s", async (_name, bytes, read) => {
    await read(bytes);
    await fc.assert(
      fc.asyncProperty(damaged(bytes), (wrong) => survives(() => read(wrong))),
      { numRuns: 300 },
    );
  });

  test.each(parquetFiles)("%s", async (name) => {
    const bytes = new Uint8Array(readFileSync(join(parquetFolder, name)));
    await fc.assert(
      fc.asyncProperty(damaged(bytes), (wrong) => survives(() => readVectors(wrong, { format: "parquet" }))),
      { numRuns: 120 },
    );
  });

  test.each(["npy", "csv", "jsonl", "parquet"] as const)("random bytes read as %s", async (format) => {
    const start = { npy: "\x93NUMPY\x01\x00", csv: "", jsonl: "{", parquet: "PAR1" }[format];
    const random = fc
      .uint8Array({ maxLength: 200 })
      .map((bytes) =>
        Uint8Array.from([
          ...Buffer.from(start, "latin1"),
          ...bytes,
          ...Buffer.from(format === "parquet" ? "PAR1" : ""),
        ]),
      );
    await fc.assert(
      fc.asyncProperty(random, (bytes) => survives(() => readVectors(bytes, { format }))),
      { numRuns: 200 },
    );
    await fc.assert(
      fc.asyncProperty(random, (bytes) => survives(() => readVectors(bytes))),
      { numRuns: 100 },
    );
  });

  test("random bytes read as idx", async () => {
    const random = fc
      .tuple(fc.constantFrom(8, 9, 11, 12, 13, 14), fc.uint8Array({ maxLength: 60 }))
      .map(([code, rest]) => Uint8Array.from([0, 0, code, ...rest]));
    await fc.assert(
      fc.asyncProperty(random, (bytes) => survives(() => readIdx(bytes))),
      { numRuns: 300 },
    );
    await fc.assert(
      fc.asyncProperty(random, (bytes) => survives(() => readIdx(gzipSync(bytes)))),
      { numRuns: 100 },
    );
  });

  test("files of labels", async () => {
    const folder = await mkdtemp(join(tmpdir(), "simile-damaged-"));
    try {
      const table = npyBytes({ descr: "<f4", shape: [2, 1], values: [1, 2] });
      const files: [string, Uint8Array][] = [
        ["labels.npy", npyBytes({ descr: "<U2", shape: [2], values: ["a", "b"] })],
        ["labels.csv", utf8("name,label\nx,y\nz,w\n")],
        ["labels.jsonl", utf8('{"label":1}\n{"label":2}\n')],
      ];
      for (const [name, bytes] of files) {
        const labels = join(folder, name);
        const read = async (wrong: Uint8Array) => {
          await writeFile(labels, wrong);
          await survives(() => readVectors(table, { labels }));
        };
        await fc.assert(fc.asyncProperty(damaged(bytes), read), { numRuns: 60 });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("ThriftReader", () => {
  const read = (...bytes: number[]) => new ThriftReader(new DataView(Uint8Array.from(bytes).buffer), 0).struct();

  test("fields of each kind", () => {
    const bytes = [
      0x11, 0x12, 0x13, 0xfe, 0x15, 0x07, 0x18, 0x02, 0x41, 0x42, 0x19, 0x25, 0x02, 0x04, 0x1c, 0x15, 0x02, 0x00, 0x05,
      0x28, 0x06, 0x00,
    ];
    expect(read(...bytes)).toEqual(
      new Map<number, unknown>([
        [1, true],
        [2, false],
        [3, -2],
        [4, -4],
        [5, Uint8Array.of(65, 66)],
        [6, [1, 2]],
        [7, new Map([[1, 1]])],
        [20, 3],
      ]),
    );
  });

  test("lengths that are not there, endless integers, deep structs and unknown types are RangeErrors", () => {
    const endless = new Array<number>(20).fill(0xff);
    for (const bytes of [
      [],
      [0x15],
      [0x18, 0x05, 1],
      [0x19, 0xf5, 0xff, 0xff, 0xff, 0x0f],
      [0x15, ...endless],
      new Array<number>(90).fill(0x1c),
      [0x1b, 0],
    ]) {
      expect(() => read(...bytes)).toThrow(RangeError);
    }
  });
});
