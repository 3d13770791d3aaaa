import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import {
  evaluationTransform,
  type ImageItem,
  ImageStore,
  type ImageTransform,
  imageBatches,
  inOrder,
  openDataset,
  trainingTransform,
} from "../../src/data/index.js";
import { Random } from "../../src/rng/index.js";
import type { Case, Suite } from "../suite.js";

/** Where both sides find the pictures. */
const folder = join(tmpdir(), "simile-bench-input");
const COUNT = 192;

/** Small pictures: cars196 as it is kept here (96 pixels high), or noise of that size where it is not. */
async function smallPictures(): Promise<Uint8Array[]> {
  const cars = await openDataset("cars196").catch(() => undefined);
  if (cars?.kind === "image") {
    const contents = await Promise.all(cars.items.slice(0, COUNT).map((item) => item.read()));
    return contents.flatMap((content) => (content.kind === "encoded" ? [content.bytes] : []));
  }
  const random = new Random(1);
  const noise = () => new Uint8Array(36 * 24 * 3).map(() => random.integer(256));
  const one = () =>
    sharp(noise(), { raw: { width: 36, height: 24, channels: 3 } })
      .resize(144, 96)
      .jpeg()
      .toBuffer();
  return Promise.all(Array.from({ length: COUNT }, one));
}

/** 500 x 375: a grid of twelve small ones, so that there is as much detail as in a photograph. */
async function largePicture(small: readonly Uint8Array[], first: number): Promise<Uint8Array> {
  const tiles = Array.from({ length: 12 }, async (_, i) => ({
    input: await sharp(small[(first + 16 * i) % small.length]!)
      .resize(125, 125, { fit: "fill" })
      .png()
      .toBuffer(),
    left: 125 * (i % 4),
    top: 125 * Math.floor(i / 4),
  }));
  const canvas = sharp({ create: { width: 500, height: 375, channels: 3, background: "#000000" } });
  return canvas
    .composite(await Promise.all(tiles))
    .jpeg({ quality: 90 })
    .toBuffer();
}

async function makePictures(): Promise<void> {
  if (existsSync(folder)) return;
  const building = `${folder}-${process.pid}`;
  const small = await smallPictures();
  const large = await Promise.all(small.map((_, i) => largePicture(small, i)));
  for (const [kind, pictures] of Object.entries({ small, large })) {
    await mkdir(join(building, kind), { recursive: true });
    for (const [i, bytes] of pictures.entries()) {
      await writeFile(join(building, kind, `${String(i).padStart(3, "0")}.jpg`), bytes);
    }
  }
  await rename(building, folder).catch(() => rm(building, { recursive: true }));
}

/** All pictures once, in batches of 32, through two threads; `cached`: decoded before, as in all epochs but the first. */
function epoch(kind: "small" | "large", transform: ImageTransform, cached: boolean): Case {
  return {
    async make(threads) {
      await makePictures();
      const path = join(folder, kind);
      const items = readdirSync(path).map((name): ImageItem => {
        return { name, label: "x", read: async () => ({ kind: "encoded", bytes: await readFile(join(path, name)) }) };
      });
      const shorterSide = transform.workingSide;
      const store = new ImageStore({ threads, threadsAfter: 0, shorterSide, ...(cached ? {} : { cacheBytes: 0 }) });
      const run = async () => {
        const batches = imageBatches(items, inOrder(items.length, 32), { store, transform, random: new Random(1) });
        for await (const batch of batches) if (batch.failed.length > 0) throw batch.failed[0]!.error;
      };
      return { run, release: () => store.close() };
    },
  };
}

const crop = (size: number) => trainingTransform({ size, scale: [0.5, 1] });

export const suite: Suite = {
  title: `decoding and augmenting ${COUNT} pictures, batches of 32`,
  peer: { name: "torchvision", script: "torchvision_input.py" },
  cases: {
    "train-48": epoch("small", crop(48), false),
    "train-48/cached": epoch("small", crop(48), true),
    "train-64": epoch("small", crop(64), false),
    "train-64/cached": epoch("small", crop(64), true),
    "train-224": epoch("large", trainingTransform({ size: 224 }), false),
    "train-224/cached": epoch("large", trainingTransform({ size: 224 }), true),
    "evaluate-224": epoch("large", evaluationTransform({ size: 224 }), false),
    "evaluate-224/cached": epoch("large", evaluationTransform({ size: 224 }), true),
  },
};
