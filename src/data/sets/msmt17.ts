import type { Item } from "../dataset.js";
import type { StoredFile } from "../sources/container.js";
import { invalidList, type Listed, presentItems, readList } from "./listed.js";
import { setOptions } from "./options.js";
import type { Layout, PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({});

const lists: readonly { list: string; half: "train" | "test"; place: Pick<Item, "split" | "role"> }[] = [
  { list: "list_train.txt", half: "train", place: { split: "train" } },
  { list: "list_val.txt", half: "train", place: { split: "validation" } },
  { list: "list_query.txt", half: "test", place: { split: "test", role: "query" } },
  { list: "list_gallery.txt", half: "test", place: { split: "test", role: "gallery" } },
];

/** Folders of the two releases. */
const folders: Readonly<Record<string, { readonly train: string; readonly test: string }>> = {
  V1: { train: "train", test: "test" },
  V2: { train: "mask_train_v2", test: "mask_test_v2" },
};

function layout(name: string): Layout {
  const archive = `MSMT17_${name}.tar.gz`;
  const { train, test } = folders[name]!;
  return {
    name,
    files: [
      ...lists.map(({ list }) => ({ path: list, archive, mark: true, holds: "image and person, a line each" })),
      { path: `${train}/`, archive, mark: true, holds: "32,621 JPEG files in a folder a person" },
      { path: `${test}/`, archive, mark: true, holds: "93,820 JPEG files in a folder a person" },
    ],
  };
}

/** MSMT17: people before fifteen cameras, indoors and outdoors, over four days. */
export const msmt17: PublishedSet<typeof options> = {
  name: "msmt17",
  summary: "MSMT17: 4,101 people before fifteen cameras of a campus",
  paper: "Wei, Zhang, Gao, Tian, Person Transfer GAN to Bridge Domain Gap for Person Re-Identification, CVPR 2018",
  aliases: ["MSMT17_V1", "MSMT17_V2"],
  origin: "the page of the person transfer GAN project at Peking University, on request",
  licence: "academic research on agreement with its makers, no redistribution",
  protocol:
    "1,041 people train (a part of their images validates), 3,060 test; gallery images of the query's person by the query's camera do not count; MAP, R@1",
  classes: 4101,
  counts: [
    { part: "train", items: 30248, classes: 1041 },
    { part: "validation", items: 2373 },
    { part: "test/query", items: 11659, classes: 3060 },
    { part: "test/gallery", items: 82161, classes: 3060 },
  ],
  layouts: [layout("V1"), layout("V2")],
  options,
  create: (settings) => {
    const { partial } = options.parse(settings);
    return (source) => readMsmt(source, partial);
  },
};

async function readMsmt(source: SetSource, partial: boolean): Promise<SetContent> {
  const { train, test } = folders[source.layout.name]!;
  const images = { train: source.folder(train), test: source.folder(test) };
  const listed: Listed[] = [];
  for (const { list, half, place } of lists) {
    for (const row of await readPeople(source.file(list), half, place, images[half])) listed.push(row);
  }
  return { items: presentItems(source.path, listed, partial) };
}

/** Lines `0000/0000_000_01_0303morning_0008_0.jpg 0`: the third part of the file name is the camera. */
async function readPeople(
  file: StoredFile,
  half: string,
  place: Pick<Item, "split" | "role">,
  images: ReadonlyMap<string, StoredFile>,
): Promise<Listed[]> {
  const rows = await readList(file, { fields: [2] });
  return rows.map(({ line, fields: [path = "", person = ""] }) => {
    const camera = path.split("/").pop()!.split("_")[2];
    if (camera === undefined || !/^\d+$/.test(camera))
      throw invalidList(file, line, "a name with the number of the camera", path);
    // The halves number their people anew.
    const item = { name: `${half}/${path}`, label: `${half} ${person}`, ...place, camera };
    return { item, file: images.get(path) };
  });
}
