import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { parquetMetadata } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  readIdx,
  readVectors,
  vectorDataset,
  type WrittenVectors,
  writeNpy,
  writeParquetVectors,
} from "../../../src/data/tables/index.js";
import { npyBytes, utf8 } from "./files.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-tables-"));
});
afterAll(() => rm(folder, { recursive: true }));

const failure = (where: string) => expect.objectContaining({ name: "SimileError", code: "invalid-table", where });

describe(".npy", () => {
  test.each([
    ["<f4", [1.5, -2, 3, 0.25, 7, 8]],
    [">f4", [1.5, -2, 3, 0.25, 7, 8]],
    ["<f8", [1.5, -2, 3, 0.25, 7, 8]],
    [">f8", [1.5, -2, 3, 0.25, 7, 8]],
    ["<f2", [1.5, -2, 65504, 2 ** -24, 2 ** -14, 0]],
    [">f2", [1.5, -2, 65504, 2 ** -24, 2 ** -14, 0]],
    ["|i1", [1, -2, 127, -128, 0, 5]],
    ["|u1", [1, 2, 255, 128, 0, 5]],
    ["|b1", [1, 0, 1, 1, 0, 0]],
    ["<i2", [1, -2, 32767, -32768, 0, 5]],
    [">u2", [1, 2, 65535, 128, 0, 5]],
    ["<i4", [1, -2, 2 ** 30, -(2 ** 30), 0, 5]],
    [">i4", [1, -2, 2 ** 30, -(2 ** 30), 0, 5]],
    ["<u4", [1, 2, 2 ** 31, 128, 0, 5]],
    ["<i8", [1, -2, 2 ** 40, -(2 ** 40), 0, 5]],
    [">u8", [1, 2, 2 ** 40, 128, 0, 5]],
  ])("element type %s", async (descr, values) => {
    const table = await readVectors(npyBytes({ descr, shape: [3, 2], values }));
    expect(table).toEqual({ rows: 3, dimension: 2, vectors: Float32Array.from(values) });
  });

  test("Fortran order, other numbers of axes, and the later format versions", async () => {
    const columns = npyBytes({ descr: "<f4", shape: [2, 3], values: [1, 4, 2, 5, 3, 6], fortran: true });
    expect((await readVectors(columns)).vectors).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    const cube = npyBytes({
      descr: "<f4",
      shape: [2, 2, 2],
      values: [0, 4, 2, 6, 1, 5, 3, 7],
      fortran: true,
      version: 2,
    });
    expect(await readVectors(cube)).toEqual({
      rows: 2,
      dimension: 4,
      vectors: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7),
    });
    const line = npyBytes({ descr: "<f4", shape: [3], values: [1, 2, 3], version: 3 });
    expect(await readVectors(line)).toMatchObject({ rows: 3, dimension: 1 });
  });

  test("what is written is read back, and is byte for byte what NumPy writes", async () => {
    const path = join(folder, "written.npy");
    await writeNpy(path, Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
    expect(await readVectors(path)).toEqual({ rows: 3, dimension: 2, vectors: Float32Array.of(1, 2, 3, 4, 5, 6) });
    const bytes = await readFile(path);
    const dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }";
    expect(bytes.subarray(0, 128).toString("latin1")).toBe(`\x93NUMPY\x01\x00v\x00${dictionary.padEnd(117)}\n`);
    expect(bytes.length).toBe(128 + 24);
    await writeNpy(path, Int32Array.of(-7), [1]);
    expect((await readVectors(path)).vectors).toEqual(Float32Array.of(-7));
    await expect(writeNpy(path, Int32Array.of(1, 2), [3])).rejects.toMatchObject({ code: "shape-mismatch" });
  });

  test("labels from a file given, or found beside it, or as a list", async () => {
    const path = join(folder, "x.npy");
    await writeNpy(path, Float32Array.of(1, 2), [2, 1]);
    expect((await readVectors(path, { labels: ["a", "b"] })).labels).toEqual(["a", "b"]);
    const files: [string, string | Uint8Array, string[]][] = [
      ["words.txt", "cat\r\ndog\n", ["cat", "dog"]],
      ["one.csv", "class\nc\nd\n", ["c", "d"]],
      ["bare.csv", "c\nd\n", ["c", "d"]],
      ["many.tsv", "name\tlabel\tsplit\nn1\tq\tval\nn2\tr\ttest\n", ["q", "r"]],
      ["many.jsonl", '{"label":1}\n{"label":"z"}\n', ["1", "z"]],
      ["int.npy", npyBytes({ descr: "<i8", shape: [2], values: [-3, 2 ** 40] }), ["-3", "1099511627776"]],
      ["wide.npy", npyBytes({ descr: "<U3", shape: [2], values: ["ä\u{1F600}", "abc"] }), ["ä\u{1F600}", "abc"]],
      ["narrow.npy", npyBytes({ descr: "|S3", shape: [2], values: ["no", "yes"] }), ["no", "yes"]],
    ];
    for (const [name, content, labels] of files) {
      await writeFile(join(folder, name), content);
      expect((await readVectors(path, { labels: join(folder, name) })).labels).toEqual(labels);
    }
    expect(await readVectors(path, { labels: join(folder, "many.tsv") })).toMatchObject({
      names: ["n1", "n2"],
      splits: ["validation", "test"],
    });
    await writeFile(join(folder, "x.names.jsonl"), '{"name":"i","label":"j"}\n{"name":"k","label":"l"}\n');
    expect(await readVectors(path)).toMatchObject({ names: ["i", "k"], labels: ["j", "l"] });
    await expect(readVectors(path, { labels: ["a"] })).rejects.toEqual(failure("labels"));
  });

  test("names what is wrong", async () => {
    const good = { descr: "<f4", shape: [3, 2], values: [1, 2, 3, 4, 5, 6] };
    const cut = npyBytes(good).subarray(0, -3);
    await expect(readVectors(cut, { format: "npy" })).rejects.toThrow(
      "expected 24 bytes for shape (3, 2), received 21 bytes",
    );
    await expect(readVectors(npyBytes({ ...good, descr: "|O8" }))).rejects.toThrow("convert objects to numbers");
    await expect(readVectors(npyBytes({ ...good, descr: "<c8" }))).rejects.toEqual(failure("bytes"));
    await expect(readVectors(npyBytes({ ...good, shape: [0, 2], values: [] }))).rejects.toEqual(failure("bytes"));
    await expect(readVectors(npyBytes({ ...good, shape: [10 ** 15, 0], values: [] }))).rejects.toEqual(
      failure("bytes"),
    );
    await expect(readVectors(npyBytes({ ...good, values: [1, 2, 3, Number.NaN, 5, 6] }))).rejects.toEqual(
      failure("bytes, row 2, column 2"),
    );
    await expect(readVectors(npyBytes({ descr: "<f8", shape: [1, 1], values: [1e300] }))).rejects.toEqual(
      failure("bytes, row 1, column 1"),
    );
    await expect(readVectors(npyBytes({ descr: "<U2", shape: [2], values: ["a", "b"] }))).rejects.toEqual(
      failure("bytes"),
    );
    await expect(readVectors(join(folder, "missing.npy"))).rejects.toMatchObject({
      code: "cannot-read",
      received: "ENOENT",
    });
  });
});

describe("CSV and TSV", () => {
  test("descriptions by name, numbers otherwise, in any order", async () => {
    const text = 'x,label,"y, really",split,id\n1,cat,2.5e1,val,a\n-3,"d""og",.5,train,b\n';
    expect(await readVectors(utf8(text))).toEqual({
      rows: 2,
      dimension: 2,
      vectors: Float32Array.of(1, 25, -3, 0.5),
      labels: ["cat", 'd"og'],
      splits: ["validation", "train"],
      names: ["a", "b"],
    });
  });

  test("without a header, one column of text is the class", async () => {
    const table = await readVectors(utf8("5.1,3.5,setosa\n6,2,virginica\n"));
    expect(table).toMatchObject({ dimension: 2, labels: ["setosa", "virginica"] });
    expect((await readVectors(utf8("1\t2\n3\t4\n"))).dimension).toBe(2);
    const given = await readVectors(utf8("0,1,2\n1,3,4\n"), { header: false, columns: { label: "0" } });
    expect(given).toMatchObject({ dimension: 2, labels: ["0", "1"] });
  });

  test("a header of numbers is one if a usual name stands in it, or if the reader says so", async () => {
    expect(await readVectors(utf8(",0,1,label\n0,5,6,a\n"))).toMatchObject({
      dimension: 2,
      labels: ["a"],
      names: ["0"],
    });
    expect((await readVectors(utf8("0,1\n5,6\n"), { header: true })).rows).toBe(1);
    expect((await readVectors(utf8("0,1\n5,6\n"))).rows).toBe(2);
  });

  test("columns can be named or left out; other spellings of the class are not numbers", async () => {
    const text = "species,class_id,x,remark\nu,1,5,hm\nv,2,6,ha\n";
    const table = await readVectors(utf8(text), { columns: { label: "species", ignore: ["remark"] } });
    expect(table).toMatchObject({ dimension: 1, labels: ["u", "v"], vectors: Float32Array.of(5, 6) });
  });

  test("names file, line and column", async () => {
    const path = join(folder, "bad.csv");
    await writeFile(path, "x,y,label\n1,2,a\n\n3,oops,b\n");
    await expect(readVectors(path)).rejects.toThrow(
      `${path}, line 4, column y: expected a finite number, received "oops"`,
    );
    await expect(readVectors(utf8("x,y\n1,2\n3\n"))).rejects.toEqual(failure("bytes, line 3"));
    await expect(readVectors(utf8("x,label\n1,\n"))).rejects.toEqual(failure("bytes, line 2, column label"));
    await expect(readVectors(utf8("x,y\n1,\n"))).rejects.toEqual(failure("bytes, line 2, column y"));
    await expect(readVectors(utf8("x,y\n1,Infinity\n"))).rejects.toEqual(failure("bytes, line 2, column y"));
    await expect(readVectors(utf8("x,y\n1,1e39\n"))).rejects.toEqual(failure("bytes, row 1, column 2"));
    await expect(readVectors(utf8("x,y\n1,2\n"), { columns: { label: "z" } })).rejects.toThrow(
      "expected a column z, received x, y",
    );
    for (const text of ["", "x,y\n", "label\na\n", '"'])
      await expect(readVectors(utf8(text))).rejects.toEqual(failure(text === '"' ? "bytes, line 1" : "bytes"));
  });
});

describe("JSON lines", () => {
  test("vectors by their usual key or a given one", async () => {
    const text = '{"embedding":[1,2],"label":"a","split":null}\r\n\r\n{"label":3,"embedding":[3,4]}\n';
    expect(await readVectors(utf8(text))).toEqual({
      rows: 2,
      dimension: 2,
      vectors: Float32Array.of(1, 2, 3, 4),
      labels: ["a", "3"],
      splits: ["", ""],
    });
    const own = await readVectors(utf8('{"v":[1],"vector":[2]}'), { columns: { vector: "v" } });
    expect(own.vectors).toEqual(Float32Array.of(1));
  });

  test("names file, line and key", async () => {
    const bad = (text: string, where: string) =>
      expect(readVectors(utf8(text), { format: "jsonl" })).rejects.toEqual(failure(where));
    await bad('{"vector":[1]}\n{"vector":[1,2]}', "bytes, line 2, vector");
    await bad('{"vector":[1]}\n{"vector":[null]}', "bytes, line 2, vector[0]");
    await bad('{"vector":[1]}\n{}', "bytes, line 2, vector");
    await bad('{"vector":[1],"label":"a"}\n{"vector":[1]}', "bytes, line 2, label");
    await bad("[1]", "bytes, item 1");
    await bad('{"x":1}', "bytes");
    await bad('{"vector":[1]', "bytes, line 1");
    await bad("", "bytes");
    await bad('{"vector":[1e300]}', "bytes, row 1, column 1");
  });
});

describe("Parquet", () => {
  const written = fc
    .record({
      rows: fc.integer({ min: 1, max: 30 }),
      dimension: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(),
      described: fc.boolean(),
    })
    .map(({ rows, dimension, seed, described }): WrittenVectors => {
      const vectors = Float32Array.from({ length: rows * dimension }, (_, i) => Math.fround(Math.sin(seed + i) * 100));
      const column = (name: string) => Array.from({ length: rows }, (_, i) => `${name} ${(i + seed) % 5}ü`);
      return { vectors, dimension, ...(described && { labels: column("l"), names: column("n"), groups: column("g") }) };
    });

  test("what is written is read back", async () => {
    const path = join(folder, "a.parquet");
    await fc.assert(
      fc.asyncProperty(written, async (table) => {
        await writeParquetVectors(path, table);
        expect(await readVectors(path)).toEqual({ rows: table.vectors.length / table.dimension, ...table });
      }),
      { numRuns: 25 },
    );
    expect((await readdir(folder)).filter((name) => name.includes(".tmp"))).toEqual([]);
  });

  test("several row groups, and notes in the footer", async () => {
    const path = join(folder, "large.parquet");
    const vectors = Float32Array.from({ length: 2500 * 512 }, (_, i) => i);
    const labels = Array.from({ length: 2500 }, (_, i) => String(i % 7));
    await writeParquetVectors(path, { vectors, dimension: 512, labels }, { model: "m" });
    const table = await readVectors(path);
    expect(table.vectors).toEqual(vectors);
    expect(table.labels).toEqual(labels);
    const footer = parquetMetadata(new Uint8Array(await readFile(path)));
    expect(footer.row_groups.length).toBe(2);
    expect(footer.key_value_metadata).toEqual([{ key: "model", value: "m" }]);
  });

  test("wrong numbers of entries are errors", async () => {
    const path = join(folder, "b.parquet");
    for (const table of [
      { vectors: new Float32Array(5), dimension: 2 },
      { vectors: new Float32Array(4), dimension: 2, labels: ["a"] },
      { vectors: new Float32Array(0), dimension: 2 },
    ]) {
      await expect(writeParquetVectors(path, table)).rejects.toMatchObject({ code: "shape-mismatch" });
    }
  });
});

describe("idx", () => {
  const header = (code: number, ...shape: number[]) => [
    0,
    0,
    code,
    shape.length,
    ...shape.flatMap((n) => [0, 0, n >> 8, n & 255]),
  ];

  test.each([
    [8, Uint8Array.of(1, 255), [1, 255]],
    [9, Int8Array.of(1, -1), [1, 255]],
    [11, Int16Array.of(258, -2), [1, 2, 255, 254]],
    [12, Int32Array.of(16909060, -1), [1, 2, 3, 4, 255, 255, 255, 255]],
    [13, Float32Array.of(1.5, -2), [0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0]],
    [14, Float64Array.of(1.5), [0x3f, 0xf8, 0, 0, 0, 0, 0, 0]],
  ])("element type %i, plain and gzipped", async (code, values, bytes) => {
    const file = Uint8Array.from([...header(code, values.length, 1), ...bytes]);
    expect(await readIdx(file)).toEqual({ shape: [values.length, 1], values });
    expect(await readIdx(gzipSync(file))).toEqual({ shape: [values.length, 1], values });
  });

  test("a header of many axes, compressed better than anything else, is still read", async () => {
    const file = Uint8Array.from([...header(8, ...new Array<number>(255).fill(1)), 7]);
    expect((await readIdx(gzipSync(file))).values).toEqual(Uint8Array.of(7));
    const zeros = Uint8Array.from([...header(8, 3000, 1000), ...new Uint8Array(3_000_000)]);
    expect((await readIdx(gzipSync(zeros))).values.length).toBe(3_000_000);
  });

  test("sizes that the bytes do not bear out are errors", async () => {
    const files = [
      [],
      [0, 0, 8],
      [0, 0, 7, 1, 0, 0, 0, 0],
      [0, 0, 8, 0],
      [...header(8, 3), 1, 2],
      [...header(8, 1), 1, 2],
      header(14, 65535, 65535, 65535),
    ];
    for (const file of files.map((list) => Uint8Array.from(list))) {
      await expect(readIdx(file)).rejects.toEqual(failure("bytes"));
      await expect(readIdx(gzipSync(file))).rejects.toEqual(failure("bytes"));
    }
    const whole = gzipSync(Uint8Array.from([...header(8, 200), ...new Array<number>(200).keys()]));
    await expect(readIdx(whole.subarray(0, -40))).rejects.toEqual(failure("bytes"));
  });
});

test("a table becomes a data set; without labels that is an error", async () => {
  const table = await readVectors(utf8("x,label,split,group\n1,a,val,g\n2,b,,h\n"));
  expect(vectorDataset(table, "toy")).toEqual({
    kind: "vector",
    name: "toy",
    dimension: 1,
    vectors: Float32Array.of(1, 2),
    items: [
      { name: "row 1", label: "a", split: "validation", group: "g" },
      { name: "row 2", label: "b", group: "h" },
    ],
  });
  expect(() => vectorDataset({ rows: 1, dimension: 1, vectors: Float32Array.of(1) }, "toy")).toThrow(
    expect.objectContaining({ code: "no-labels" }),
  );
});
