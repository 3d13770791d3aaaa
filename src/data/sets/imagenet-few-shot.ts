import type { StoredFile } from "../sources/container.js";
import { invalidList, type Listed, presentItems, readList } from "./listed.js";
import { setOptions } from "./options.js";
import type { PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({});

const parts = [
  { list: "train.csv", split: "train" },
  { list: "val.csv", split: "validation" },
  { list: "test.csv", split: "test" },
] as const;

const PICTURE = /\.(jpe?g|png)$/i;

/** mini-ImageNet with the lists of Ravi and Larochelle. */
export const miniImagenet: PublishedSet<typeof options> = {
  name: "mini-imagenet",
  summary: "mini-ImageNet: 100 classes of ImageNet with 600 images each, for few-shot learning",
  paper: "Vinyals et al., Matching Networks for One Shot Learning, NIPS 2016; split: Ravi, Larochelle, ICLR 2017",
  aliases: ["miniimagenet", "mini_imagenet", "miniImageNet"],
  origin:
    "lists: the repository twitter-research/meta-learning-lstm on GitHub; images: made from ImageNet (ILSVRC 2012) by those lists",
  licence: "ImageNet's terms: non-commercial research and education",
  protocol:
    "64 classes train, 16 validate, 20 test; 5-way 1- and 5-shot episodes with 15 queries a class; mean accuracy",
  classes: 100,
  counts: [
    { part: "train", items: 38400, classes: 64 },
    { part: "validation", items: 9600, classes: 16 },
    { part: "test", items: 12000, classes: 20 },
  ],
  layouts: [
    {
      name: "lists and a folder of images",
      files: [
        ...parts.map(({ list, split }) => ({
          path: list,
          mark: true,
          holds: `file name and class of the ${split} images`,
        })),
        { path: "images/", archive: "images.zip", mark: true, holds: "60,000 JPEG files called as in the lists" },
      ],
    },
  ],
  byNameOnly: true,
  options,
  create: (settings) => {
    const { partial } = options.parse(settings);
    return async (source) => {
      const images = source.folder("images");
      const listed: Listed[] = [];
      for (const { list, split } of parts) {
        const file = source.file(list);
        for (const {
          fields: [name = "", label = ""],
        } of await readList(file, { separator: /\s*,\s*/, fields: [2], skip: 1 })) {
          listed.push({ item: { name, label, split }, file: images.get(name) });
        }
      }
      return { items: presentItems(source.path, listed, partial) };
    };
  },
};

/** tiered-ImageNet, divided by high-level categories. */
export const tieredImagenet: PublishedSet<typeof options> = {
  name: "tiered-imagenet",
  summary: "tiered-ImageNet: 608 classes of ImageNet, parts divided by 34 high-level categories",
  paper: "Ren et al., Meta-Learning for Semi-Supervised Few-Shot Classification, ICLR 2018",
  aliases: ["tieredimagenet", "tiered_imagenet", "tieredImageNet"],
  origin:
    "lists: the repository renmengye/few-shot-ssl-public on GitHub; images: ImageNet (ILSVRC 2012), folders of its training part (the pickles of that repository are not read: they can run programs)",
  licence: "ImageNet's terms: non-commercial research and education",
  protocol:
    "351 classes of 20 categories train, 97 of 6 validate, 160 of 8 test; 5-way 1- and 5-shot episodes; mean accuracy",
  classes: 608,
  counts: [
    { part: "train", items: 448695, classes: 351 },
    { part: "validation", items: 124261, classes: 97 },
    { part: "test", items: 206209, classes: 160 },
  ],
  layouts: [
    {
      name: "lists and ImageNet",
      files: [
        ...parts.map(({ list, split }) => ({
          path: list,
          mark: true,
          holds: `class and category of the ${split} part, by WordNet id`,
        })),
        { path: "ILSVRC2012_img_train/", mark: true, holds: "ImageNet's training images in a folder a WordNet id" },
      ],
    },
  ],
  byNameOnly: true,
  options,
  create: (settings) => {
    options.parse(settings);
    return readTiered;
  },
};

async function readTiered(source: SetSource): Promise<SetContent> {
  const byClass = new Map<string, [string, StoredFile][]>();
  for (const [path, file] of source.folder("ILSVRC2012_img_train")) {
    const folder = path.split("/")[0]!;
    const files = byClass.get(folder);
    if (files) files.push([path, file]);
    else byClass.set(folder, [[path, file]]);
  }
  const listed: Listed[] = [];
  for (const { list, split } of parts) {
    const lines = source.file(list);
    for (const {
      line,
      fields: [label = "", group = ""],
    } of await readList(lines, { separator: /\s*,\s*/, fields: [2] })) {
      if (!/^n\d{8}$/.test(label)) throw invalidList(lines, line, "a WordNet id such as n02099267", label);
      for (const [name, file] of byClass.get(label) ?? []) {
        if (PICTURE.test(name)) listed.push({ item: { name, label, split, group }, file });
      }
    }
  }
  return { items: presentItems(source.path, listed, true) };
}
