import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openDataset } from "../../../src/data/index.js";
import { isEmbeddedFile, readVectors, writeParquetVectors } from "../../../src/data/tables/index.js";
import { scratchFolder, writeFiles } from "../scratch.js";

const folder = await scratchFolder();
const utf8 = (text: string) => new TextEncoder().encode(text);
const lines = (...records: unknown[]) => utf8(records.map((record) => `${JSON.stringify(record)}\n`).join(""));

/** Names, labels and vectors, whatever else a table tells. */
async function read(input: Uint8Array | string) {
  const { names, labels, vectors } = await readVectors(input);
  return { names, labels, vectors: [...vectors] };
}

const expected = { names: ["a", "b"], labels: ["x", "y"], vectors: [1, 2, 3, 4] };

describe("tables as embedding services and vector stores write them", () => {
  test("an embedding each line, with text beside it", async () => {
    const record = (id: string, label: string, embedding: number[]) => ({ id, text: "some text", label, embedding });
    expect(await read(lines(record("a", "x", [1, 2]), record("b", "y", [3, 4])))).toEqual(expected);
  });

  test("answers of a batch: data[].embedding inside response.body, known by custom_id", async () => {
    const record = (custom_id: string, embedding: number[]) => ({
      id: "batch_req_1",
      custom_id,
      response: { status_code: 200, body: { object: "list", data: [{ object: "embedding", index: 0, embedding }] } },
      error: null,
    });
    const table = await read(lines(record("a", [1, 2]), record("b", [3, 4])));
    expect(table).toEqual({ ...expected, labels: undefined });
  });

  test("one whole answer: data[] is a row each", async () => {
    const data = [
      [1, 2],
      [3, 4],
    ].map((embedding, index) => ({ object: "embedding", index, embedding }));
    expect((await read(lines({ object: "list", data, model: "m" }))).vectors).toEqual(expected.vectors);
  });

  test("a list of objects, metadata inside, values or embeddings.float", async () => {
    const first = JSON.stringify([
      { id: "a", metadata: { label: "x", lang: "en" }, values: [1, 2] },
      { id: "b", metadata: { label: "y", lang: "en" }, values: [3, 4] },
    ]);
    expect(await read(utf8(first))).toEqual(expected);
    const second = lines(
      { id: "a", label: "x", embeddings: { float: [1, 2] } },
      { id: "b", label: "y", embeddings: { float: [3, 4] } },
    );
    expect(await read(second)).toEqual(expected);
  });

  test("columns: lists of ids, embeddings and metadatas side by side", async () => {
    const columns = {
      ids: ["a", "b"],
      embeddings: [
        [1, 2],
        [3, 4],
      ],
      metadatas: [{ label: "x" }, { label: "y" }],
    };
    expect(await read(utf8(JSON.stringify(columns)))).toEqual(expected);
  });

  test("base64 of float32, and lists in brackets", async () => {
    const base64 = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer).toString("base64");
    const records = [
      { id: "a", label: "x", embedding: base64(1, 2) },
      { id: "b", label: "y", embedding: base64(3, 4) },
    ];
    expect(await read(lines(...records))).toEqual(expected);
    expect(await read(utf8('id,category,embedding\na,x,"[1, 2]"\nb,y,"[3,4]"\n'))).toEqual(expected);
    expect(await read(utf8("id,category,embedding\na,x,[1 2]\nb,y,[3   4]\n"))).toEqual(expected);
  });

  test("text columns of a CSV are left out; a word among numbers is not", async () => {
    expect(await read(utf8("id,text,label,e0,e1\na,hello,x,1,2\nb,7 days,y,3,4\n"))).toEqual(expected);
    await expect(readVectors(utf8("id,label,e0,e1\na,x,1,2\nb,y,oops,4\n"))).rejects.toThrow(/line 3, column e0/);
  });

  test("labels in another file belong by name, in any order, or by order where there are no names", async () => {
    await writeFiles(folder, {
      "v.jsonl": lines({ id: "a", embedding: [1, 2] }, { id: "b", embedding: [3, 4] }),
      "labels.csv": "id,label\nc,z\nb,y\na,x\n",
      "short.csv": "id,label\na,x\n",
      "plain.txt": "x\ny\n",
    });
    const at = (name: string) => join(folder, name);
    const labelled = (labels: string) => readVectors(at("v.jsonl"), { labels: at(labels) });
    expect((await labelled("labels.csv")).labels).toEqual(["x", "y"]);
    expect((await labelled("plain.txt")).labels).toEqual(["x", "y"]);
    await expect(labelled("short.csv")).rejects.toThrow(/all of the 2 names.*received 1; b is missing/);
  });

  test("without labels the error names the columns that could be them", async () => {
    await writeFiles(folder, { "topics.jsonl": lines({ id: "a", topic: "x", embedding: [1] }) });
    await expect(openDataset(join(folder, "topics.jsonl"))).rejects.toThrow(/columns topic.*columns\.label/);
    const opened = await openDataset(join(folder, "topics.jsonl"), { columns: { label: "topic" } });
    expect(opened.items[0]).toEqual({ name: "a", label: "x" });
  });

  test("a file of embeddings is known from a table of the same size", async () => {
    const table = { vectors: Float32Array.of(1, 2), dimension: 2, names: ["a"] };
    await writeParquetVectors(join(folder, "raw.parquet"), table);
    await writeParquetVectors(join(folder, "embedded.parquet"), table, { "simile.embedded": "2" });
    expect(await isEmbeddedFile(join(folder, "raw.parquet"))).toBe(false);
    expect(await isEmbeddedFile(join(folder, "embedded.parquet"))).toBe(true);
  });

  test.each([
    ["no vector anywhere", { id: "a", label: "x" }, /one list of numbers/],
    ["two lists and no usual name", { id: "a", p: [1], q: [2] }, /one list of numbers, received id, p, q/],
    ["a text that is no vector", { id: "a", embedding: "hello world" }, /a list of numbers/],
  ])("%s is an error", async (_, record, message) => {
    await expect(readVectors(lines(record), { format: "jsonl" })).rejects.toThrow(message);
  });

  test("deep nesting is not followed without end", async () => {
    const deep = `${'{"a":'.repeat(2000)}[1]${"}".repeat(2000)}`;
    await expect(readVectors(utf8(deep))).rejects.toMatchObject({ code: "invalid-table" });
  });
});
