import { SimileError } from "../../errors/index.js";
import type { Item } from "../dataset.js";
import { imageItem } from "./listed.js";
import { setOptions } from "./options.js";
import type { PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({});
const archive = "Market-1501-v15.09.15.zip";

/** Person and camera in a file name: 0002_c1s1_000451_03.jpg, -1_c1s1_000401_03.jpg */
const NAME = /^(-1|\d{4})_c(\d+)s(\d+)_.*\.jpg$/;
const JUNK = "-1";
const DISTRACTOR = "0000";

const folders = [
  { folder: "bounding_box_train", split: "train" },
  { folder: "query", split: "test", role: "query" },
  { folder: "bounding_box_test", split: "test", role: "gallery" },
] as const;

/** Market-1501: people before six cameras. */
export const market1501: PublishedSet<typeof options> = {
  name: "market-1501",
  summary: "Market-1501: 1,501 people before six cameras of a supermarket",
  paper: "Zheng, Shen, Tian, Wang, Wang, Tian, Scalable Person Re-identification: A Benchmark, ICCV 2015",
  aliases: ["market1501", "market", "Market-1501-v15.09.15"],
  origin: "its first author's page (Liang Zheng), project Market-1501",
  licence: "academic research; no statement on redistribution",
  protocol:
    "751 people train; queries of the other 750 search a gallery with 2,798 distractors; gallery images of the query's person by the query's camera, and junk detections, do not count; MAP, R@1 (rank-1)",
  classes: 1502,
  counts: [
    { part: "train", items: 12936, classes: 751 },
    { part: "test/query", items: 3368, classes: 750 },
    { part: "test/gallery", items: 15913, classes: 751 },
  ],
  layouts: [
    {
      name: "official",
      files: [
        { path: "bounding_box_train/", archive, mark: true, holds: "12,936 training images" },
        { path: "query/", archive, mark: true, holds: "3,368 queries" },
        {
          path: "bounding_box_test/",
          archive,
          mark: true,
          holds: "19,732 gallery images, junk and distractors among them",
        },
      ],
    },
  ],
  options,
  create: (settings) => {
    options.parse(settings);
    return async (source) => readMarket(source);
  },
};

function readMarket(source: SetSource): SetContent {
  let junk = 0;
  const items = folders.flatMap(({ folder, ...place }) =>
    [...source.folder(folder)].flatMap(([path, file]) => {
      if (!/\.jpe?g$/i.test(path)) return [];
      const [, person, camera] = NAME.exec(path) ?? [];
      if (person === undefined || camera === undefined) throw wrongName(source.path, `${folder}/${path}`);
      // Ignored for every query: as good as not there.
      if (person === JUNK) junk++;
      if (person === JUNK) return [];
      const item: Item = {
        name: `${folder}/${path}`,
        label: person === DISTRACTOR ? "distractor" : person,
        ...place,
        camera,
      };
      return [imageItem(file, item)];
    }),
  );
  return { items, notes: junk > 0 ? [`${junk} junk detections (person -1) left out, as the protocol has it`] : [] };
}

function wrongName(where: string, received: string): SimileError {
  return new SimileError({
    code: "invalid-name",
    where,
    expected: "file names such as 0002_c1s1_000451_03.jpg",
    received,
    remedy: "remove what is not part of the data set",
  });
}
