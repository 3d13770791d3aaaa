import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ImageItem, openDataset, readVectors, type VectorDataset, writeParquetVectors } from "../data/index.js";
import { SimileError } from "../errors/index.js";
import { Random } from "../rng/index.js";
import { Variables } from "../run/index.js";
import {
  backboneFiles,
  compileEmbedding,
  createInputs,
  createModel,
  createPictures,
  embedItems,
  prepareData,
  readConfig,
  type TrainConfig,
  type TrainOptions,
} from "../train/index.js";

/** Told now and then what is being done. */
export type OnProgress = (what: string, done: number, total: number) => void;

/** Items embedded between two tellings. */
const PART = 512;

/**
 * A data set of pictures as the features that a pretrained backbone gives them, taken once: the next call with the same
 * pictures, backbone and preparation reads them from a Parquet file in `cache`, named after a hash of all three.
 *
 * @param options of a training run: `data`, `backbone`, and `image` where the preparation is not the backbone's own
 */
export async function frozenFeatures(
  options: TrainOptions,
  cache: string,
  onProgress: OnProgress = () => {},
): Promise<VectorDataset> {
  const config = await readConfig(options);
  const opened = await openDataset(config.data);
  if (opened.kind !== "image") throw notPictures(config.data);
  const path = join(cache, `${await contentHash(config, opened.items)}.parquet`);
  const base = { kind: "vector", name: opened.name } as const;
  if (!existsSync(path)) await takeFeatures(config, path, onProgress);
  const { vectors, dimension, names } = await readVectors(path);
  // Pictures that could not be read have no features.
  const known = new Map(opened.items.map((item) => [item.name, item]));
  const items = names!.map((name) => {
    const { read: _, ...item } = known.get(name)!;
    return item;
  });
  return { ...base, items, vectors, dimension };
}

/** Of the pictures with all that is known of them, the backbone and the preparation. */
async function contentHash({ backbone, image }: TrainConfig, items: readonly ImageItem[]): Promise<string> {
  // The checksum tells which file it is; where it lies does not matter.
  const { model: _, preparation: __, ...identity } = backbone ?? { name: "" };
  const hash = createHash("sha256").update(JSON.stringify([identity, image]));
  for (const { read, ...item } of items) {
    const content = await read();
    hash.update(JSON.stringify(item)).update(content.kind === "raw" ? content.pixels : content.bytes);
  }
  return hash.digest("hex").slice(0, 32);
}

async function takeFeatures(config: TrainConfig, path: string, onProgress: OnProgress): Promise<void> {
  const pictures = createPictures(config);
  try {
    const preparing = prepareData(config, pictures.store);
    let next = await preparing.next();
    for (; !next.done; next = await preparing.next()) {
      if (next.value.type === "prepare") onProgress(next.value.what, next.value.done, next.value.total);
    }
    const { dataset } = next.value;
    const { items } = dataset;
    const source = createInputs(dataset, pictures);
    const model = createModel(config, source.input, await backboneFiles(config));
    const variables = new Variables();
    variables.add({ model: model.parameters }, new Random(config.seed));
    const features = await compileEmbedding(model, variables, new Map(), {}, "features");
    const dimension = model.featureSize;
    const vectors = new Float32Array(items.length * dimension);
    try {
      for (let first = 0; first < items.length; first += PART) {
        onProgress("taking features", first, items.length);
        const part = Int32Array.from({ length: Math.min(PART, items.length - first) }, (_, i) => first + i);
        vectors.set((await embedItems(features, { dimension }, source, part)).data, first * dimension);
      }
    } finally {
      await features.release();
    }
    const [names, labels] = [items.map(({ name }) => name), items.map(({ label }) => label)];
    await mkdir(dirname(path), { recursive: true });
    await writeParquetVectors(path, { vectors, dimension, names, labels });
  } finally {
    await pictures.store.close();
  }
}

function notPictures(data: string): SimileError {
  return new SimileError({
    code: "wrong-data",
    where: data,
    expected: "pictures, which the backbone takes",
    received: "vectors",
    remedy: "leave out the backbone: vectors are features already",
  });
}
