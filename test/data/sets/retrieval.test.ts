import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../../src/data/index.js";
import { type MatContent, makeMat } from "../mat-file.js";
import { scratchFolder, writeFiles } from "../scratch.js";
import { type Files, failure, lines, openPartial, pictures, tarred, under, zipped } from "./miniature.js";

const scratch = await scratchFolder();
let made = 0;
const folder = (files: Files, name = "set") => writeFiles(join(scratch, `${made++}`, name), files);

/** The first pixel of the picture of an item, and its size. */
async function look(item: { name: string; read(): Promise<Parameters<typeof decodeImage>[0]> }) {
  const { pixels, width, height } = await decodeImage(await item.read(), item.name);
  return { width, height, isBlue: pixels[2]! > 200 && pixels[0]! < 60 };
}

describe("CUB-200-2011", () => {
  const tables = {
    "images.txt": "1 001.Albatross/a.jpg\n2 100.Pelican/b.jpg\n3 101.Pelican/c.jpg\n",
    "image_class_labels.txt": "1 1\n2 100\n3 101\n",
    "classes.txt": "1 001.Albatross\n100 100.Pelican\n101 101.Pelican\n",
    "bounding_boxes.txt": "1 2.0 0.0 2.0 1.0\n2 0.0 0.0 4.0 2.0\n3 9.0 0.0 4.0 2.0\n",
  };
  const images = pictures("images/001.Albatross/a.jpg", "images/100.Pelican/b.jpg", "images/101.Pelican/c.jpg");
  const rows = [
    "001.Albatross/a.jpg | 001.Albatross | train",
    "100.Pelican/b.jpg | 100.Pelican | train",
    "101.Pelican/c.jpg | 101.Pelican | test",
  ];
  const whole = under("CUB_200_2011", { ...tables, ...images });

  test("as archive, in a folder with the archive, unpacked, and one folder further up", async () => {
    const archive = tarred({ ...whole, "attributes.txt": "x" });
    const holding = await folder({ "CUB_200_2011.tgz": archive });
    for (const place of [
      join(holding, "CUB_200_2011.tgz"),
      holding,
      await folder({ ...tables, ...images }),
      await folder(whole),
    ]) {
      const dataset = await openPartial(place);
      expect(dataset.name).toBe("cub-200-2011");
      expect(lines(dataset)).toEqual(rows);
      expect(dataset.notes).toEqual([
        "incomplete: train 2 items of 2 classes instead of 5864 of 100; test 1 items of 1 classes instead of 5924 of 100",
      ]);
      expect(await look(dataset.items[0]!)).toEqual({ width: 4, height: 2, isBlue: false });
    }
  });

  test("cut to its boxes; a box outside the picture is an error on reading", async () => {
    const { items } = await openPartial(await folder(whole), { crop: true });
    expect(await look(items[0]!)).toEqual({ width: 2, height: 1, isBlue: true });
    await expect(items[2]!.read()).rejects.toMatchObject({ code: "invalid-box", where: "101.Pelican/c.jpg" });
  });

  test("says what is missing, extra or wrong", async () => {
    expect((await failure(await folder(whole))).message).toMatch(
      /cub-200-2011 at .*: expected train 5864 items of 100 classes, test 5924 items of 100 classes, received train 2 items/,
    );
    const { "images/100.Pelican/b.jpg": _, ...fewer } = images;
    expect(await failure(await folder({ ...tables, ...fewer }))).toMatchObject({
      code: "missing-files",
      expected: "all 3 listed images",
      received: "2; missing 100.Pelican/b.jpg",
    });
    expect(lines(await openPartial(await folder({ ...tables, ...fewer })))).toEqual([rows[0], rows[2]]);
    const { "classes.txt": __, ...noClasses } = tables;
    expect(await failure(await folder({ ...noClasses, ...images }))).toMatchObject({
      code: "missing-files",
      expected: "classes.txt (of CUB_200_2011.tgz)",
    });
    const odd = { ...tables, "image_class_labels.txt": "1 1\n2 201\n" };
    expect(await failure(await folder({ ...odd, ...images }))).toMatchObject({
      code: "invalid-listing",
      where: "set/image_class_labels.txt, line 2",
      received: "201",
    });
    const twice = { ...tables, "image_class_labels.txt": "1 1\n1 1\n" };
    expect(await failure(await folder({ ...twice, ...images }))).toMatchObject({
      received: "001.Albatross/a.jpg again",
    });
  });
});

describe("Cars196", () => {
  const names: MatContent = Array.from({ length: 196 }, (_, i) => `Car ${i + 1}`);
  const box = { bbox_x1: 3, bbox_y1: 1, bbox_x2: 4, bbox_y2: 2 };
  const annotated = (key: string, rows: readonly (readonly [string, number])[]) => ({
    annotations: { structs: rows.map(([path, label]) => ({ ...box, class: label, [key]: path })) },
  });
  const old = {
    "cars_annos.mat": makeMat({
      ...annotated("relative_im_path", [
        ["car_ims/000001.jpg", 98],
        ["car_ims/000002.jpg", 99],
      ]),
      class_names: names,
    }),
    "car_ims.tgz": tarred(pictures("car_ims/000001.jpg", "car_ims/000002.jpg")),
  };
  const devkit = {
    "devkit/cars_meta.mat": makeMat({ class_names: names }),
    "devkit/cars_train_annos.mat": makeMat(annotated("fname", [["00001.jpg", 99]])),
  };
  const labelled = makeMat(annotated("fname", [["00001.jpg", 1]]));
  const halves = {
    "cars_train.tgz": tarred(pictures("cars_train/00001.jpg")),
    "cars_test.tgz": tarred(pictures("cars_test/00001.jpg")),
  };

  test("the one archive, cut to boxes that include both corners", async () => {
    const dataset = await openPartial(await folder(old), { crop: true });
    expect(lines(dataset)).toEqual([
      "car_ims/000001.jpg | 098 Car 98 | train",
      "car_ims/000002.jpg | 099 Car 99 | test",
    ]);
    expect(await look(dataset.items[0]!)).toEqual({ width: 2, height: 2, isBlue: true });
  });

  test("train and test with the devkit as archive: both halves are divided by class", async () => {
    const place = await folder({
      ...halves,
      "car_devkit.tgz": tarred(devkit),
      "cars_test_annos_withlabels.mat": labelled,
    });
    expect(lines(await openPartial(place))).toEqual([
      "cars_train/00001.jpg | 099 Car 99 | test",
      "cars_test/00001.jpg | 001 Car 1 | train",
    ]);
  });

  test("the devkit's test annotations have no classes: that is said", async () => {
    const bare = makeMat({ annotations: { structs: [{ ...box, fname: "00001.jpg" }] } });
    const place = await folder({ ...halves, ...devkit, "cars_test_annos_withlabels.mat": bare });
    expect((await failure(place)).received).toMatch(/the file without labels/);
    expect(await failure(await folder({ ...halves, ...devkit }))).toMatchObject({
      expected: "cars_test_annos_withlabels.mat",
    });
    const damaged = await folder({ ...old, "cars_annos.mat": old["cars_annos.mat"].subarray(0, 200) });
    expect(await failure(damaged)).toMatchObject({ code: "invalid-table", where: "set/cars_annos.mat" });
    expect(await failure(await folder({ ...old, "car_ims.tgz": "no gzip" }))).toMatchObject({
      code: "corrupt-archive",
    });
  });
});

test("Stanford Online Products: categories are groups", async () => {
  const head = "image_id class_id super_class_id path\n";
  const list = {
    "Ebay_train.txt": `${head}1 1 1 bicycle_final/1_0.JPG\n2 1 1 bicycle_final/1_1.JPG\n`,
    "Ebay_test.txt": `${head}3 11319 12 toaster_final/2_0.JPG\n`,
  };
  const images = pictures("bicycle_final/1_0.JPG", "bicycle_final/1_1.JPG", "toaster_final/2_0.JPG");
  const archive = zipped(under("Stanford_Online_Products", { ...list, ...images }));
  const rows = [
    "bicycle_final/1_0.JPG | 1 | train | bicycle",
    "bicycle_final/1_1.JPG | 1 | train | bicycle",
    "toaster_final/2_0.JPG | 11319 | test | toaster",
  ];
  expect(lines(await openPartial(await folder({ "Stanford_Online_Products.zip": archive })))).toEqual(rows);
  expect(lines(await openPartial(await folder({ ...list, ...images })))).toEqual(rows);
  const odd = await folder({ ...list, ...images, "Ebay_test.txt": `${head}3 11319 toaster_final/2_0.JPG\n` });
  expect(await failure(odd)).toMatchObject({ code: "invalid-listing", where: "set/Ebay_test.txt, line 2" });
});

describe("In-Shop", () => {
  const list = (rows: readonly string[]) =>
    [String(rows.length), "image_name item_id evaluation_status", ...rows].join("\n");
  const rows = [
    "img/WOMEN/Dresses/id_00000002/02_1_front.jpg id_00000002 train",
    "img/WOMEN/Dresses/id_00000003/01_1_front.jpg   id_00000003   query",
    "img/MEN/Denim/id_00000003/01_2_side.jpg id_00000003 gallery",
  ];
  const images = pictures(...rows.map((row) => row.split(/\s+/)[0]!));

  test("queries and gallery are the two sides of the test", async () => {
    const dataset = await openPartial(
      await folder({ "Eval/list_eval_partition.txt": list(rows), "Img/img.zip": zipped(images) }),
    );
    expect(lines(dataset)).toEqual([
      "img/WOMEN/Dresses/id_00000002/02_1_front.jpg | id_00000002 | train | WOMEN/Dresses",
      "img/WOMEN/Dresses/id_00000003/01_1_front.jpg | id_00000003 | test/query | WOMEN/Dresses",
      "img/MEN/Denim/id_00000003/01_2_side.jpg | id_00000003 | test/gallery | MEN/Denim",
    ]);
  });

  test("the partition of another DeepFashion benchmark is refused", async () => {
    const other = "1\nimage_name evaluation_status\nimg/a.jpg train\n";
    const place = await folder({ "Eval/list_eval_partition.txt": other, "Img/img.zip": zipped(images) });
    expect(await failure(place)).toMatchObject({
      code: "invalid-listing",
      where: "set/Eval/list_eval_partition.txt, line 3",
    });
  });
});

describe("VehicleID", () => {
  const test800 = Array.from({ length: 12 }, (_, i) => `${String(100 + i).padStart(7, "0")} ${i % 3}`);
  const files = {
    "train_test_split/train_list.txt": "0000001 7\n0000002 7\n",
    "train_test_split/test_list_800.txt": test800.join("\n"),
    "train_test_split/test_list_1600.txt": "0000200 9\n0000201 9\n",
    ...pictures(
      ...["0000001", "0000002", "0000200", "0000201", ...test800.map((row) => row.split(" ")[0]!)].map(
        (name) => `image/${name}.jpg`,
      ),
    ),
  };

  test("one image of each vehicle is the gallery, drawn from the seed", async () => {
    const place = await folder({ "VehicleID_V1.0.zip": zipped(under("VehicleID_V1.0", files)) });
    const draw = async (settings = {}) =>
      (await openPartial(place, settings)).items.filter(({ role }) => role === "gallery");
    const gallery = await draw();
    expect(gallery.map(({ label }) => label).sort()).toEqual(["0", "1", "2"]);
    expect((await openPartial(place)).items.filter(({ role }) => role === "query")).toHaveLength(9);
    const namesOf = async (seed: number) => (await draw({ seed })).map(({ name }) => name).join();
    expect(await namesOf(0)).toBe(gallery.map(({ name }) => name).join());
    expect(new Set(await Promise.all([1, 2, 3, 4, 5, 6].map(namesOf))).size).toBeGreaterThan(2);
  });

  test("the size of the test chooses the list", async () => {
    const place = await folder(files);
    expect(lines(await openPartial(place, { test: 1600 })).filter((line) => line.includes("test/"))).toHaveLength(2);
    expect((await failure(place, { test: 2400 })).expected).toBe("train_test_split/test_list_2400.txt");
    expect(await failure(place, { test: 7 })).toMatchObject({ code: "invalid-option" });
  });
});

describe("Market-1501", () => {
  const images = pictures(
    "bounding_box_train/0002_c1s1_000451_03.jpg",
    "query/0001_c1s1_001051_00.jpg",
    "bounding_box_test/-1_c1s1_000401_03.jpg",
    "bounding_box_test/0000_c3s2_000401_03.jpg",
    "bounding_box_test/0001_c2s1_000301_00.jpg",
  );

  test("cameras, distractors, and junk left out", async () => {
    const archive = zipped(under("Market-1501-v15.09.15", { ...images, "bounding_box_test/Thumbs.db": "x" }));
    const dataset = await openPartial(await folder({ "Market-1501-v15.09.15.zip": archive }));
    expect(lines(dataset)).toEqual([
      "bounding_box_train/0002_c1s1_000451_03.jpg | 0002 | train |  | 1",
      "query/0001_c1s1_001051_00.jpg | 0001 | test/query |  | 1",
      "bounding_box_test/0000_c3s2_000401_03.jpg | distractor | test/gallery |  | 3",
      "bounding_box_test/0001_c2s1_000301_00.jpg | 0001 | test/gallery |  | 2",
    ]);
    expect(dataset.notes?.[0]).toBe("1 junk detections (person -1) left out, as the protocol has it");
  });

  test("a picture of another name is named", async () => {
    expect(await failure(await folder({ ...images, ...pictures("query/me.jpg") }))).toMatchObject({
      code: "invalid-name",
      received: "query/me.jpg",
    });
  });
});

test.each([
  ["V1", "train", "test"],
  ["V2", "mask_train_v2", "mask_test_v2"],
])("MSMT17 %s: lists, cameras, people of the halves kept apart", async (version, train, other) => {
  const lists = {
    "list_train.txt": "0000/0000_000_01_0303morning_0008_0.jpg 0\n",
    "list_val.txt": "0000/0000_001_05_0303noon_0008_1.jpg 0\n",
    "list_query.txt": "0000/0000_000_02_0303morning_0008_0.jpg 0\n",
    "list_gallery.txt": "0000/0000_003_15_0303morning_0008_0.jpg 0\n",
  };
  const [a, b, c, d] = Object.values(lists).map((line) => line.split(" ")[0]!);
  const images = pictures(`${train}/${a}`, `${train}/${b}`, `${other}/${c}`, `${other}/${d}`);
  const archive = tarred(under(`MSMT17_${version}`, { ...lists, ...images }));
  const rows = [
    `train/${a} | train 0 | train |  | 01`,
    `train/${b} | train 0 | validation |  | 05`,
    `test/${c} | test 0 | test/query |  | 02`,
    `test/${d} | test 0 | test/gallery |  | 15`,
  ];
  expect(lines(await openPartial(await folder({ [`MSMT17_${version}.tar.gz`]: archive })))).toEqual(rows);
  expect(lines(await openPartial(await folder({ ...lists, ...images })))).toEqual(rows);
  const odd = await folder({ ...lists, ...images, "list_query.txt": "nothing.jpg 0\n" });
  expect(await failure(odd)).toMatchObject({ code: "invalid-listing", received: "nothing.jpg" });
});
