import type { Item } from "../dataset.js";
import { invalidList, type Listed, presentItems, readList } from "./listed.js";
import { setOptions } from "./options.js";
import type { PublishedSet } from "./published.js";

const options = setOptions({});

const parts: Readonly<Record<string, Pick<Item, "split" | "role">>> = {
  train: { split: "train" },
  query: { split: "test", role: "query" },
  gallery: { split: "test", role: "gallery" },
};

/** DeepFashion, the in-shop clothes retrieval benchmark. */
export const inShop: PublishedSet<typeof options> = {
  name: "in-shop",
  summary: "DeepFashion In-Shop Clothes Retrieval: 7,982 garments as shops show them",
  paper: "Liu, Luo, Qiu, Wang, Tang, DeepFashion: Powering Robust Clothes Recognition and Retrieval, CVPR 2016",
  aliases: ["inshop", "in-shop-clothes", "In-shop Clothes Retrieval Benchmark", "deepfashion-in-shop"],
  origin:
    "the multimedia lab of the Chinese University of Hong Kong, page DeepFashion, benchmark In-Shop Clothes Retrieval",
  licence: "non-commercial research, on agreement with its makers",
  protocol: "3,997 garments train; of the other 3,985, query images search the gallery; R@1, 10, 20, 30, 40, 50, MAP@R",
  classes: 7982,
  counts: [
    { part: "train", items: 25882, classes: 3997 },
    { part: "test/query", items: 14218, classes: 3985 },
    { part: "test/gallery", items: 12612, classes: 3985 },
  ],
  layouts: [
    {
      name: "official",
      files: [
        {
          path: "list_eval_partition.txt",
          mark: true,
          holds: "image, garment and part (train, query, gallery); from the folder Eval",
        },
        { path: "img/", archive: "img.zip", mark: true, holds: "52,712 JPEG files; from the folder Img" },
      ],
    },
  ],
  options,
  create: (settings) => {
    const { partial } = options.parse(settings);
    return async (source) => {
      const list = source.file("list_eval_partition.txt");
      const images = source.folder("img");
      // Above the images: their number, and what the columns are.
      const rows = await readList(list, { fields: [3], skip: 2 });
      const listed = rows.map(({ line, fields: [path = "", label = "", part = ""] }): Listed => {
        const place = Object.hasOwn(parts, part) ? parts[part] : undefined;
        if (place === undefined) throw invalidList(list, line, "train, query or gallery", part);
        // img/WOMEN/Dresses/id_00000002/02_1_front.jpg
        const folders = path.split("/").slice(1, -2);
        const item = { name: path, label, ...place, ...(folders.length > 0 ? { group: folders.join("/") } : {}) };
        return { item, file: images.get(path.replace(/^img\//, "")) };
      });
      return { items: presentItems(source.path, listed, partial) };
    };
  },
};
