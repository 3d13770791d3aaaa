import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decodeModel } from "../../../src/onnx/index.js";
import { readPreprocessing } from "../../../src/train/pretrained/preprocessing.js";
import { type NetworkOptions, network } from "./network.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-preprocessing-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const read = (options: NetworkOptions, path = join(folder, "model.onnx")) =>
  readPreprocessing(decodeModel(network(options)), path);

const note = {
  input: {
    kind: "image",
    size: 96,
    crop: 0.9,
    workingSide: 107,
    channels: "bgr",
    range: 255,
    mean: [1, 2, 3],
    deviation: [4, 5, 6],
  },
  dimension: 8,
};

describe("how pictures are prepared is read from", () => {
  test("Simile's note", async () => {
    const found = await read({ metadata: { simile: JSON.stringify(note) } });
    const { kind: _, workingSide: __, ...expected } = note.input;
    expect(found).toEqual({ ...expected, source: "Simile's note in the file" });
  });

  test("timm's keys, one by one or packed", async () => {
    const keys = { input_size: [3, 288, 288], crop_pct: 0.95, mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.1] };
    const expected = { size: 288, crop: 0.95, mean: keys.mean, deviation: keys.std };
    const single = Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, JSON.stringify(value)]));
    expect(await read({ metadata: single })).toMatchObject(expected);
    expect(await read({ metadata: { pretrained_cfg: JSON.stringify(keys) } })).toMatchObject(expected);
  });

  test("the ONNX standard's keys", async () => {
    const found = await read({
      metadata: { "Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "NominalRange_0_255" },
    });
    expect(found).toMatchObject({ channels: "bgr", range: 255, mean: [0, 0, 0], deviation: [1, 1, 1] });
    expect(await read({ metadata: { "Image.NominalPixelRange": "Normalized_1_1" } })).toMatchObject({
      range: 1,
      mean: [0.5, 0.5, 0.5],
      deviation: [0.5, 0.5, 0.5],
    });
  });

  test("the files that lie beside it", async () => {
    const processor = {
      size: { shortest_edge: 256 },
      crop_size: { height: 224, width: 224 },
      image_mean: [0.48, 0.46, 0.41],
      image_std: [0.27, 0.26, 0.28],
    };
    await writeFile(join(folder, "preprocessor_config.json"), JSON.stringify(processor));
    await mkdir(join(folder, "onnx"));
    const found = await read({}, join(folder, "onnx", "model.onnx"));
    expect(found).toMatchObject({ size: 224, crop: 0.875, range: 1, mean: processor.image_mean });
    await rm(join(folder, "preprocessor_config.json"));
    const timm = { pretrained_cfg: { input_size: [3, 160, 160], mean: [0.1, 0.2, 0.3], std: [1, 1, 1] } };
    await writeFile(join(folder, "config.json"), JSON.stringify(timm));
    expect(await read({})).toMatchObject({ size: 160, mean: [0.1, 0.2, 0.3], source: "timm's config.json" });
  });

  test("the mean that the first node subtracts", async () => {
    const inside = { mean: [0, 0, 0], deviation: [1, 1, 1] };
    expect(await read({ mean: [104, 117, 123] })).toMatchObject({ channels: "bgr", range: 255, ...inside });
    expect(await read({ mean: [0.485, 0.456, 0.406] })).toMatchObject({ channels: "rgb", range: 1, ...inside });
  });
});

test("a size in the graph is the only one; without any sign nothing is claimed", async () => {
  expect(await read({ size: 64, metadata: { simile: JSON.stringify(note) } })).toMatchObject({ size: 64, crop: 0.9 });
  expect(await read({})).toBeUndefined();
  await writeFile(join(folder, "preprocessor_config.json"), "{ damaged");
  expect(await read({})).toBeUndefined();
});
