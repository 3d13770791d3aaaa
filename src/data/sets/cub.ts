import type { StoredFile } from "../sources/container.js";
import { cropped } from "./crop.js";
import { invalidList, type ListLine, presentItems, readList, wholeNumber } from "./listed.js";
import { crop, setOptions } from "./options.js";
import type { PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({ crop });
const archive = "CUB_200_2011.tgz";

/** Class ids up to this one train, the others test (Oh Song et al. 2016). */
const TRAINED = 100;
const CLASSES = 200;

/** Caltech-UCSD Birds 200-2011, split by classes as in metric learning. */
export const cub: PublishedSet<typeof options> = {
  name: "cub-200-2011",
  summary: "Caltech-UCSD Birds-200-2011: photographs of 200 bird species",
  paper: "Wah et al., The Caltech-UCSD Birds-200-2011 Dataset, CNS-TR-2011-001, 2011",
  aliases: ["cub", "cub200", "cub-200", "CUB_200_2011"],
  origin: "the vision group of Caltech (Perona lab), page CUB-200-2011, on CaltechDATA",
  licence: "none stated; non-commercial research and education, the photographs belong to their owners",
  protocol:
    "classes 1-100 train, 101-200 test (Oh Song et al., CVPR 2016); every test image searches all others; R@1, 2, 4, 8, MAP@R",
  classes: 200,
  counts: [
    { part: "train", items: 5864, classes: 100 },
    { part: "test", items: 5924, classes: 100 },
  ],
  layouts: [
    {
      name: "official",
      files: [
        { path: "images.txt", archive, mark: true, holds: "number and path of every image" },
        { path: "image_class_labels.txt", archive, mark: true, holds: "number and class of every image" },
        { path: "classes.txt", archive, holds: "number and name of every class" },
        { path: "bounding_boxes.txt", archive, optional: true, holds: "number and box of every image, for crop=true" },
        { path: "images/", archive, holds: "11,788 JPEG files in a folder a class" },
      ],
    },
  ],
  options,
  create: (settings) => {
    const { partial, crop } = options.parse(settings);
    return (source) => readCub(source, partial, crop);
  },
};

async function readCub(source: SetSource, partial: boolean, crop: boolean): Promise<SetContent> {
  const classes = await byNumber(source.file("classes.txt"), CLASSES);
  const names = await byNumber(source.file("images.txt"));
  const labels = source.file("image_class_labels.txt");
  const images = source.folder("images");
  const listed = (await readList(labels, { fields: [2] })).map((row) => {
    const {
      line,
      fields: [number = "", label],
    } = row;
    const name = names.get(number);
    const id = wholeNumber(labels, row, label, 1, CLASSES);
    if (name === undefined) throw invalidList(labels, line, "an image that images.txt lists", number);
    const className = classes.get(String(id));
    if (className === undefined) throw invalidList(labels, line, "a class that classes.txt lists", String(id));
    const item = { name, label: className, split: id <= TRAINED ? "train" : "test" };
    return { number, item, file: images.get(name) };
  });
  const items = presentItems(source.path, listed, partial);
  if (!crop) return { items };
  const boxes = await readBoxes(source.file("bounding_boxes.txt"));
  const numbers = new Map(listed.map(({ number, item }) => [item.name, number]));
  return {
    items: items.map((item) => {
      const box = boxes.get(numbers.get(item.name)!);
      if (box === undefined) throw invalidList(source.file("bounding_boxes.txt"), 1, `a box of ${item.name}`, "none");
      return cropped(item, box);
    }),
  };
}

/** Lines `number name`; the numbers run from 1 to `last` at most. */
async function byNumber(file: StoredFile, last = Number.MAX_SAFE_INTEGER): Promise<Map<string, string>> {
  const rows = await readList(file, { fields: [2] });
  return new Map(rows.map((row) => [String(wholeNumber(file, row, row.fields[0], 1, last)), row.fields[1]!]));
}

/** Lines `number x y width height`. */
async function readBoxes(file: StoredFile) {
  const rows = await readList(file, { fields: [5] });
  return new Map(
    rows.map((row) => {
      const [left, top, width, height] = row.fields.slice(1).map((text) => pixels(file, row, text)) as [
        number,
        number,
        number,
        number,
      ];
      return [row.fields[0]!, { left, top, right: left + width, bottom: top + height }];
    }),
  );
}

function pixels(file: StoredFile, { line }: ListLine, text: string): number {
  const value = Number(text);
  if (text !== "" && Number.isFinite(value) && value >= 0) return value;
  throw invalidList(file, line, "a number of pixels", text);
}
