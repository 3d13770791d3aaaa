import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readVectors, type VectorDataset, writeParquetVectors } from "../data/index.js";
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
  const pictures = createPictures(config);
  try {
    const preparing = prepareData(config, pictures.store);
    let next = await preparing.next();
    for (; !next.done; next = await preparing.next()) {
      if (next.value.type === "prepare") onProgress(next.value.what, next.value.done, next.value.total);
    }
    const { dataset } = next.value;
    if (dataset.kind !== "image") throw notPictures(config.data);
    const source = createInputs(dataset, pictures);
    const hash = createHash("sha256").update(JSON.stringify([config.backbone, config.image]));
    for (const item of dataset.items) {
      const content = await item.read();
      const described = [item.name, item.label, item.split, item.group, item.role, item.camera];
      hash.update(JSON.stringify(described)).update(content.kind === "raw" ? content.pixels : content.bytes);
    }
    const path = join(cache, `${hash.digest("hex").slice(0, 32)}.parquet`);
    const plain = dataset.items.map(({ name, label, split, group, role, camera }) => ({
      name,
      label,
      ...(split !== undefined && { split }),
      ...(group !== undefined && { group }),
      ...(role !== undefined && { role }),
      ...(camera !== undefined && { camera }),
    }));
    const base = { kind: "vector", name: dataset.name, items: plain } as const;
    if (existsSync(path)) {
      const { vectors, dimension } = await readVectors(path);
      return { ...base, vectors, dimension };
    }
    const model = createModel(config, source.input, await backboneFiles(config));
    const variables = new Variables();
    variables.add({ model: model.parameters }, new Random(config.seed));
    const features = await compileEmbedding(model, variables, new Map(), {}, "features");
    const dimension = model.featureSize;
    const vectors = new Float32Array(plain.length * dimension);
    try {
      for (let first = 0; first < plain.length; first += PART) {
        onProgress("taking features", first, plain.length);
        const part = Int32Array.from({ length: Math.min(PART, plain.length - first) }, (_, i) => first + i);
        vectors.set((await embedItems(features, { dimension }, source, part)).data, first * dimension);
      }
    } finally {
      await features.release();
    }
    await mkdir(cache, { recursive: true });
    const [names, labels] = [plain.map(({ name }) => name), plain.map(({ label }) => label)];
    await writeParquetVectors(path, { vectors, dimension, names, labels });
    return { ...base, vectors, dimension };
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
