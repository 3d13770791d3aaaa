import { gzipSync } from "node:zlib";
import { publishedSets } from "../../src/data/index.js";
import { setSource } from "../../src/data/sets/source.js";
import { makeMat } from "../../test/data/mat-file.js";
import type { FuzzTarget } from "./target.js";

type Files = Readonly<Record<string, string | Uint8Array>>;

const carNames = Array.from({ length: 196 }, (_, i) => `Car ${i}`);
const car = (key: string, label: number) => ({
  bbox_x1: 1,
  bbox_y1: 1,
  bbox_x2: 2,
  bbox_y2: 2,
  class: label,
  [key]: `car_ims/${label}.jpg`,
});
const bytesOf = (length: number, label: readonly number[]) => Buffer.concat([Buffer.from(label), Buffer.alloc(length)]);
const idx = (shape: readonly number[], values: readonly number[]) =>
  gzipSync(Buffer.from([0, 0, 8, shape.length, ...shape.flatMap((extent) => [0, 0, 0, extent]), ...values]));
const idxPart = (images: string, labels: string) => ({
  [`${images}-idx3-ubyte.gz`]: idx([2, 1, 2], [1, 2, 3, 4]),
  [`${labels}-idx1-ubyte.gz`]: idx([2], [0, 1]),
});
const digits = { ...idxPart("train-images", "train-labels"), ...idxPart("t10k-images", "t10k-labels") };

/** Lists of each published set (the first layout), and the names of a few pictures that they list. */
const miniatures: Readonly<
  Record<string, { lists: Files; pictures?: readonly string[]; options?: Readonly<Record<string, unknown>> }>
> = {
  cars196: {
    lists: {
      "cars_annos.mat": makeMat(
        { annotations: { structs: [car("relative_im_path", 1), car("relative_im_path", 99)] }, class_names: carNames },
        { compressed: false },
      ),
    },
    pictures: ["car_ims/1.jpg", "car_ims/99.jpg"],
    options: { crop: true },
  },
  "cifar-10": {
    lists: {
      ...Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`data_batch_${i}.bin`, bytesOf(3072, [i])])),
      "test_batch.bin": bytesOf(3072, [0]),
      "batches.meta.txt": "a\nb\nc\nd\ne\nf\n",
    },
  },
  "cifar-100": {
    lists: {
      "train.bin": bytesOf(3072, [0, 1]),
      "test.bin": bytesOf(3072, [1, 0]),
      "fine_label_names.txt": "a\nb\n",
      "coarse_label_names.txt": "x\ny\n",
    },
  },
  "cub-200-2011": {
    lists: {
      "images.txt": "1 a/1.jpg\n2 b/2.jpg\n",
      "image_class_labels.txt": "1 1\n2 200\n",
      "classes.txt": "1 a\n200 b\n",
      "bounding_boxes.txt": "1 0.0 0.0 2.0 2.0\n2 1.0 1.0 3.0 3.0\n",
    },
    pictures: ["images/a/1.jpg", "images/b/2.jpg"],
    options: { crop: true },
  },
  emnist: {
    lists: {
      ...idxPart("emnist-balanced-train-images", "emnist-balanced-train-labels"),
      ...idxPart("emnist-balanced-test-images", "emnist-balanced-test-labels"),
      "emnist-balanced-mapping.txt": "0 48\n1 65 97\n",
    },
  },
  "fashion-mnist": { lists: digits },
  "ijb-b": {
    lists: {
      "ijbb_face_tid_mid.txt": "1.jpg 10 5\n2.jpg 20 6\n",
      "ijbb_template_pair_label.txt": "10 20 1\n20 10 0\n",
    },
    pictures: ["loose_crop/1.jpg", "loose_crop/2.jpg"],
  },
  "ijb-c": {
    lists: {
      "ijbc_face_tid_mid.txt": "1.jpg 10 5\n2.jpg 20 6\n",
      "ijbc_template_pair_label.txt": "10 20 1\n20 10 0\n",
    },
    pictures: ["loose_crop/1.jpg", "loose_crop/2.jpg"],
  },
  "in-shop": {
    lists: {
      "list_eval_partition.txt":
        "3\nimage_name item_id evaluation_status\nimg/W/D/id_1/1.jpg id_1 train\nimg/W/D/id_2/1.jpg id_2 query\n",
    },
    pictures: ["img/W/D/id_1/1.jpg", "img/W/D/id_2/1.jpg"],
  },
  kmnist: { lists: digits },
  lfw: {
    lists: { "pairs.txt": "2\t1\nAda\t1\t2\nAda\t1\tBo\t1\nBo\t1\t2\nBo\t2\tAda\t2\n" },
    pictures: ["lfw/Ada/Ada_0001.jpg", "lfw/Ada/Ada_0002.jpg", "lfw/Bo/Bo_0001.jpg", "lfw/Bo/Bo_0002.jpg"],
  },
  "mini-imagenet": {
    lists: {
      "train.csv": "filename,label\n1.jpg,n1\n",
      "val.csv": "filename,label\n2.jpg,n2\n",
      "test.csv": "filename,label\n3.jpg,n3\n",
    },
    pictures: ["images/1.jpg", "images/2.jpg", "images/3.jpg"],
  },
  mnist: { lists: digits },
  msmt17: {
    lists: {
      "list_train.txt": "0000/0000_000_01_a.jpg 0\n",
      "list_val.txt": "0000/0000_001_02_a.jpg 0\n",
      "list_query.txt": "0000/0000_000_01_a.jpg 0\n",
      "list_gallery.txt": "0000/0000_001_03_a.jpg 0\n",
    },
    pictures: [
      "train/0000/0000_000_01_a.jpg",
      "train/0000/0000_001_02_a.jpg",
      "test/0000/0000_000_01_a.jpg",
      "test/0000/0000_001_03_a.jpg",
    ],
  },
  omniglot: {
    lists: {
      "vinyals_train.txt": "A/character01/rot000\n",
      "vinyals_val.txt": "A/character02/rot090\n",
      "vinyals_test.txt": "B/character01/rot270\n",
    },
    pictures: [
      "images_background/A/character01/1.png",
      "images_background/A/character02/1.png",
      "images_evaluation/B/character01/1.png",
    ],
    options: { split: "vinyals" },
  },
  "stanford-online-products": {
    lists: { "Ebay_train.txt": "head\n1 1 1 a_final/1.JPG\n", "Ebay_test.txt": "head\n2 2 1 a_final/2.JPG\n" },
    pictures: ["a_final/1.JPG", "a_final/2.JPG"],
  },
  "tiered-imagenet": {
    lists: { "train.csv": "n00000001,n1\n", "val.csv": "n00000002,n1\n", "test.csv": "n00000003,n2\n" },
    pictures: ["ILSVRC2012_img_train/n00000001/1.JPEG", "ILSVRC2012_img_train/n00000002/1.JPEG"],
  },
  "vehicle-id": {
    lists: { "train_test_split/train_list.txt": "1 7\n2 7\n", "train_test_split/test_list_800.txt": "3 8\n4 8\n5 9\n" },
    pictures: [1, 2, 3, 4, 5].map((i) => `image/${i}.jpg`),
  },
  "youtube-faces": {
    lists: { "splits.txt": "split number, first name, second name, is same\n1, Ada/0, Ada/1, 1\n2, Ada/0, Bo/2, 0\n" },
    pictures: ["aligned_images_DB/Ada/0/1.jpg", "aligned_images_DB/Ada/1/1.jpg", "aligned_images_DB/Bo/2/1.jpg"],
  },
};

/** The official lists of each published data set that has some: one of its files is damaged, the others are sound. */
export const sets: readonly FuzzTarget[] = Object.entries(miniatures).map(
  ([name, { lists, pictures = [], options = {} }]) => ({
    name,
    cases: async () => {
      const [layout] = publishedSets.entry(name).layouts;
      const readers = [false, true].map((partial) => publishedSets.create(name, { ...options, partial }));
      const all: [string, Uint8Array][] = [
        ...Object.entries(lists).map(
          ([path, content]) => [path, Buffer.from(content as string)] as [string, Uint8Array],
        ),
        ...pictures.map((path) => [path, new Uint8Array(0)] as [string, Uint8Array]),
      ];
      return Object.keys(lists).map((damaged) => ({
        name: `${name} ${damaged}`,
        sound: all.find(([path]) => path === damaged)![1],
        read: async (bytes: Uint8Array) => {
          const files = all.map(([path, content]) => ({
            path: `set/${path}`,
            read: async () => (path === damaged ? bytes : content),
          }));
          // An incomplete copy is read first: what it accepts, the other must judge as well.
          await readers[1]!(setSource("set", layout!, files));
          await readers[0]!(setSource("set", layout!, files));
        },
      }));
    },
  }),
);
