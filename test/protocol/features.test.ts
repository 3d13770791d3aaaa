import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { frozenFeatures } from "../../src/protocol/index.js";
import { writePictures } from "../train/pictures.js";
import { network } from "../train/pretrained/network.js";

let folder = "";
let data = "";
let backbone = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-features-"));
  data = join(folder, "pictures");
  backbone = join(folder, "network.onnx");
  await writePictures(data, 4, 3);
  await writeFile(backbone, network());
});
afterAll(() => rm(folder, { recursive: true }));

test("features are taken once for the same pictures and network, wherever the file lies", async () => {
  const cache = join(folder, "cache");
  const told: string[] = [];
  const first = await frozenFeatures({ data, backbone }, cache, (what) => told.push(what));
  expect(told).toContain("taking features");
  expect(first.items.map(({ label }) => label)).toEqual([0, 1, 2, 3].flatMap((i) => Array(3).fill(`class-0${i}`)));
  expect(first.vectors.length).toBe(12 * first.dimension);
  expect(new Set(first.vectors).size).toBeGreaterThan(12);

  const moved = join(folder, "elsewhere.onnx");
  await copyFile(backbone, moved);
  const again: string[] = [];
  const second = await frozenFeatures({ data, backbone: moved }, cache, (what) => again.push(what));
  expect(again).toEqual([]);
  expect(second.vectors).toEqual(first.vectors);
  expect(second.items).toEqual(first.items);
  expect(await readdir(cache)).toHaveLength(1);

  await frozenFeatures({ data, backbone, image: { size: 24 } }, cache);
  expect(await readdir(cache)).toHaveLength(2);
  const extra = join(folder, "more");
  await mkdir(extra);
  await writePictures(extra, 4, 2);
  await frozenFeatures({ data: extra, backbone }, cache);
  expect(await readdir(cache)).toHaveLength(3);
});

test("vectors have no use for a backbone", async () => {
  const table = join(folder, "items.jsonl");
  await writeFile(table, '{"id":"a","label":"x","embedding":[1,2]}\n{"id":"b","label":"x","embedding":[2,2]}\n');
  await expect(frozenFeatures({ data: table, backbone }, join(folder, "cache"))).rejects.toThrow(
    "expected pictures, which the backbone takes",
  );
});
