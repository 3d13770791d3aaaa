import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { VerificationPairs } from "../../../src/data/index.js";
import { pairsAmong } from "../../../src/data/index.js";
import { scratchFolder, writeFiles } from "../scratch.js";
import { type Files, failure, lines, openPartial, pictures, tarred } from "./miniature.js";

const scratch = await scratchFolder();
let made = 0;
const folder = (files: Files, name = "set") => writeFiles(join(scratch, `${made++}`, name), files);
const pairLines = (pairs: VerificationPairs | undefined) =>
  [...(pairs?.same ?? [])].map((same, i) => {
    const name = (at: number) => pairs!.templates[at]!.name;
    return `${name(pairs!.first[i]!)} ${same ? "=" : "#"} ${name(pairs!.second[i]!)}, fold ${pairs!.fold[i]}`;
  });

describe("LFW", () => {
  const pairs = "2\t1\nAda\t1\t2\nAda\t1\tBo\t1\nBo\t1\t3\nBo\t3\tAda\t2\n";
  const faces = ["Ada/Ada_0001.jpg", "Ada/Ada_0002.jpg", "Bo/Bo_0001.jpg", "Bo/Bo_0003.jpg"];
  const expected = [
    "Ada_0001.jpg = Ada_0002.jpg, fold 0",
    "Ada_0001.jpg # Bo_0001.jpg, fold 0",
    "Bo_0001.jpg = Bo_0003.jpg, fold 1",
    "Bo_0003.jpg # Ada_0002.jpg, fold 1",
  ];

  test.each([
    ["lfw", "lfw.tgz"],
    ["lfw_funneled", "lfw-funneled.tgz"],
    ["lfw-deepfunneled", "lfw-deepfunneled.tgz"],
  ])("%s: people are classes, pairs have folds", async (name, archive) => {
    const images = pictures(...faces.map((face) => `${name}/${face}`));
    for (const files of [images, { [archive]: tarred(images) }]) {
      const dataset = await openPartial(await folder({ ...files, "pairs.txt": pairs }));
      expect(lines(dataset)).toEqual(faces.map((face) => face.split("/").reverse().join(" | ")));
      expect(pairLines(dataset.pairs)).toEqual(expected);
    }
  });

  test("pairs without their pictures, and lists of another length", async () => {
    const images = pictures(...faces.slice(1).map((face) => `lfw/${face}`));
    const place = await folder({ ...images, "pairs.txt": pairs });
    expect((await failure(place)).received).toBe("Ada_0001.jpg, Ada_0002.jpg, 2 in all");
    const dataset = await openPartial(place);
    expect(pairLines(dataset.pairs)).toEqual(expected.slice(2));
    expect(dataset.notes?.[0]).toBe("2 of 4 pairs left out: their pictures are missing");
    const short = await folder({ ...images, "pairs.txt": "10\t300\nAda\t1\t2\n" });
    expect((await failure(short)).message).toMatch(/expected 6000 pairs below, received 1/);
    const odd = await folder({ ...images, "pairs.txt": "1\t1\nAda\t1\t2\nAda\tone\tBo\t1\n" });
    expect(await failure(odd)).toMatchObject({ where: "set/pairs.txt, line 3", received: "one" });
  });

  test("pairs of what is left of a data set", async () => {
    const dataset = await openPartial(
      await folder({ ...pictures(...faces.map((face) => `lfw/${face}`)), "pairs.txt": pairs }),
    );
    const left = pairsAmong(dataset.pairs!, new Set(["Ada_0001.jpg", "Ada_0002.jpg", "Bo_0003.jpg"]));
    expect(pairLines(left)).toEqual([expected[0], expected[3]]);
  });
});

test("YouTube Faces: videos are templates of frames in their order", async () => {
  const frames = ["Ada/0/0.10.jpg", "Ada/0/0.9.jpg", "Ada/1/1.1.jpg", "Bo/2/2.1.jpg"];
  const place = await folder({
    ...pictures(...frames.map((frame) => `frame_images_DB/${frame}`)),
    "splits.txt": "split number, first name, second name, is same?\n1, Ada/0, Ada/1, 1\n2, Ada/1, Bo/2, 0\n",
  });
  const dataset = await openPartial(place);
  expect(lines(dataset)).toContain("Ada/0/0.9.jpg | Ada |  | Ada/0");
  expect(pairLines(dataset.pairs)).toEqual(["Ada/0 = Ada/1, fold 0", "Ada/1 # Bo/2, fold 1"]);
  expect(dataset.pairs!.templates[0]!.items).toEqual(["Ada/0/0.9.jpg", "Ada/0/0.10.jpg"]);
  const fewer = await openPartial(place, { frames: 1 });
  expect(fewer.pairs!.templates.map(({ items }) => items.length)).toEqual([1, 1, 1]);
  const odd = await folder({ ...pictures("frame_images_DB/Ada/0/0.1.jpg"), "splits.txt": "1, Ada/0, Ada/9, 1\n" });
  expect((await failure(odd)).received).toMatch(/Ada\/9/);
});

describe("IJB", () => {
  const files = {
    "meta/ijbb_face_tid_mid.txt": "1.jpg 10 5\n2.jpg 10 6\n2.jpg 20 6\n3.jpg 30 7\n",
    "meta/ijbb_template_pair_label.txt": "10 20 1\n20 30 0\n",
  };
  const faces = pictures("loose_crop/1.jpg", "loose_crop/2.jpg", "loose_crop/3.jpg");

  test("templates, pairs, and subjects as far as the pairs tell", async () => {
    const dataset = await openPartial(await folder({ ...files, ...faces }));
    expect(lines(dataset)).toEqual([
      "1.jpg of template 10 | subject of template 10 |  | medium 5",
      "2.jpg of template 10 | subject of template 10 |  | medium 6",
      "2.jpg of template 20 | subject of template 10 |  | medium 6",
      "3.jpg of template 30 | subject of template 30 |  | medium 7",
    ]);
    expect(pairLines(dataset.pairs)).toEqual([
      "template 10 = template 20, fold 0",
      "template 20 # template 30, fold 0",
    ]);
    expect(dataset.pairs!.templates[0]!.items).toEqual(["1.jpg of template 10", "2.jpg of template 10"]);
  });

  test.each([
    ["10 99 1\n", /10 99 1/],
    ["10 20\n30 10 0\n", /line 1/],
    ["10 20 x\n", /line 1/],
  ])("pairs %j are refused", async (text, message) => {
    const place = await folder({ ...files, ...faces, "meta/ijbb_template_pair_label.txt": text });
    expect((await failure(place)).message).toMatch(message);
  });
});
