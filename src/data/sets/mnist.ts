import { z } from "zod";
import { SimileError } from "../../errors/index.js";
import type { ImageItem, RawImage } from "../dataset.js";
import type { StoredFile } from "../sources/container.js";
import { type IdxTensor, readIdx } from "../tables/idx.js";
import { readList, wholeNumber } from "./listed.js";
import { setOptions } from "./options.js";
import type { OfficialFile, PartCount, PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({});

const emnistCounts: Readonly<Record<string, readonly PartCount[]>> = {
  balanced: counts(112800, 18800, 47),
  byclass: counts(697932, 116323, 62),
  bymerge: counts(697932, 116323, 47),
  digits: counts(240000, 40000, 10),
  letters: counts(124800, 20800, 26),
  mnist: counts(60000, 10000, 10),
};

const emnistOptions = setOptions({
  variant: z
    .enum(["balanced", "byclass", "bymerge", "digits", "letters", "mnist"])
    .default("balanced")
    .describe("which of the six selections"),
});

function counts(train: number, test: number, classes: number): PartCount[] {
  return [
    { part: "train", items: train, classes },
    { part: "test", items: test, classes },
  ];
}

const files: readonly OfficialFile[] = [
  { path: "train-images-idx3-ubyte.gz", mark: true, holds: "60,000 training images" },
  { path: "train-labels-idx1-ubyte.gz", mark: true, holds: "their classes" },
  { path: "t10k-images-idx3-ubyte.gz", mark: true, holds: "10,000 test images" },
  { path: "t10k-labels-idx1-ubyte.gz", mark: true, holds: "their classes" },
];

type Family = Pick<PublishedSet, "name" | "summary" | "paper" | "aliases" | "origin" | "licence"> & {
  readonly labels: readonly string[];
};

function family({ labels, ...about }: Family): PublishedSet<typeof options> {
  return {
    ...about,
    protocol: "60,000 train, 10,000 test, all classes in both",
    classes: 10,
    counts: counts(60000, 10000, 10),
    layouts: [{ name: "idx", files }],
    byNameOnly: true,
    options,
    create: (settings) => {
      options.parse(settings);
      return async (source) => ({
        items: [
          ...(await readPart(source, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "train", labels)),
          ...(await readPart(source, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", "test", labels)),
        ],
      });
    },
  };
}

const digits = [..."0123456789"];

/** MNIST. */
export const mnist = family({
  name: "mnist",
  summary: "MNIST: 70,000 handwritten digits",
  paper: "LeCun, Bottou, Bengio, Haffner, Gradient-Based Learning Applied to Document Recognition, Proc. IEEE 86, 1998",
  aliases: ["MNIST"],
  origin: "Yann LeCun's page (no longer served; mirrors hold the same files)",
  licence: "CC BY-SA 3.0, as mirrors state it",
  labels: digits,
});

/** Fashion-MNIST. */
export const fashionMnist = family({
  name: "fashion-mnist",
  summary: "Fashion-MNIST: 70,000 pieces of clothing of 10 kinds",
  paper: "Xiao, Rasul, Vollgraf, Fashion-MNIST: a Novel Image Dataset, arXiv 1708.07747, 2017",
  aliases: ["fashionmnist", "FashionMNIST"],
  origin: "the repository zalandoresearch/fashion-mnist on GitHub, folder data/fashion",
  licence: "MIT",
  labels: ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
});

/** Kuzushiji-MNIST. */
export const kmnist = family({
  name: "kmnist",
  summary: "Kuzushiji-MNIST: 70,000 cursive Japanese characters of 10 rows of hiragana",
  paper: "Clanuwat et al., Deep Learning for Classical Japanese Literature, arXiv 1812.01718, 2018",
  aliases: ["kuzushiji-mnist", "KMNIST"],
  origin: "the Center for Open Data in the Humanities (ROIS-DS), page Kuzushiji-MNIST",
  licence: "CC BY-SA 4.0",
  labels: ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
});

const emnistFiles: readonly OfficialFile[] = (["train", "test"] as const).flatMap((part) => [
  {
    path: `emnist-balanced-${part}-images-idx3-ubyte.gz`,
    archive: "gzip.zip",
    mark: true,
    holds: `${part} images; other selections likewise`,
  },
  { path: `emnist-balanced-${part}-labels-idx1-ubyte.gz`, archive: "gzip.zip", holds: "their classes" },
]);

/** EMNIST, its pictures turned upright. */
export const emnist: PublishedSet<typeof emnistOptions> = {
  name: "emnist",
  summary: "EMNIST: handwritten letters and digits in six selections",
  paper: "Cohen, Afshar, Tapson, van Schaik, EMNIST: Extending MNIST to Handwritten Letters, IJCNN 2017",
  aliases: ["EMNIST"],
  origin: "NIST, page The EMNIST Dataset, the archive in binary format (gzip.zip)",
  licence: "public domain (NIST)",
  protocol:
    "the parts of each selection, all classes in both; the files hold the pictures mirrored along the diagonal, here they are upright",
  classes: 47,
  counts: emnistCounts.balanced!,
  layouts: [
    {
      name: "idx",
      files: [
        ...emnistFiles,
        { path: "emnist-balanced-mapping.txt", archive: "gzip.zip", holds: "number and character code of every class" },
      ],
    },
  ],
  options: emnistOptions,
  create: (settings) => {
    const { variant } = emnistOptions.parse(settings);
    return (source) => readEmnist(source, variant);
  },
};

async function readEmnist(source: SetSource, variant: string): Promise<SetContent> {
  const mapping = source.file(`emnist-${variant}-mapping.txt`);
  const labels: string[] = [];
  for (const row of await readList(mapping, { fields: [2, 3] })) {
    const [number, ...codes] = row.fields;
    const texts = codes.map((code) => String.fromCharCode(wholeNumber(mapping, row, code, 32, 126)));
    labels[wholeNumber(mapping, row, number, 0, 255)] = texts[0]!;
  }
  const part = (split: string) =>
    readPart(
      source,
      `emnist-${variant}-${split}-images-idx3-ubyte`,
      `emnist-${variant}-${split}-labels-idx1-ubyte`,
      split,
      labels,
      true,
    );
  return { items: [...(await part("train")), ...(await part("test"))], counts: emnistCounts[variant]! };
}

async function readPart(
  source: SetSource,
  imageFile: string,
  labelFile: string,
  split: string,
  names: readonly string[],
  transposed = false,
): Promise<ImageItem[]> {
  const images = await idxNamed(source, imageFile);
  const labels = await idxNamed(source, labelFile);
  const [count = 0, height = 0, width = 0] = images.shape;
  const { values } = images;
  if (images.shape.length !== 3 || !(values instanceof Uint8Array))
    throw wrongIdx(imageFile, "bytes [N, height, width]", images);
  if (labels.shape.length !== 1 || labels.shape[0] !== count) throw wrongIdx(labelFile, `shape [${count}]`, labels);
  const size = height * width;
  return Array.from(labels.values, (label, i) => {
    const name = names[label];
    if (name === undefined) throw wrongIdx(labelFile, `classes below ${names.length}`, labels, `class ${label}`);
    const read = async (): Promise<RawImage> => {
      const pixels = values.subarray(i * size, (i + 1) * size);
      const image = { kind: "raw", width, height, channels: 1, pixels } as const;
      return transposed ? { ...image, width: height, height: width, pixels: transpose(pixels, height, width) } : image;
    };
    return { name: `${imageFile}/${i}`, label: name, split, read };
  });
}

/** [height, width] as [width, height]. */
function transpose(pixels: Uint8Array, height: number, width: number): Uint8Array {
  return pixels.map((_, at) => pixels[(at % height) * width + Math.floor(at / height)]!);
}

/** An idx file as handed out, or inflated; unpackers also turn `-idx3` into `.idx3`. */
async function idxNamed(source: SetSource, name: string): Promise<IdxTensor> {
  const file: StoredFile = source.find(name.replace(/-(idx\d)/, ".$1")) ?? source.file(`${name}.gz`);
  return readIdx(await file.read());
}

function wrongIdx(
  where: string,
  expected: string,
  { shape }: IdxTensor,
  received = `shape [${shape.join(", ")}]`,
): SimileError {
  return new SimileError({ code: "invalid-table", where, expected, received, remedy: "take the file as published" });
}
