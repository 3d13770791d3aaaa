import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SimileError } from "../../errors/index.js";
import type { ImageItem, RawImage } from "../dataset.js";
import { splitInName } from "../split-names.js";
import { readIdx } from "../tables/idx.js";

/** Whether a file is named like images in MNIST's format: `train-images-idx3-ubyte`, perhaps gzipped. */
export function isIdxImages(path: string): boolean {
  return /images.*idx[34]/i.test(basename(path));
}

/**
 * The images of idx files [N, height, width] or [N, height, width, channels] of bytes, labelled by the idx file beside
 * each that has `labels` where its own name has `images`. Several files named after different parts of a split
 * (`train`, `t10k`) are those. Errors: `no-labels`, `invalid-table`.
 */
export async function readIdxImages(paths: readonly string[]): Promise<ImageItem[]> {
  const splits = paths.map((path) => splitInName(basename(path)));
  const divided = new Set(splits).size > 1 && !splits.includes(undefined);
  const parts = await Promise.all(paths.map((path, i) => readPart(path, divided ? splits[i] : undefined)));
  return parts.flat();
}

async function readPart(path: string, split: string | undefined): Promise<ImageItem[]> {
  const labelPath = await labelsBeside(path);
  const [images, labels] = await Promise.all([readIdx(path), readIdx(labelPath)]);
  const [count = 0, height = 0, width = 0, channels = 1] = images.shape;
  const { values } = images;
  const isImages = [3, 4].includes(images.shape.length) && values instanceof Uint8Array && isChannels(channels);
  if (!isImages)
    throw invalidIdx(path, "bytes of shape [N, height, width] or [N, height, width, 1 to 4]", images.shape);
  if (labels.shape.length !== 1 || labels.shape[0] !== count)
    throw invalidIdx(labelPath, `shape [${count}]`, labels.shape);
  const length = height * width * channels;
  return Array.from(labels.values, (label, i) => ({
    name: `${basename(path)}/${i}`,
    label: String(label),
    ...(split === undefined ? {} : { split }),
    read: async (): Promise<RawImage> => {
      const pixels = values.subarray(i * length, (i + 1) * length);
      return { kind: "raw", pixels, width, height, channels };
    },
  }));
}

function isChannels(count: number): count is RawImage["channels"] {
  return count >= 1 && count <= 4;
}

async function labelsBeside(path: string): Promise<string> {
  const beginning = `${/^.*(?=images)/i.exec(basename(path))?.[0] ?? ""}labels`.toLowerCase();
  const files = (await readdir(dirname(path))).sort();
  const found = files.find((file) => file.toLowerCase().startsWith(beginning) && /idx1/i.test(file));
  if (found) return join(dirname(path), found);
  throw new SimileError({
    code: "no-labels",
    where: path,
    expected: `an idx file beside it called ${beginning}-idx1-...`,
    received: "none",
    remedy: "put the file of labels into the same folder",
  });
}

function invalidIdx(where: string, expected: string, shape: readonly number[]): SimileError {
  const received = `shape [${shape.join(", ")}]`;
  return new SimileError({ code: "invalid-table", where, expected, received, remedy: "give another file" });
}
