import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImageItem } from "../../../src/data/dataset.js";
import { type ImageBatch, type ImageBatchOptions, imageBatches, inOrder } from "../../../src/data/images/batches.js";
import { ImageStore, type ImageStoreOptions } from "../../../src/data/images/store.js";
import { evaluationTransform, trainingTransform } from "../../../src/data/images/transform.js";
import { Random } from "../../../src/rng/index.js";

const transform = trainingTransform({ size: 12, brightness: 0.3, contrast: 0.2, hue: 0.1, rotation: 10 });
const stores: ImageStore[] = [];
let items: ImageItem[];

function threaded(options: ImageStoreOptions = {}): ImageStore {
  const store = new ImageStore({ threads: 2, threadsAfter: 0, ...options });
  stores.push(store);
  return store;
}

async function collect(
  batches: Iterable<ArrayLike<number>>,
  options: Partial<ImageBatchOptions> & { store: ImageStore },
  from: readonly ImageItem[] = items,
): Promise<ImageBatch[]> {
  const found = [];
  for await (const batch of imageBatches(from, batches, { transform, random: new Random(3), ...options }))
    found.push(batch);
  return found;
}

beforeAll(async () => {
  const random = new Random(9);
  items = await Promise.all(
    Array.from({ length: 20 }, async (_, i): Promise<ImageItem> => {
      const [width, height] = [20 + i, 30 - i];
      const pixels = new Uint8Array(width * height * 3).map(() => random.integer(256));
      // Pieces of larger buffers, as archives give them; a message must not carry the rest along.
      const whole = new Uint8Array(2 * pixels.length);
      whole.set(pixels, 5);
      const raw = { kind: "raw", pixels: whole.subarray(5, 5 + pixels.length), width, height, channels: 3 } as const;
      const format = i % 2 === 0 ? "jpeg" : "png";
      const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
        .toFormat(format)
        .toBuffer();
      return { name: `${i}`, label: "x", read: async () => (i % 3 === 0 ? raw : { kind: "encoded", bytes }) };
    }),
  );
});
afterAll(() => Promise.all(stores.map((store) => store.close())));

describe("image threads", () => {
  test("give the bits of the calling thread, whatever their number and what is kept", async () => {
    const batches = () => [...inOrder(20, 7), [3, 3, 0], [19]];
    const alone = await collect(batches(), { store: new ImageStore({ threads: 0 }) });
    for (const options of [{ threads: 1 }, { threads: 3, cacheBytes: 0 }, { threads: 2, cacheBytes: 9000 }]) {
      expect(await collect(batches(), { store: threaded(options) })).toEqual(alone);
    }
  });

  test("a resumed stream, and a second epoch from what is kept, see the same bits", async () => {
    const batches = [...inOrder(20, 5), ...inOrder(20, 5)];
    const store = threaded();
    const all = await collect(batches, { store });
    expect(store.keptBytes).toBeGreaterThan(0);
    expect(await collect(batches.slice(5), { store, firstStep: 5, ahead: 0 })).toEqual(all.slice(5));
    expect(await collect(batches.slice(3), { store: threaded({ cacheBytes: 0 }), firstStep: 3 })).toEqual(all.slice(3));
  });

  test("keep no more than the limit, in memory that is shared", async () => {
    const store = threaded({ cacheBytes: 8000 });
    await collect(inOrder(20, 20), { store });
    expect(store.keptBytes).toBeGreaterThan(4000);
    expect(store.keptBytes).toBeLessThanOrEqual(8000);
  });

  test("begin when the calling thread has had its share", async () => {
    const store = threaded({ threadsAfter: 1000 });
    expect(store.threadsFor(900)).toBeUndefined();
    expect(store.threadsFor(900)).toBeUndefined();
    expect(store.threadsFor(1)).toBeDefined();
  });

  test("tell of a damaged picture as the calling thread does, the first of the batch first", async () => {
    const damaged = (name: string): ImageItem => ({
      name,
      label: "x",
      read: async () => ({ kind: "encoded", bytes: Uint8Array.of(1, 2, 3) }),
    });
    const gone: ImageItem = { name: "gone", label: "x", read: () => Promise.reject(new Error("gone")) };
    const some = [items[0]!, damaged("a.jpg"), items[1]!, damaged("b.jpg"), gone];
    for (const store of [threaded(), new ImageStore({ threads: 0 })]) {
      await expect(collect([[0, 3, 1, 4]], { store }, some)).rejects.toMatchObject({
        code: "unreadable-image",
        where: "b.jpg",
      });
      const [batch] = await collect([[0, 1, 2, 3, 4]], { store, unreadable: "list" }, some);
      expect(batch!.failed.map(({ place, error }) => [place, (error as Error).message.slice(0, 5)])).toEqual([
        [1, "a.jpg"],
        [3, "b.jpg"],
        [4, "gone"],
      ]);
      const length = batch!.pixels.length / 5;
      expect(batch!.pixels.subarray(length, 2 * length).every((sample) => sample === 0)).toBe(true);
    }
  });

  test("read no further ahead than they were asked to", async () => {
    let reads = 0;
    const counted = items.map(
      (item): ImageItem => ({
        ...item,
        read: () => {
          reads++;
          return item.read();
        },
      }),
    );
    const store = threaded({ cacheBytes: 0 });
    const running = imageBatches(counted, inOrder(20, 4), { transform, random: new Random(1), store, ahead: 1 });
    await running.next();
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect(reads).toBe(8);
    await running.return();
  });

  test("a thread that dies is an error, not a wait without end", async () => {
    const broken = {
      ...evaluationTransform({ size: 4 }),
      recipe: { kind: "evaluation", options: { size: -1 } },
    } as const;
    await expect(collect([[0, 1]], { store: threaded(), transform: broken })).rejects.toMatchObject({
      code: "image-thread",
    });
  });

  test("work that is under way when they are closed fails, and what comes later starts them again", async () => {
    const store = threaded();
    const underway = expect(collect(inOrder(20, 20), { store })).rejects.toMatchObject({ code: "image-thread" });
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    await store.close();
    await underway;
    expect(await collect([[1]], { store })).toEqual(await collect([[1]], { store: new ImageStore({ threads: 0 }) }));
  });

  test("never keep a process from ending", () => {
    const library = new URL("../../../src/data/index.ts", import.meta.url).href;
    const script = `import { ImageStore, imageBatches, evaluationTransform } from ${JSON.stringify(library)};
      import { Random } from ${JSON.stringify(new URL("../../../src/rng/index.ts", import.meta.url).href)};
      const store = new ImageStore({ threads: 2, threadsAfter: 0 });
      const read = async () => ({ kind: "raw", pixels: new Uint8Array(3).fill(7), width: 1, height: 1, channels: 3 });
      const options = { store, transform: evaluationTransform({ size: 1 }), random: new Random(1) };
      for await (const { pixels } of imageBatches([{ name: "a", label: "b", read }], [[0], [0], [0]], options)) {
        console.log(pixels.join());
        if (process.argv[1] === "leave") break;
      }`;
    const run = (word: string) =>
      spawnSync(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script, word], {
        cwd: fileURLToPath(new URL("../../..", import.meta.url)),
        encoding: "utf8",
      });
    expect(run("stay")).toMatchObject({ status: 0, stdout: "7,7,7\n7,7,7\n7,7,7\n" });
    expect(run("leave")).toMatchObject({ status: 0, stdout: "7,7,7\n" });
  });
});
