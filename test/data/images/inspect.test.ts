import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import type { ImageDataset, ImageItem } from "../../../src/data/dataset.js";
import { inspectImages } from "../../../src/data/images/inspect.js";
import { ImageStore } from "../../../src/data/images/store.js";

let png: Uint8Array;
beforeAll(async () => {
  png = await sharp({ create: { width: 20, height: 20, channels: 3, background: "red" } })
    .png()
    .toBuffer();
});

const item = (name: string, bytes: () => Uint8Array): ImageItem => ({
  name,
  label: name.split("/")[0]!,
  read: async () => ({ kind: "encoded", bytes: bytes() }),
});
const good = (...names: string[]) => names.map((name) => item(name, () => png));
const dataset = (items: ImageItem[]): ImageDataset => ({ kind: "image", name: "pets", items });

describe("inspectImages", () => {
  test("sets aside what cannot be used, by name and reason", async () => {
    const bad = [
      item("cat/cut.png", () => png.subarray(0, png.length - 30)),
      item("cat/empty.png", () => new Uint8Array(0)),
      item("cat/notes.txt", () => new TextEncoder().encode("not a picture")),
      {
        ...item("cat/gone.png", () => png),
        read: () => Promise.reject(Object.assign(new Error("ENOENT"), { syscall: "open" })),
      },
    ];
    const items = [...good("cat/1", "cat/2"), ...bad, ...good("dog/1", "dog/2", "owl/1")];
    const { dataset: usable, skipped, loneClasses } = await inspectImages(dataset(items), { maxSkippedShare: 0.5 });
    expect(usable.items.map(({ name }) => name)).toEqual(["cat/1", "cat/2", "dog/1", "dog/2", "owl/1"]);
    expect(skipped.map(({ name }) => name)).toEqual(bad.map(({ name }) => name));
    expect(skipped[1]).toEqual({ name: "cat/empty.png", code: "unreadable-image", reason: "0 bytes" });
    expect(loneClasses).toEqual(["owl"]);
  });

  test("absurdly large ones by the store's limit", async () => {
    const store = new ImageStore({ maxPixels: 399 });
    const inspecting = inspectImages(dataset(good("cat/1", "cat/2")), { store });
    await expect(inspecting).rejects.toMatchObject({ code: "too-many-unreadable" });
  });

  test("stops above the share allowed, naming files", async () => {
    const items = [
      ...good(...Array.from({ length: 18 }, (_, i) => `cat/${i}`)),
      item("cat/x", () => new Uint8Array(0)),
    ];
    await expect(inspectImages(dataset(items))).resolves.toMatchObject({ skipped: [{ name: "cat/x" }] });
    const more = [...items, item("cat/y", () => new Uint8Array(0)), item("cat/z", () => new Uint8Array(0))];
    await expect(inspectImages(dataset(more))).rejects.toThrow(/3 of 21: cat\/x \(0 bytes\), cat\/y/);
  });

  test("says so when no class has two pictures", async () => {
    await expect(inspectImages(dataset(good("cat/1", "dog/1")))).rejects.toMatchObject({ code: "too-few-images" });
    await expect(inspectImages(dataset([]))).rejects.toMatchObject({ code: "no-images" });
  });

  test("counts up, and leaves decoded pictures in the store", async () => {
    const store = new ImageStore();
    const progress: number[] = [];
    const onProgress = (looked: number, total: number) => progress.push(looked / total);
    await inspectImages(dataset(good("cat/1", "cat/2")), { store, onProgress });
    expect(progress).toEqual([0.5, 1]);
    expect(store.keptBytes).toBe(2 * 20 * 20 * 3);
  });

  test("an error that is no one's picture is not swallowed", async () => {
    const items = [{ ...good("cat/1")[0]!, read: () => Promise.reject(new TypeError("a defect")) }];
    await expect(inspectImages(dataset(items))).rejects.toThrow(TypeError);
  });
});
