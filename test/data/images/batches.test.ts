import { describe, expect, test } from "vitest";
import type { ImageContent, ImageItem } from "../../../src/data/dataset.js";
import { type ImageBatchOptions, imageBatches, inOrder } from "../../../src/data/images/batches.js";
import { ImageStore } from "../../../src/data/images/store.js";
import { evaluationTransform, trainingTransform } from "../../../src/data/images/transform.js";
import { SimileError } from "../../../src/errors/index.js";
import { Random } from "../../../src/rng/index.js";

/** Items of one colour each, their number; `delay` turns of the event loop go by before one is read. */
function items(count: number, delay: (index: number) => number = () => 0) {
  const log = { reads: 0, reading: 0, mostReading: 0 };
  const made: ImageItem[] = Array.from({ length: count }, (_, i) => ({
    name: `item ${i}`,
    label: "x",
    read: async (): Promise<ImageContent> => {
      log.reads++;
      log.mostReading = Math.max(log.mostReading, ++log.reading);
      for (let turn = 0; turn < delay(i); turn++) await new Promise(setImmediate);
      log.reading--;
      const pixels = new Uint8Array(16 * 16 * 3).map((_, k) => (k % 48) * 5);
      return { kind: "raw", pixels: pixels.fill(i, 0, 300), width: 16, height: 16, channels: 3 };
    },
  }));
  return { items: made, log };
}

function options(more: Partial<ImageBatchOptions> = {}): ImageBatchOptions {
  return {
    store: new ImageStore(),
    transform: trainingTransform({ size: 8, brightness: 0.3 }),
    random: new Random(1),
    ...more,
  };
}

const settle = async () => {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
};

describe("imageBatches", () => {
  test("keeps the order of batches and items, however long each takes", async () => {
    const { items: some } = items(6, (i) => 10 - i);
    const transform = evaluationTransform({ size: 1, cropShare: 0.01 });
    const seen = [];
    for await (const batch of imageBatches(some, [[5, 0], [3], [1, 1, 2]], options({ transform }))) seen.push(batch);
    expect(seen.map(({ step }) => step)).toEqual([0, 1, 2]);
    expect(seen.map(({ indices }) => [...indices])).toEqual([[5, 0], [3], [1, 1, 2]]);
    expect(seen.map(({ pixels }) => pixels.length)).toEqual([6, 3, 9]);
  });

  test("puts each picture at its place", async () => {
    const solid: ImageItem[] = [10, 20, 30].map((value) => ({
      name: `${value}`,
      label: "x",
      read: async () => ({ kind: "raw", pixels: Uint8Array.of(value), width: 1, height: 1, channels: 1 }),
    }));
    const transform = evaluationTransform({ size: 1 });
    for await (const { pixels } of imageBatches(solid, [[2, 0, 1]], options({ transform }))) {
      expect([...pixels]).toEqual([30, 30, 30, 10, 10, 10, 20, 20, 20]);
    }
  });

  test("a run resumed at step t sees the bits of one that never stopped", async () => {
    const { items: some } = items(10);
    const batches = [
      [1, 2, 3],
      [4, 5, 6],
      [1, 2, 3],
      [7, 8, 9],
    ];
    const all = [];
    for await (const batch of imageBatches(some, batches, options())) all.push(batch);
    expect(all[0]!.pixels).not.toEqual(all[2]!.pixels);
    const resumed = [];
    const later = options({ firstStep: 2, ahead: 0, store: new ImageStore({ cacheBytes: 0, concurrency: 1 }) });
    for await (const batch of imageBatches(some, batches.slice(2), later)) resumed.push(batch);
    expect(resumed).toEqual(all.slice(2));
  });

  test("the same picture twice in a batch is varied twice", async () => {
    const { items: some } = items(1);
    for await (const { pixels } of imageBatches(some, [[0, 0]], options())) {
      expect(pixels.subarray(0, pixels.length / 2)).not.toEqual(pixels.subarray(pixels.length / 2));
    }
  });

  test("prepares `ahead` batches and no more", async () => {
    for (const ahead of [0, 1, 3]) {
      const { items: some, log } = items(100);
      const store = new ImageStore({ cacheBytes: 0 });
      const running = imageBatches(some, inOrder(100, 4), options({ ahead, store }));
      await running.next();
      await settle();
      expect(log.reads).toBe(4 * (1 + ahead));
      await running.next();
      await settle();
      expect(log.reads).toBe(4 * (2 + ahead));
      await running.return();
    }
  });

  test("stops drawing batches when the loop is left", async () => {
    const { items: some, log } = items(100, () => 2);
    let closed = false;
    function* endless() {
      try {
        for (;;) yield [1, 2, 3];
      } finally {
        closed = true;
      }
    }
    for await (const batch of imageBatches(some, endless(), options())) if (batch.step === 3) break;
    expect([closed, log.reading]).toEqual([true, 0]);
  });

  test("a picture that cannot be read is named when its batch comes", async () => {
    const { items: some } = items(4);
    const broken: ImageItem = {
      name: "cat/broken.jpg",
      label: "x",
      read: async () => ({ kind: "encoded", bytes: new Uint8Array(3) }),
    };
    const running = imageBatches([...some, broken], [[0], [4], [1]], options());
    expect((await running.next()).value).toMatchObject({ step: 0 });
    await expect(running.next()).rejects.toMatchObject({ code: "unreadable-image", where: "cat/broken.jpg" });
    expect((await running.next()).done).toBe(true);
  });

  test("an index without an item is an error", async () => {
    await expect(imageBatches(items(2).items, [[2]], options()).next()).rejects.toThrow(SimileError);
  });
});

describe("ImageStore", () => {
  test("reads no more than `concurrency` pictures at a time", async () => {
    const { items: some, log } = items(40, (i) => i % 3);
    const store = new ImageStore({ concurrency: 3, cacheBytes: 0 });
    await Promise.all(some.map((item) => store.load(item)));
    expect([log.reads, log.mostReading]).toEqual([40, 3]);
  });

  test("keeps pictures up to the limit", async () => {
    const { items: some, log } = items(10);
    const store = new ImageStore({ cacheBytes: 4 * 16 * 16 * 3 + 10 });
    for (const item of [...some, ...some]) await store.load(item);
    expect([log.reads, store.keptBytes]).toEqual([10 + 6, 4 * 16 * 16 * 3]);
  });

  test("a failure frees its place", async () => {
    const store = new ImageStore({ concurrency: 1 });
    const broken: ImageItem = { name: "a", label: "x", read: () => Promise.reject(new Error("gone")) };
    await Promise.all([1, 2, 3].map(() => expect(store.load(broken)).rejects.toThrow("gone")));
    await expect(store.load(items(1).items[0]!)).resolves.toMatchObject({ width: 16 });
  });
});

test("inOrder covers everything once", () => {
  expect([...inOrder(7, 3)].map((batch) => [...batch])).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
  expect([...inOrder(0, 3)]).toEqual([]);
});
