import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeImage, type ImageItem } from "../../../src/data/index.js";
import { scratchFolder, writeFiles } from "../scratch.js";
import { type Files, failure, lines, openPartial, pictures, tarred, under, zipped } from "./miniature.js";

const scratch = await scratchFolder();
let made = 0;
const folder = (files: Files, name = "set") => writeFiles(join(scratch, `${made++}`, name), files);
const pixels = async (item: ImageItem) => (await decodeImage(await item.read(), item.name)).pixels;

describe("Omniglot", () => {
  const background = pictures("Greek/character01/0001_01.png", "Greek/character02/0002_01.png");
  const evaluation = pictures("Tengwar/character01/0900_01.png");
  const vinyals = {
    "vinyals_train.txt": "Greek/character01/rot000\nGreek/character01/rot090\n",
    "vinyals_val.txt": "Greek/character02/rot180\n",
    "vinyals_test.txt": "Tengwar/character01/rot270\n",
  };

  test("with and without the folder inside the archives, or unpacked", async () => {
    const whole = { ...under("images_background", background), ...under("images_evaluation", evaluation) };
    for (const files of [
      { "images_background.zip": zipped(background), "images_evaluation.zip": zipped(evaluation) },
      {
        "images_background.zip": zipped(under("images_background", background)),
        "images_evaluation.zip": zipped(under("images_evaluation", evaluation)),
      },
      whole,
    ]) {
      expect(lines(await openPartial(await folder(files)))).toEqual([
        "images_background/Greek/character01/0001_01.png | Greek/character01 | train | Greek",
        "images_background/Greek/character02/0002_01.png | Greek/character02 | train | Greek",
        "images_evaluation/Tengwar/character01/0900_01.png | Tengwar/character01 | test | Tengwar",
      ]);
    }
  });

  test("the Vinyals lists: rotated characters are classes of their own", async () => {
    const files = { "images_background.zip": zipped(background), "images_evaluation.zip": zipped(evaluation) };
    const place = await folder({ ...files, ...vinyals });
    const dataset = await openPartial(place, { split: "vinyals" });
    expect(lines(dataset)).toEqual([
      "images_background/Greek/character01/0001_01.png/rot000 | Greek/character01/rot000 | train | Greek",
      "images_background/Greek/character01/0001_01.png/rot090 | Greek/character01/rot090 | train | Greek",
      "images_background/Greek/character02/0002_01.png/rot180 | Greek/character02/rot180 | validation | Greek",
      "images_evaluation/Tengwar/character01/0900_01.png/rot270 | Tengwar/character01/rot270 | test | Tengwar",
    ]);
    // Left half red, right half blue: turned counter-clockwise, blue is on top; half way round, blue is on the left.
    const red = [255, 0, 0];
    const blue = [0, 0, 255];
    expect([...(await pixels(dataset.items[0]!)).subarray(0, 3)]).toEqual(red);
    expect([...(await pixels(dataset.items[1]!))]).toEqual([blue, blue, blue, blue, red, red, red, red].flat());
    expect([...(await pixels(dataset.items[2]!)).subarray(0, 3)]).toEqual(blue);
    expect([...(await pixels(dataset.items[3]!))]).toEqual([red, red, red, red, blue, blue, blue, blue].flat());
    expect((await failure(await folder(files), { split: "vinyals" })).expected).toMatch(/vinyals_train.txt/);
    const odd = await folder({ ...files, ...vinyals, "vinyals_val.txt": "Greek/character02\n" });
    expect(await failure(odd, { split: "vinyals" })).toMatchObject({ where: "set/vinyals_val.txt, line 1" });
    const lost = await folder({ ...files, ...vinyals, "vinyals_val.txt": "Latin/character02/rot000\n" });
    expect((await failure(lost, { split: "vinyals" })).received).toMatch(/missing Latin\/character02/);
  });
});

test("mini-ImageNet: lists with a folder of images, by the name of its folder or by set=", async () => {
  const lists = {
    "train.csv": "filename,label\nn01a.jpg,n01\n",
    "val.csv": "filename,label\nn02a.jpg,n02\n",
    "test.csv": "filename,label\nn03a.jpg,n03\n",
  };
  const files = { ...lists, ...under("images", pictures("n01a.jpg", "n02a.jpg", "n03a.jpg")) };
  const rows = ["n01a.jpg | n01 | train", "n02a.jpg | n02 | validation", "n03a.jpg | n03 | test"];
  expect(lines(await openPartial(await folder(files, "mini-imagenet")))).toEqual(rows);
  expect(lines(await openPartial(await folder(files), { set: "miniImageNet" }))).toEqual(rows);
  expect(await failure(await folder(files), { partial: true })).toMatchObject({ code: "invalid-option" });
});

test("tiered-ImageNet: classes by WordNet id, categories as groups", async () => {
  const lists = {
    "train.csv": "n00000001,n10000000\n",
    "val.csv": "n00000002,n10000000\n",
    "test.csv": "n00000003,n20000000\n",
  };
  const images = under(
    "ILSVRC2012_img_train",
    pictures(...["n00000001", "n00000002", "n00000003", "n00000004"].map((id) => `${id}/${id}_1.JPEG`)),
  );
  expect(lines(await openPartial(await folder({ ...lists, ...images }, "tiered-imagenet")))).toEqual([
    "n00000001/n00000001_1.JPEG | n00000001 | train | n10000000",
    "n00000002/n00000002_1.JPEG | n00000002 | validation | n10000000",
    "n00000003/n00000003_1.JPEG | n00000003 | test | n20000000",
  ]);
  const odd = await folder({ ...lists, ...images, "val.csv": "dog,n1\n" }, "tiered-imagenet");
  expect(await failure(odd)).toMatchObject({ code: "invalid-listing", received: "dog" });
});

describe("CIFAR", () => {
  /** A record of planes of one value each. */
  const record = (labels: number[], [r, g, b]: [number, number, number]) =>
    Buffer.concat([Buffer.from(labels), Buffer.alloc(1024, r), Buffer.alloc(1024, g), Buffer.alloc(1024, b)]);

  test("CIFAR-10: planes become pixels", async () => {
    const files = {
      ...Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, record([i % 2], [i, 20, 30])])),
      "test_batch.bin": Buffer.concat([record([1], [7, 8, 9]), record([0], [1, 2, 3])]),
      "batches.meta.txt": "airplane\nautomobile\n\n",
    };
    const archive = tarred(under("cifar-10-batches-bin", files));
    const dataset = await openPartial(await folder({ "cifar-10-binary.tar.gz": archive }));
    expect(lines(dataset).slice(-3)).toEqual([
      "data_batch_5.bin/0 | automobile | train",
      "test_batch.bin/0 | automobile | test",
      "test_batch.bin/1 | airplane | test",
    ]);
    expect([...(await pixels(dataset.items[5]!)).subarray(0, 6)]).toEqual([7, 8, 9, 7, 8, 9]);
    const short = await folder({ ...files, "test_batch.bin": Buffer.alloc(3000) });
    expect(await failure(short)).toMatchObject({ code: "invalid-records", received: "3000 bytes" });
    const unnamed = await folder({ ...files, "test_batch.bin": record([2], [0, 0, 0]) });
    expect((await failure(unnamed)).received).toBe("2 in record 0");
  });

  test("CIFAR-100: super-classes are groups; pickles are told apart", async () => {
    const files = {
      "train.bin": record([1, 0], [1, 2, 3]),
      "test.bin": record([0, 1], [1, 2, 3]),
      "fine_label_names.txt": "apple\nwhale\n",
      "coarse_label_names.txt": "mammals\nfruit\n",
    };
    expect(lines(await openPartial(await folder(files)))).toEqual([
      "train.bin/0 | apple | train | fruit",
      "test.bin/0 | whale | test | mammals",
    ]);
    const pickled = await folder({ "cifar-100-python.tar.gz": tarred({ "cifar-100-python/train": "x" }) }, "cifar-100");
    expect(await failure(pickled)).toMatchObject({ code: "python-pickles" });
  });
});

describe("MNIST and its kin", () => {
  const idx = (shape: number[], values: number[]) => {
    const head = Buffer.alloc(4 + 4 * shape.length);
    head[2] = 8;
    head[3] = shape.length;
    for (const [axis, extent] of shape.entries()) head.writeUInt32BE(extent, 4 + 4 * axis);
    return Buffer.concat([head, Buffer.from(values)]);
  };
  const files = {
    "train-images-idx3-ubyte.gz": gzipSync(idx([2, 1, 2], [1, 2, 3, 4])),
    "train-labels-idx1-ubyte.gz": gzipSync(idx([2], [9, 0])),
    "t10k-images-idx3-ubyte": idx([1, 1, 2], [5, 6]),
    "t10k-labels.idx1-ubyte": idx([1], [2]),
  };

  test("the folder's name tells which; other folders of idx files open as before", async () => {
    const named = { ...files, "t10k-labels-idx1-ubyte": files["t10k-labels.idx1-ubyte"] };
    expect(lines(await openPartial(await folder(named, "fashion-mnist")))).toEqual([
      "train-images-idx3-ubyte/0 | Ankle boot | train",
      "train-images-idx3-ubyte/1 | T-shirt/top | train",
      "t10k-images-idx3-ubyte/0 | Pullover | test",
    ]);
    expect((await failure(await folder(named, "mnist"))).code).toBe("wrong-counts");
    expect(await failure(await folder(named, "digits"), { partial: true })).toMatchObject({ code: "invalid-option" });
  });

  test("EMNIST: turned upright, classes are characters", async () => {
    const part = (name: string) => ({
      [`emnist-balanced-${name}-images-idx3-ubyte.gz`]: gzipSync(idx([1, 2, 2], [1, 2, 3, 4])),
      [`emnist-balanced-${name}-labels-idx1-ubyte.gz`]: gzipSync(idx([1], [1])),
    });
    const archive = zipped(
      under("gzip", { ...part("train"), ...part("test"), "emnist-balanced-mapping.txt": "0 48\n1 65 97\n" }),
    );
    const dataset = await openPartial(await folder({ "gzip.zip": archive }));
    expect(lines(dataset)[0]).toBe("emnist-balanced-train-images-idx3-ubyte/0 | A | train");
    expect([...(await pixels(dataset.items[0]!))].filter((_, i) => i % 3 === 0)).toEqual([1, 3, 2, 4]);
    expect((await failure(await folder({ "gzip.zip": archive }), { variant: "letters" })).expected).toBe(
      "emnist-letters-mapping.txt",
    );
  });
});
