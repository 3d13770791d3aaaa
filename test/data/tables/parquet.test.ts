import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { compressors, decompress } from "../../../src/data/tables/decompress.js";
import { readVectors } from "../../../src/data/tables/index.js";

const fixture = (name: string) => fileURLToPath(new URL(`./parquet/${name}.parquet`, import.meta.url));
const failure = (where: string) => expect.objectContaining({ name: "SimileError", code: "invalid-table", where });

const vectors = Float32Array.from({ length: 18 }, (_, i) => Math.floor(i / 3) + (i % 3) / 4 - 1);
const labels = ["cat", "dog", "cat", "ünï", "dog", "cat"];

describe("files of pyarrow", () => {
  test.each([
    "v1-snappy-dictionary",
    "v2-gzip-plain",
    "v2-snappy-dictionary",
    "v1-brotli-groups",
    "v1-none-pages",
    "byte-stream-split",
    "delta-text",
    "fixed-size-list",
    "half",
  ])("%s", async (name) => {
    expect(await readVectors(fixture(name))).toMatchObject({ rows: 6, dimension: 3, vectors, labels });
  });

  test("names, and integers as numbers and as labels", async () => {
    expect((await readVectors(fixture("v1-brotli-groups"))).names).toEqual(["i0", "i1", "i2", "i3", "i4", "i5"]);
    expect(await readVectors(fixture("delta"))).toEqual({
      rows: 6,
      dimension: 3,
      vectors: Float32Array.from({ length: 18 }, (_, i) => [4, 8, -1][i % 3]! * Math.floor(i / 3) + 0),
      labels: ["5", "7", "5", "-9", "7", "5"],
    });
  });

  test("columns of numbers, with the class among them", async () => {
    expect(await readVectors(fixture("flat"))).toEqual({
      rows: 6,
      dimension: 3,
      vectors,
      labels: ["1", "2", "1", "3", "2", "1"],
    });
    const chosen = await readVectors(fixture("flat"), { columns: { label: "y", ignore: ["x"] } });
    expect(chosen).toMatchObject({ dimension: 1, labels: ["-0.75", "0.25", "1.25", "2.25", "3.25", "4.25"] });
  });

  test("a constant column costs next to nothing on disk and is still read", async () => {
    const table = await readVectors(fixture("constant"));
    expect(table.rows).toBe(3000);
    expect(table.vectors.every((value) => value === 0.5)).toBe(true);
  });

  test("which column holds the vectors can be said, and must be where there are two", async () => {
    expect((await readVectors(fixture("two-lists"), { columns: { vector: "b" } })).vectors).toEqual(vectors);
    expect((await readVectors(fixture("two-lists"), { columns: { ignore: ["b"] } })).vectors).toEqual(vectors);
    await expect(readVectors(fixture("two-lists"))).rejects.toThrow("received a (numbers), b (numbers)");
    await expect(readVectors(fixture("flat"), { columns: { vector: "x" } })).rejects.toEqual(failure(fixture("flat")));
    await expect(readVectors(fixture("text-only"))).rejects.toThrow("received a (text)");
  });

  test.each([
    ["null-list", ", row 2"],
    ["null-number", ", row 2, column 1"],
    ["null-label", ", row 2, column label"],
    ["ragged", ", row 2"],
    ["empty-lists", ""],
    ["no-rows", ""],
  ])("%s is an error that names the place", async (name, place) => {
    await expect(readVectors(fixture(name))).rejects.toEqual(failure(`${fixture(name)}${place}`));
  });

  test("Zstandard is read where Node can, and else named", async () => {
    const read = readVectors(fixture("zstd"));
    if ("ZSTD" in compressors) expect((await read).vectors).toEqual(vectors);
    else await expect(read).rejects.toThrow("pages compressed by ZSTD, which needs Node 22.15 or later");
  });
});

describe("decompress", () => {
  const text = new TextEncoder().encode("a rose is a rose is a rose");

  test("gives the bytes back, if they are as many as announced", () => {
    for (const [codec, bytes] of [
      ["UNCOMPRESSED", text],
      ["GZIP", gzipSync(text)],
      ["BROTLI", brotliCompressSync(text)],
    ] as const) {
      expect([...decompress(codec, bytes, text.length)]).toEqual([...text]);
      expect(() => decompress(codec, bytes, text.length + 1)).toThrow(RangeError);
      expect(() => decompress(codec, bytes, text.length - 1)).toThrow(RangeError);
    }
    expect(() => decompress("LZO", text, text.length)).toThrow("pages compressed by LZO");
    expect(() => decompress("UNCOMPRESSED", text, -1)).toThrow(RangeError);
    expect(() => decompress("SNAPPY", text, 2 ** 30)).toThrow(RangeError);
  });

  test("Snappy: literals of each length size, copies of each kind, and copies that overlap what they write", () => {
    const literal = Array.from({ length: 300 }, (_, i) => i % 256);
    const cases: [number[], number[]][] = [
      [
        [3, 8, 1, 2, 3],
        [1, 2, 3],
      ],
      [[100, 240, 99, ...literal.slice(0, 100)], literal.slice(0, 100)],
      [[0xac, 2, 244, 43, 1, ...literal], literal],
      [[0xac, 2, 248, 43, 1, 0, ...literal], literal],
      [[0xac, 2, 252, 43, 1, 0, 0, ...literal], literal],
      [
        [7, 8, 1, 2, 3, 0b00000001, 3],
        [1, 2, 3, 1, 2, 3, 1],
      ],
      [
        [8, 0, 9, 0b00011010, 1, 0],
        [9, 9, 9, 9, 9, 9, 9, 9],
      ],
      [
        [5, 4, 5, 6, 0b00001011, 2, 0, 0, 0],
        [5, 6, 5, 6, 5],
      ],
    ];
    for (const [bytes, expected] of cases) {
      expect([...decompress("SNAPPY", Uint8Array.from(bytes), expected.length)]).toEqual(expected);
    }
  });

  test("damaged Snappy ends with an error, not in a hang", () => {
    const broken = [
      [5, 8, 1, 2],
      [5, 4, 1, 2, 0b00000001, 9],
      [5, 4, 1, 2, 0b00000001, 0],
      [5, 252, 255, 255, 255, 255],
      [5, 252, 255],
      [5, 8, 1, 2, 3, 8, 1, 2, 3],
      [255, 255, 255, 255, 255, 255, 255],
      [],
    ];
    for (const bytes of broken) expect(() => decompress("SNAPPY", Uint8Array.from(bytes), 5)).toThrow(RangeError);
  });
});
