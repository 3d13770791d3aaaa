import { existsSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { classIndex } from "../../../src/data/dataset.js";
import { openDataset } from "../../../src/data/open.js";
import { readIdxImages } from "../../../src/data/sources/idx-images.js";
import { scratchFolder, writeFiles } from "../scratch.js";

const scratch = await scratchFolder();

/** An idx file of bytes. */
function idx(shape: number[], values: number[], type = 8): Buffer {
  const header = Buffer.from([0, 0, type, shape.length]);
  const extents = Buffer.alloc(4 * shape.length);
  for (const [axis, extent] of shape.entries()) extents.writeUInt32BE(extent, 4 * axis);
  return Buffer.concat([header, extents, Buffer.from(values)]);
}

describe("readIdxImages", () => {
  test("grey images with the labels beside them, gzipped or not", async () => {
    const folder = await writeFiles(join(scratch, "mnist"), {
      "train-images-idx3-ubyte.gz": gzipSync(idx([2, 1, 3], [1, 2, 3, 4, 5, 6])),
      "train-labels-idx1-ubyte.gz": gzipSync(idx([2], [7, 0])),
      "t10k-images.idx3-ubyte": idx([1, 1, 3], [9, 9, 9]),
      "t10k-labels.idx1-ubyte": idx([1], [7]),
    });
    const alone = await openDataset(join(folder, "train-images-idx3-ubyte.gz"));
    expect(alone.items.map(({ read, ...rest }: { read?: unknown } & object) => rest)).toEqual([
      { name: "train-images-idx3-ubyte.gz/0", label: "7" },
      { name: "train-images-idx3-ubyte.gz/1", label: "0" },
    ]);
    const dataset = await openDataset(folder);
    expect(dataset.items.map(({ label, split }) => [label, split])).toEqual([
      ["7", "test"],
      ["7", "train"],
      ["0", "train"],
    ]);
    const items = dataset.kind === "image" ? dataset.items : [];
    expect(await items[2]!.read()).toEqual({
      kind: "raw",
      pixels: Uint8Array.of(4, 5, 6),
      width: 3,
      height: 1,
      channels: 1,
    });
  });

  test("colour images", async () => {
    const folder = await writeFiles(join(scratch, "colour"), {
      "images-idx4-ubyte": idx([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]),
      "labels-idx1-ubyte": idx([1], [0]),
    });
    const [item] = await readIdxImages([join(folder, "images-idx4-ubyte")]);
    expect(await item!.read()).toMatchObject({ width: 2, height: 1, channels: 3 });
  });

  test.each([
    ["no labels", { "a-images-idx3-ubyte": idx([1, 1, 1], [1]), "b-labels-idx1-ubyte": idx([1], [1]) }, "no-labels"],
    [
      "too few labels",
      { "a-images-idx3-ubyte": idx([1, 1, 1], [1]), "a-labels-idx1-ubyte": idx([0], []) },
      "invalid-table",
    ],
    [
      "another shape",
      { "a-images-idx3-ubyte": idx([1, 1], [1]), "a-labels-idx1-ubyte": idx([1], [1]) },
      "invalid-table",
    ],
    [
      "other numbers",
      { "a-images-idx3-ubyte": idx([1, 1, 1], [1], 9), "a-labels-idx1-ubyte": idx([1], [1]) },
      "invalid-table",
    ],
  ])("%s is an error", async (name, files, code) => {
    const folder = await writeFiles(join(scratch, name), files);
    await expect(readIdxImages([join(folder, "a-images-idx3-ubyte")])).rejects.toMatchObject({ code });
  });
});

const omniglot = join("..", "shared", "data", "omniglot", "omniglot28-images-idx3-ubyte.gz");
describe.skipIf(!existsSync(omniglot))("omniglot28", () => {
  test("has 1,623 classes of 20 images", async () => {
    const { items } = await openDataset(omniglot);
    expect([items.length, classIndex(items).classes.length]).toEqual([32_460, 1623]);
  });
});
