import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readPairs } from "../../../src/data/pairs/index.js";
import { scratchFolder, writeFiles } from "../scratch.js";

const folder = await scratchFolder();
let files = 0;

async function read(name: string, content: string, columns?: readonly string[]) {
  const file = `${files++}-${name}`;
  await writeFiles(folder, { [file]: content });
  return readPairs(join(folder, file), columns ? { columns } : {});
}

const pair = (first: string, second: string, score: number) => ({ first, second, score });

describe("readPairs", () => {
  test("columns by usual names, in any order, others left out", async () => {
    const csv = "fold,score,id_b,id_a\n0,0.25,y,x\n1,1,w,z\n";
    expect(await read("p.csv", csv)).toEqual([pair("x", "y", 0.25), pair("z", "w", 1)]);
    const tsv = "query\tdocument\tlabel\nq 1\td, 1\tno\n";
    expect(await read("p.tsv", tsv)).toEqual([pair("q 1", "d, 1", 0)]);
    expect(await read("p.csv", "fold,file_a,file_b,same\n0,a/1.jpg,a/2.jpg,1\n")).toEqual([
      pair("a/1.jpg", "a/2.jpg", 1),
    ]);
  });

  test("without a header by place; two columns list alike pairs", async () => {
    expect(await read("p.csv", "a,b\nc,d\n")).toEqual([pair("c", "d", 1)]);
    expect(await read("p.csv", "u,v\nc,d\n")).toEqual([pair("u", "v", 1), pair("c", "d", 1)]);
    expect(await read("p.csv", "1,2,-1\n3,4,1\n")).toEqual([pair("1", "2", -1), pair("3", "4", 1)]);
  });

  test("JSON lines of objects, with numbers as names, or of lists", async () => {
    const lines = '{"id_a":1,"id_b":"b","similar":true}\n\n{"id_b":"c","id_a":2,"similar":false}\n';
    expect(await read("p.jsonl", lines)).toEqual([pair("1", "b", 1), pair("2", "c", 0)]);
    expect(await read("p.jsonl", '["x","y",0.5]\n')).toEqual([pair("x", "y", 0.5)]);
  });

  test("named columns go over the usual ones", async () => {
    const csv = "id_a,id_b,score,left_id,right_id,human\nx,y,0,l,r,3\n";
    expect(await read("p.csv", csv, ["left_id", "right_id", "human"])).toEqual([pair("l", "r", 3)]);
    expect(await read("p.csv", csv, ["left_id", "right_id"])).toEqual([pair("l", "r", 1)]);
  });

  test.each([
    ["no pairs", "p.csv", "id_a,id_b\n", /expected pairs/],
    ["one column", "p.csv", "x\ny\n", /two columns/],
    ["a missing name", "p.csv", "id_a,id_b\nx,\n", /line 2: expected the names of two items, received one/],
    ["a word that is no score", "p.csv", "id_a,id_b,same\nx,y,perhaps\n", /line 2.*perhaps/],
    ["an odd row", "p.csv", "id_a,id_b,same\nx,y\n", /line 2: expected 3 fields/],
    ["no JSON", "p.jsonl", "{\n", /line 1: expected a JSON object/],
  ])("%s is an error that names the place", async (_, name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
    await expect(read(name, content)).rejects.toMatchObject({ code: "invalid-pairs" });
  });

  test("a column that is not there is named", async () => {
    await expect(read("p.csv", "id_a,id_b\nx,y\n", ["id_a", "other"])).rejects.toThrow(/a column other.*id_a, id_b/);
  });
});
