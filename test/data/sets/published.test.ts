import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { dataFolders, listPublishedSets, openDataset, publishedSets } from "../../../src/data/index.js";
import { parseSelection } from "../../../src/data/sets/selection.js";
import { makeZip } from "../archives.js";
import { scratchFolder, writeFiles } from "../scratch.js";
import { failure, lines, openPartial, pictures, under, zipped } from "./miniature.js";

const scratch = await scratchFolder();
const environment = process.env.SIMILE_DATA;
afterEach(() => {
  if (environment === undefined) delete process.env.SIMILE_DATA;
  else process.env.SIMILE_DATA = environment;
});

describe.each(publishedSets.entries)("$name", (set) => {
  test("says what it is, and has files to be known by", () => {
    for (const text of [set.summary, set.paper, set.origin, set.licence, set.protocol]) expect(text).not.toBe("");
    for (const { files } of set.layouts) expect(files.some(({ mark, optional }) => mark && !optional)).toBe(true);
    for (const { items } of set.counts) expect(items).toBeGreaterThan(0);
    const others = publishedSets.entries.filter((other) => other !== set);
    const taken = new Set(others.flatMap(({ name, aliases }) => [name, ...aliases]).map((name) => name.toLowerCase()));
    for (const name of [set.name, ...set.aliases]) expect(taken).not.toContain(name.toLowerCase());
  });

  test("asked for by name and begun, it says which files it lacks", async () => {
    const folder = join(scratch, `begun-${set.name}`);
    const { files } = set.layouts[0]!;
    const [first, ...rest] = files.filter(({ mark }) => mark);
    const path = first!.path.endsWith("/") ? `${first!.path}1.jpg` : first!.path;
    process.env.SIMILE_DATA = await writeFiles(folder, { [`${set.name}/${path}`]: "x" });
    const error = await failure(set.name);
    // A set that one marked file completes gets as far as reading it.
    expect(["missing-files", "wrong-counts", "invalid-listing", "invalid-table", "invalid-name"]).toContain(error.code);
    // Its own folder may be called like an official one.
    const lacking = rest.filter(({ path }) => path !== `${set.name}/`);
    for (const file of lacking) expect(error.message).toContain(file.archive ?? file.path);
    const [state] = await listPublishedSets(set.name);
    expect(state!.location).toBe(join(folder, set.name));
    expect(state!.missing).toEqual(expect.arrayContaining(lacking.map((file) => file.archive ?? file.path)));
  });

  test.skipIf(dataFolders().some((folder) => existsSync(join(folder, set.name))))(
    "asked for by name and nowhere, it says what to get, where, and where to put it",
    async () => {
      process.env.SIMILE_DATA = scratch;
      const found = set.aliases.some((name) => dataFolders().some((folder) => existsSync(join(folder, name))));
      if (found) return;
      const error = await failure(set.name);
      expect(error).toMatchObject({ code: "data-set-not-found", where: set.name });
      expect(error.expected).toContain(`in a folder ${set.name} of ${scratch}`);
      expect(error.remedy).toContain(set.origin);
    },
  );
});

test("a source is a place with or without options", () => {
  expect(parseSelection("cars196")).toEqual({ place: "cars196", settings: {} });
  expect(parseSelection("a/b:crop=true,test=1600,split=vinyals")).toEqual({
    place: "a/b",
    settings: { crop: true, test: 1600, split: "vinyals" },
  });
  for (const path of ["C:\\data\\set", "a:b", "a:b=c/d", ":x=1", "a:1=2"]) {
    expect(parseSelection(path)).toEqual({ place: path, settings: {} });
  }
});

test("by another name, by an archive among the data folders, with options after the name, and as it lies there", async () => {
  const images = pictures("images_background/Greek/character01/0001_01.png");
  const evaluation = pictures("images_evaluation/Tengwar/character01/0900_01.png");
  const inShop = { "Ebay_train.txt": "head\n1 1 1 a_final/1.JPG\n", "Ebay_test.txt": "head\n" };
  process.env.SIMILE_DATA = await writeFiles(join(scratch, "named"), {
    ...under("omniglot-py", { ...images, ...evaluation }),
    "Stanford_Online_Products.zip": zipped(
      under("Stanford_Online_Products", { ...inShop, ...pictures("a_final/1.JPG", "bicycle_final/2.JPG") }),
    ),
  });
  expect(lines(await openDataset("omniglot-py:partial=true"))).toHaveLength(2);
  expect(lines(await openDataset("SOP:partial=true"))).toEqual(["a_final/1.JPG | 1 | train | a"]);
  expect(lines(await openDataset("omniglot-py:set=none"))[0]).toBe(
    "images_background/Greek/character01/0001_01.png | images_background/Greek/character01 |  | images_background/Greek",
  );
  await expect(openDataset("SOP:colour=red")).rejects.toMatchObject({ code: "invalid-option" });
  await expect(openDataset("SOP:set=nothing")).rejects.toMatchObject({ code: "unknown-name" });
});

test("a complete copy is accepted, and one with an image less is not", async () => {
  const classes = Array.from({ length: 200 }, (_, i) => `${i + 1} ${String(i + 1).padStart(3, "0")}.Bird`);
  // 5,864 images of classes 1-100, 5,924 of 101-200.
  const images = Array.from({ length: 11788 }, (_, i) => {
    const id = i < 5864 ? (i % 100) + 1 : 101 + (i % 100);
    return { id, path: `${String(id).padStart(3, "0")}.Bird/${i}.jpg` };
  });
  const labels = images.map(({ id }, i) => `${i + 1} ${id}`);
  const folder = await writeFiles(join(scratch, "complete"), {
    "CUB_200_2011.zip": makeZip(
      images.map(({ path }) => ({ path: `CUB_200_2011/images/${path}`, bytes: new Uint8Array(0) })),
    ),
    "images.txt": images.map(({ path }, i) => `${i + 1} ${path}`).join("\n"),
    "image_class_labels.txt": labels.join("\n"),
    "classes.txt": classes.join("\n"),
  });
  const dataset = await openDataset(folder);
  expect(dataset.items).toHaveLength(11788);
  expect(dataset.notes).toBeUndefined();
  await writeFiles(folder, { "image_class_labels.txt": labels.slice(1).join("\n") });
  const difference = "train 5863 items of 100 classes instead of 5864 of 100";
  expect((await failure(folder)).received).toBe(difference);
  expect((await openPartial(folder)).notes).toEqual([`incomplete: ${difference}`]);
});

/** What lies in ../shared/data, and how it opens. */
const shared: Readonly<Record<string, string>> = {
  cars196: "8144 of 196, train test",
  cifar10: "6000 of 10, test train",
  "glove-subset": "7477 of 7477, ",
  "grocery-store": "5421 of 81, train validation test",
  "kg-fb15k237": "not-for-embedding",
  "kg-kinship": "not-for-embedding",
  "kg-umls": "not-for-embedding",
  "kg-wn18rr": "not-for-embedding",
  "lfw-subset": "3956 of 1351, , 4874 pairs",
  "mot-tud-results": "not-for-embedding",
  mot15: "not-for-embedding",
  mot16: "not-for-embedding",
  omniglot: "32460 of 1623, train test",
  "omniglot:split=vinyals": "129840 of 6492, train validation test",
  "omniglot/omniglot28-images-idx3-ubyte.gz": "32460 of 1623, ",
  "orl-faces": "400 of 40, , 3600 pairs",
  "tabular-uci": "several-tables",
  "tabular-uci/iris.csv": "150 of 3, ",
  "tiny-imagenet": "12000 of 200, test train validation",
  "wordnet-hierarchy": "not-for-embedding",
  "yale-faces": "164 of 15, ",
};
const sharedFolder = dataFolders().find((folder) => existsSync(join(folder, "orl-faces")));

describe.skipIf(sharedFolder === undefined)("the shared data sets", () => {
  test("are all known here", () => {
    const names = readdirSync(sharedFolder!);
    expect(names.filter((name) => !Object.hasOwn(shared, name))).toEqual([]);
  });

  test.each(Object.entries(shared))("%s: %s", async (name, expected) => {
    const outcome = await openDataset(name).then(
      ({ items, pairs }) => {
        const classes = new Set(items.map(({ label }) => label)).size;
        const splits = [...new Set(items.flatMap(({ split }) => split ?? []))].join(" ");
        return `${items.length} of ${classes}, ${splits}${pairs ? `, ${pairs.same.length} pairs` : ""}`;
      },
      (error: { code: string }) => error.code,
    );
    expect(outcome).toBe(expected);
  });

  test("groups, and another list of pairs", async () => {
    expect((await openDataset("grocery-store")).items[0]).toMatchObject({ label: "Golden-Delicious", group: "Apple" });
    const official = await openDataset("lfw-subset", {
      pairs: join(sharedFolder!, "lfw-subset", "official_pairs.csv"),
    });
    expect(official.pairs!.same.reduce((sum, same) => sum + same, 0)).toBe(1287);
    expect(official.pairs!.same).toHaveLength(1852);
  });
});
