import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDelimited } from "../../../src/data/sources/delimited.js";
import { type ListingColumns, listsImages, readListing } from "../../../src/data/sources/listing.js";
import { SimileError } from "../../../src/errors/index.js";
import { makeTar, makeZip, tarMember } from "../archives.js";
import { scratchFolder, writeFiles } from "../scratch.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const scratch = await scratchFolder();
let folders = 0;

/** Reads a listing of this name and content, with files beside it. */
async function listed(name: string, text: string, files: Record<string, Uint8Array> = {}, columns?: ListingColumns) {
  const folder = await writeFiles(join(scratch, `${folders++}`), { ...files, [name]: text });
  return readListing(join(folder, name), columns);
}
const described = async (items: ReturnType<typeof listed>) => (await items).map(({ read, ...rest }) => rest);

describe("parseDelimited", () => {
  const fields = (text: string, separator: "," | "\t" = ",") =>
    parseDelimited(text, separator, "x").map((row) => row.fields);

  test("quotes, line endings, byte order mark, empty lines and fields", () => {
    expect(fields('\uFEFFa,"b, ""c""\nd"\r\n\r\n,\n"",x,')).toEqual([
      ["a", 'b, "c"\nd'],
      ["", ""],
      ["", "x", ""],
    ]);
    expect(fields("a,b\tc", "\t")).toEqual([["a,b", "c"]]);
    expect(fields("")).toEqual([]);
  });

  test("says the line each row starts on", () => {
    expect(parseDelimited('a\n"b\nb"\n\nc', ",", "x").map((row) => row.line)).toEqual([1, 2, 5]);
  });

  test.each(['a\n"b', 'a\n"b"c,d', '"'])("refuses %j", (text) => {
    expect(() => fields(text)).toThrow(expect.objectContaining({ code: "invalid-table" }));
  });

  test("gives back whatever was written", () => {
    const row = fc.array(fc.string(), { minLength: 2, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(row), fc.constantFrom("\n", "\r\n"), (rows, ending) => {
        const text = rows.map((r) => r.map((field) => `"${field.replaceAll('"', '""')}"`).join(",") + ending).join("");
        expect(fields(text)).toEqual(rows);
      }),
    );
  });

  test("any text ends or is refused", () => {
    const text = fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a", "\t") });
    fc.assert(
      fc.property(text, (any) => {
        try {
          fields(any);
        } catch (error) {
          expect(error).toBeInstanceOf(SimileError);
        }
      }),
    );
  });
});

describe("readListing", () => {
  const cats = { "cat/1.jpg": bytes("one"), "cat/2.jpg": bytes("two") };

  test.each([
    ["l.csv", "path,label,split,group\ncat/1.jpg,cat,val,pets\ncat/2.jpg,cat,,\n"],
    ["l.tsv", "label\tpath\tgroup\tsplit\ncat\tcat/1.jpg\tpets\tvalidation\ncat\tcat/2.jpg\t\t\n"],
    [
      "l.jsonl",
      '{"path":"cat/1.jpg","label":"cat","split":"valid","group":"pets"}\n\n{"path":"cat/2.jpg","label":"cat"}',
    ],
  ])("%s", async (name, text) => {
    const items = await listed(name, text, cats);
    expect(await described(Promise.resolve(items))).toEqual([
      { name: "cat/1.jpg", label: "cat", split: "validation", group: "pets" },
      { name: "cat/2.jpg", label: "cat" },
    ]);
    expect(await items[1]!.read()).toMatchObject({ kind: "encoded", bytes: Buffer.from("two") });
  });

  test("columns by their usual names, or as told", async () => {
    const text = "file,class_id,class_name,zero_shot_split,colour\ncat/1.jpg,1,cat,train,red\n";
    expect(await described(listed("l.csv", text, cats))).toEqual([{ name: "cat/1.jpg", label: "cat", split: "train" }]);
    const told = listed("l.csv", text, cats, { label: "class_id", group: "colour" });
    expect(await described(told)).toEqual([{ name: "cat/1.jpg", label: "1", split: "train", group: "red" }]);
    await expect(listed("l.csv", text, cats, { split: "fold" })).rejects.toThrow(
      /a column fold of splits.*columns file, class_id/,
    );
  });

  const archives = {
    "train.zip": makeZip([
      { path: "cat/1.jpg", bytes: bytes("train 1") },
      { path: "cat/2.jpg", bytes: bytes("train 2") },
    ]),
    "test.tar": makeTar([tarMember({ path: "./cat/1.jpg", bytes: bytes("test 1") })]),
  };
  const contents = async (items: Awaited<ReturnType<typeof listed>>) =>
    Promise.all(
      items.map(async (item) => {
        const content = await item.read();
        return content.kind === "encoded" ? new TextDecoder().decode(content.bytes) : "";
      }),
    );

  test("files inside the archives beside it, told apart by split or name", async () => {
    const bySplit = await listed(
      "labels.csv",
      "path,label,split\ncat/1.jpg,a,train\ncat/1.jpg,b,test\ncat/2.jpg,b,test\n",
      archives,
    );
    expect(await contents(bySplit)).toEqual(["train 1", "test 1", "train 2"]);
    expect(bySplit.map(({ name }) => name)).toEqual([
      "train.zip/cat/1.jpg",
      "test.tar/cat/1.jpg",
      "train.zip/cat/2.jpg",
    ]);
    const byName = await listed("labels.csv", "path,label\ntest.tar/cat/1.jpg,a\ncat/2.jpg,b\n", archives);
    expect(await contents(byName)).toEqual(["test 1", "train 2"]);
  });

  test("a path in two archives is refused", async () => {
    const listing = listed("labels.csv", "path,label\ncat/1.jpg,a\n", archives);
    await expect(listing).rejects.toMatchObject({ code: "ambiguous-path", where: expect.stringContaining("line 2") });
  });

  test("archives are not opened when the files lie beside the listing", async () => {
    const items = await listed("labels.csv", "path,label\ncat/1.jpg,a\n", { ...cats, "broken.zip": bytes("no zip") });
    expect(await contents(items)).toEqual(["one"]);
    await expect(listed("labels.csv", "path,label\nx.jpg,a\n", { "broken.zip": bytes("no zip") })).rejects.toThrow(
      /broken\.zip/,
    );
  });

  test("a file that is missing fails when it is read", async () => {
    const items = await listed("labels.csv", "path,label\ncat/1.jpg,a\ngone.jpg,a\n", cats);
    await expect(items[1]!.read()).rejects.toMatchObject({ code: "ENOENT" });
  });

  test.each([
    ["l.csv", "path,label\na.jpg\n", /line 2: expected 2 fields/],
    ["l.csv", "path,label\na.jpg,\n", /line 2: expected a path and a label, received a.jpg, no label/],
    ["l.csv", "path,label\na.jpg,x\na.jpg,y\n", /line 3: expected every path once/],
    ["l.csv", "path,kind\na.jpg,x\n", /a column label or class_name/],
    ["l.csv", "", /a column path or file/],
    ["l.jsonl", '{"path":"a.jpg","label":"x"}\n{"path":\n', /line 2: expected a JSON object/],
    ["l.jsonl", "[1]\n2\n", /line 2: expected a JSON object/],
  ])("%s %j is refused", async (name, text, message) => {
    const listing = listed(name, text);
    await expect(listing).rejects.toThrow(message);
    await expect(listing).rejects.toBeInstanceOf(SimileError);
  });

  test("a table without paths is no listing of images", async () => {
    const folder = await writeFiles(join(scratch, "tables"), {
      "a.csv": "x,y,class\n1,2,a\n",
      "b.csv": "image,label\n",
    });
    expect(await listsImages(join(folder, "a.csv"))).toBe(false);
    expect(await listsImages(join(folder, "b.csv"))).toBe(true);
    expect(await listsImages(join(folder, "a.csv"), { path: "x" })).toBe(true);
  });
});
