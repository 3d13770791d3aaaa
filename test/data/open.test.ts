import { existsSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listDatasets } from "../../src/data/catalog.js";
import { classIndex, type Dataset, type ImageDataset } from "../../src/data/dataset.js";
import { decodeImage } from "../../src/data/images/decode.js";
import { dataFolders, openDataset } from "../../src/data/open.js";
import { makeZip } from "./archives.js";
import { scratchFolder, writeFiles } from "./scratch.js";

const scratch = await scratchFolder();
const png = await sharp({ create: { width: 3, height: 3, channels: 3, background: "red" } })
  .png()
  .toBuffer();
const files = (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, png]));
const zip = (...paths: string[]) => makeZip(paths.map((path) => ({ path, bytes: png })));
const rows = ({ items }: Dataset) =>
  items.map(({ name, label, split }) => [name, label, split].filter(Boolean).join(" "));

let environment: string | undefined;
beforeEach(() => {
  environment = process.env.SIMILE_DATA;
});
afterEach(() => {
  if (environment === undefined) delete process.env.SIMILE_DATA;
  else process.env.SIMILE_DATA = environment;
});

describe("openDataset", () => {
  test("a folder of class folders", async () => {
    const folder = await writeFiles(join(scratch, "pets"), files("cat/1.png", "dog/1.png"));
    const dataset = await openDataset(folder);
    expect([dataset.kind, dataset.name]).toEqual(["image", "pets"]);
    expect(rows(dataset)).toEqual(["cat/1.png cat", "dog/1.png dog"]);
  });

  test("an archive, or several with the parts of a split", async () => {
    const folder = await writeFiles(join(scratch, "archives"), {
      "train_a.zip": zip("cat/1.png"),
      "test_b.zip": zip("dog/1.png"),
      "extra.zip": zip("owl/1.png"),
    });
    const [train, other, extra] = ["train_a.zip", "test_b.zip", "extra.zip"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    expect(rows(await openDataset(train))).toEqual(["cat/1.png cat"]);
    expect(rows(await openDataset([train, other]))).toEqual([
      "train_a.zip/cat/1.png cat train",
      "test_b.zip/dog/1.png dog test",
    ]);
    expect(rows(await openDataset([train, extra]))).toEqual(["train_a.zip/cat/1.png cat", "extra.zip/owl/1.png owl"]);
    // Of a whole folder, those named after parts.
    expect(rows(await openDataset(folder))).toEqual([
      "test_b.zip/dog/1.png dog test",
      "train_a.zip/cat/1.png cat train",
    ]);
  });

  test("a folder with a listing called labels", async () => {
    const folder = await writeFiles(join(scratch, "listed"), {
      "images.zip": zip("1.png", "2.png"),
      "labels.csv": "file,person\n1.png,Ada\n2.png,Alan\n",
      "pairs.csv": "a,b\n",
    });
    expect(rows(await openDataset(folder))).toEqual(["images.zip/1.png Ada", "images.zip/2.png Alan"]);
    expect(rows(await openDataset(join(folder, "labels.csv")))).toHaveLength(2);
  });

  test("lists of parts as Stanford Online Products has them, with roles and cameras in any listing", async () => {
    const head = "image_id class_id super_class_id path";
    const folder = await writeFiles(join(scratch, "products"), {
      ...files("cups/1.png", "cups/2.png", "jars/3.png"),
      "shop_train.txt": `${head}\n1 11 1 cups/1.png\n2 11 1 cups/2.png\n`,
      "shop_test.txt": `${head}\n3   12 2 jars/3.png\n`,
      "notes_test.txt": 'the "image of a label\n',
    });
    const dataset = await openDataset(folder);
    expect(rows(dataset)).toEqual(["jars/3.png 12 test", "cups/1.png 11 train", "cups/2.png 11 train"]);
    expect(dataset.items.map(({ group }) => group)).toEqual(["2", "1", "1"]);
    expect(rows(await openDataset(join(folder, "shop_test.txt")))).toEqual(["jars/3.png 12"]);
    await writeFiles(folder, {
      "people.csv": "path,label,split,camera\ncups/1.png,Ada,query,7\njars/3.png,Ada,gallery,8\n",
    });
    expect((await openDataset(join(folder, "people.csv"))).items).toMatchObject([
      { split: "test", role: "query", camera: "7" },
      { split: "test", role: "gallery", camera: "8" },
    ]);
  });

  test("a table of vectors, with labels in it, beside it, or none", async () => {
    const folder = await writeFiles(join(scratch, "vectors"), {
      "iris.csv": "a,b,class\n1,2,x\n3,4,y\n",
      "flowers.jsonl":
        '{"path":"1.jpg","label":"x","embedding":[1,2]}\n{"path":"2.jpg","label":"y","embedding":[3,4]}\n',
      "both.csv": "path,label,a\n1.jpg,x,5\n",
      "bare.csv": "a,b\n1,2\n",
      "kinds.txt": "q\n",
    });
    const iris = await openDataset(join(folder, "iris.csv"));
    expect(iris).toMatchObject({ kind: "vector", name: "iris", dimension: 2, vectors: Float32Array.of(1, 2, 3, 4) });
    expect(rows(iris)).toEqual(["row 1 x", "row 2 y"]);
    expect(rows(await openDataset(join(folder, "flowers.jsonl")))).toEqual(["1.jpg x", "2.jpg y"]);
    expect(await openDataset(join(folder, "both.csv"))).toMatchObject({ kind: "image" });
    expect(await openDataset(join(folder, "both.csv"), { kind: "vector" })).toMatchObject({
      kind: "vector",
      dimension: 1,
    });
    const bare = join(folder, "bare.csv");
    await expect(openDataset(bare)).rejects.toMatchObject({ code: "no-labels" });
    expect(rows(await openDataset(bare, { labels: join(folder, "kinds.txt") }))).toEqual(["row 1 q"]);
    expect((await openDataset(bare, { unlabelled: "keep" })).items).toMatchObject([{ label: "" }]);
  });

  test("by name in a folder of data sets", async () => {
    await writeFiles(join(scratch, "sets"), files("birds/owl/1.png", "birds/wren/1.png"));
    process.env.SIMILE_DATA = join(scratch, "sets");
    expect(dataFolders()[0]).toBe(join(scratch, "sets"));
    expect(rows(await openDataset("birds"))).toEqual(["owl/1.png owl", "wren/1.png wren"]);
  });

  test("demo is built in", async () => {
    expect(await openDataset("demo")).toMatchObject({ kind: "image", name: "demo" });
  });

  test("images without a class, for search", async () => {
    const folder = await writeFiles(join(scratch, "queries"), files("1.png", "2.png"));
    await expect(openDataset(folder)).rejects.toMatchObject({ code: "no-class" });
    expect((await openDataset(folder, { unlabelled: "keep" })).items.map(({ label }) => label)).toEqual(["", ""]);
  });

  test.each(["no-such-thing", "", "../nor/this.zip"])("%j is unknown", async (source) => {
    await expect(openDataset(source)).rejects.toMatchObject({ code: "unknown-source" });
  });

  test("a file of another kind is unknown", async () => {
    const folder = await writeFiles(join(scratch, "other"), { "notes.txt": "x" });
    await expect(openDataset(join(folder, "notes.txt"))).rejects.toMatchObject({ code: "unknown-source" });
  });
});

describe("listDatasets", () => {
  test("counts what is built in and what was found", async () => {
    const sets = await writeFiles(join(scratch, "catalog"), {
      "birds/README.md": "# Birds of the yard\n\nLicence: CC0\n",
      "birds/train.zip": zip("owl/1.png", "owl/2.png"),
      "birds/test.zip": zip("wren/1.png"),
      "broken/images.zip": "no zip at all",
      "notes/README.md": "# Only text",
      "official/CUB_200_2011.tgz": "not opened",
    });
    process.env.SIMILE_DATA = sets;
    const found = await listDatasets();
    expect(found[0]).toMatchObject({ name: "demo", location: "built in", items: 4719, classes: 1573 });
    expect(found[0]!.credits).toHaveLength(3);
    const ours = found.filter(({ location }) => location.startsWith(sets));
    expect(ours.map(({ name }) => name)).toEqual(["birds", "broken", "official"]);
    expect(ours[2]).toMatchObject({ published: "cub-200-2011", items: 11788, classes: 200 });
    expect(ours[0]).toEqual({
      name: "birds",
      title: "Birds of the yard",
      location: join(sets, "birds"),
      licence: "CC0",
      credits: [],
      kind: "image",
      items: 3,
      classes: 2,
      splits: [
        { name: "test", items: 1, classes: 1 },
        { name: "train", items: 2, classes: 1 },
      ],
    });
    expect(ours[1]).toMatchObject({ items: 0, licence: "not stated", problem: expect.stringMatching(/zip archive/) });
  });
});

const shared = (name: string) => !existsSync(join("..", "shared", "data", name));

describe.skipIf(shared("omniglot"))("omniglot", () => {
  test("background trains, evaluation tests, the class is alphabet and character", async () => {
    const dataset = (await openDataset("omniglot")) as ImageDataset;
    expect([dataset.items.length, classIndex(dataset.items).classes.length]).toEqual([32_460, 1623]);
    const part = (split: string) => dataset.items.filter((item) => item.split === split);
    expect([part("train").length, part("test").length]).toEqual([19_280, 13_180]);
    expect(new Set(dataset.items.map(({ group }) => group)).size).toBe(50);
    const item = dataset.items.find(({ label }) => label === "Latin/character01")!;
    const { pixels, width, height } = await decodeImage(await item.read(), item.name);
    expect([width, height]).toEqual([105, 105]);
    expect(new Set(pixels)).toEqual(new Set([0, 255]));
  });
});

describe.skipIf(shared("tabular-uci"))("tabular-uci", () => {
  test("each table is a set of vectors", async () => {
    const iris = await openDataset("tabular-uci/iris.csv");
    expect(iris).toMatchObject({ kind: "vector", dimension: 4 });
    expect(classIndex(iris.items).classes).toEqual(["setosa", "versicolor", "virginica"]);
  });
});

describe.skipIf(shared("cars196"))("cars196", () => {
  test("has the classes' names and the field's split", async () => {
    const dataset = (await openDataset("cars196")) as ImageDataset;
    expect([dataset.items.length, classIndex(dataset.items).classes.length]).toEqual([8144, 196]);
    const labels = (split: string) =>
      new Set(dataset.items.filter((item) => item.split === split).map(({ label }) => label));
    expect([labels("train").size, labels("test").size]).toEqual([98, 98]);
    expect(labels("train")).toContain("AM General Hummer SUV 2000");
    const { width, height } = await decodeImage(await dataset.items[0]!.read(), "x");
    expect(Math.min(width, height)).toBeLessThanOrEqual(96);
  });
});
