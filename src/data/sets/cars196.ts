import { SimileError } from "../../errors/index.js";
import type { StoredFile } from "../sources/container.js";
import { type MatValue, parseMat } from "../tables/mat.js";
import { cropped, type PixelBox } from "./crop.js";
import { type Listed, presentItems } from "./listed.js";
import { crop, setOptions } from "./options.js";
import type { PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({ crop });

/** Class ids up to this one train, the others test (Oh Song et al. 2016). */
const TRAINED = 98;
const CLASSES = 196;

/** Stanford Cars, in the one-archive form of 2013 and the train/test form. */
export const cars196: PublishedSet<typeof options> = {
  name: "cars196",
  summary: "Stanford Cars: photographs of 196 makes, models and years",
  paper: "Krause, Stark, Deng, Fei-Fei, 3D Object Representations for Fine-Grained Categorization, 3dRR 2013",
  aliases: ["cars", "cars-196", "stanford-cars", "stanford_cars"],
  origin: "the AI lab of Stanford, page Cars Dataset (no longer served there; mirrors hold the same files)",
  licence: "non-commercial research, as ImageNet; the photographs belong to their owners",
  protocol:
    "classes 1-98 train, 99-196 test (Oh Song et al., CVPR 2016), over both official halves; every test image searches all others; R@1, 2, 4, 8, MAP@R",
  classes: 196,
  counts: [
    { part: "train", items: 8054, classes: 98 },
    { part: "test", items: 8131, classes: 98 },
  ],
  layouts: [
    {
      name: "one archive",
      files: [
        { path: "cars_annos.mat", mark: true, holds: "path, box and class of every image; names of the classes" },
        { path: "car_ims/", archive: "car_ims.tgz", mark: true, holds: "16,185 JPEG files" },
      ],
    },
    {
      name: "train and test",
      files: [
        { path: "cars_train/", archive: "cars_train.tgz", mark: true, holds: "8,144 JPEG files" },
        { path: "cars_test/", archive: "cars_test.tgz", holds: "8,041 JPEG files" },
        { path: "cars_meta.mat", archive: "car_devkit.tgz", mark: true, holds: "names of the classes" },
        {
          path: "cars_train_annos.mat",
          archive: "car_devkit.tgz",
          holds: "file, box and class of the training images",
        },
        {
          path: "cars_test_annos_withlabels.mat",
          holds: "the same of the test images (the devkit's own file lacks the classes)",
        },
      ],
    },
  ],
  options,
  create: (settings) => {
    const { partial, crop } = options.parse(settings);
    return (source) => readCars(source, partial, crop);
  },
};

interface Annotation {
  readonly name: string;
  readonly file: StoredFile | undefined;
  readonly label: number;
  readonly box: PixelBox;
}

async function readCars(source: SetSource, partial: boolean, crop: boolean): Promise<SetContent> {
  const old = source.layout.name === "one archive";
  const names = await classNames(source.file(old ? "cars_annos.mat" : "cars_meta.mat"));
  const annotated = old
    ? await annotations(source.file("cars_annos.mat"), "relative_im_path", "car_ims", source)
    : [
        ...(await annotations(source.file("cars_train_annos.mat"), "fname", "cars_train", source)),
        ...(await annotations(source.file("cars_test_annos_withlabels.mat"), "fname", "cars_test", source)),
      ];
  const listed = annotated.map(({ name, file, label }): Listed => {
    // The number keeps the official order of the classes.
    const item = {
      name,
      label: `${String(label).padStart(3, "0")} ${names[label - 1]}`,
      split: label <= TRAINED ? "train" : "test",
    };
    return { item, file };
  });
  const items = presentItems(source.path, listed, partial);
  if (!crop) return { items };
  const boxes = new Map(annotated.map(({ name, box }) => [name, box]));
  return { items: items.map((item) => cropped(item, boxes.get(item.name)!)) };
}

async function classNames(file: StoredFile): Promise<string[]> {
  const value = parseMat(await file.read(), file.path).get("class_names");
  const names = value?.kind === "cells" ? value.cells.map(text) : [];
  if (names.length === CLASSES && !names.includes(undefined)) return names as string[];
  throw wrongMat(file, `class_names, ${CLASSES} texts`, value === undefined ? "nothing" : `${names.length} of them`);
}

async function annotations(
  file: StoredFile,
  nameField: string,
  folder: string,
  source: SetSource,
): Promise<Annotation[]> {
  const value = parseMat(await file.read(), file.path).get("annotations");
  if (value?.kind !== "structs") throw wrongMat(file, "annotations, an array of structs", value?.kind ?? "nothing");
  const images = source.folder(folder);
  return value.elements.map((element, i) => {
    const path = text(element.get(nameField));
    const [label, left, top, right, bottom] = ["class", "bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2"].map((field) =>
      number(element.get(field)),
    );
    if (path === undefined || !(Number.isInteger(label) && label! >= 1 && label! <= CLASSES)) {
      const lacks = nameField === "fname" && path !== undefined && label === undefined;
      const received = lacks ? "none: this is the file without labels" : `${path ?? "no name"}, ${label ?? "no class"}`;
      throw wrongMat(file, `a file name and a class from 1 to ${CLASSES} in annotation ${i + 1}`, received);
    }
    const base = path.split("/").pop()!;
    // The published corners are pixels that belong to the box, counted from 1.
    const box = {
      left: (left ?? 1) - 1,
      top: (top ?? 1) - 1,
      right: right ?? Number.NaN,
      bottom: bottom ?? Number.NaN,
    };
    return { name: `${folder}/${base}`, file: images.get(base), label: label!, box };
  });
}

function text(value: MatValue | undefined): string | undefined {
  return value?.kind === "text" && value.rows.length === 1 ? value.rows[0] : undefined;
}

function number(value: MatValue | undefined): number | undefined {
  return value?.kind === "numbers" ? value.values[0] : undefined;
}

function wrongMat({ path }: StoredFile, expected: string, received: string): SimileError {
  const remedy = "take the file as its makers published it";
  return new SimileError({ code: "invalid-listing", where: path, expected, received, remedy });
}
