import type { StoredFile } from "../sources/container.js";
import { type VerificationPair, verificationPairs } from "../verification.js";
import { imageItem, invalidList, readList, wholeNumber } from "./listed.js";
import { setOptions } from "./options.js";
import type { Layout, PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({});

/** Folder and archive of each alignment. */
const releases = [
  ["original", "lfw", "lfw.tgz"],
  ["funneled", "lfw_funneled", "lfw-funneled.tgz"],
  ["deep-funneled", "lfw-deepfunneled", "lfw-deepfunneled.tgz"],
] as const;

function layout([name, folder, archive]: (typeof releases)[number]): Layout {
  return {
    name,
    files: [
      { path: "pairs.txt", mark: true, holds: "the 6,000 pairs of View 2 in ten folds" },
      { path: `${folder}/`, archive, mark: true, holds: "13,233 JPEG files in a folder a person" },
    ],
  };
}

/** Labeled Faces in the Wild, for verification by View 2. */
export const lfw: PublishedSet<typeof options> = {
  name: "lfw",
  summary: "Labeled Faces in the Wild: 13,233 press photographs of 5,749 people, with pairs",
  paper: "Huang, Ramesh, Berg, Learned-Miller, Labeled Faces in the Wild, UMass Amherst TR 07-49, 2007",
  aliases: ["lfw-funneled", "lfw_funneled", "lfw-deepfunneled"],
  origin: "the vision lab of UMass Amherst, page Labeled Faces in the Wild (also on figshare)",
  licence: "research on unconstrained face recognition; press photographs of their owners",
  protocol:
    "View 2: 6,000 pairs in ten folds of 300 same and 300 different; a threshold chosen on nine folds decides the tenth; mean accuracy",
  classes: 5749,
  counts: [{ part: "all", items: 13233, classes: 5749 }],
  layouts: releases.map(layout),
  options,
  create: (settings) => {
    const { partial } = options.parse(settings);
    return (source) => readLfw(source, partial);
  },
};

async function readLfw(source: SetSource, partial: boolean): Promise<SetContent> {
  const images = new Map(
    source.files.flatMap((file): [string, StoredFile][] => {
      const [name = "", person] = file.path.split("/").reverse();
      return person !== undefined && name.startsWith(`${person}_`) && /_\d{4}\.jpg$/.test(name) ? [[name, file]] : [];
    }),
  );
  const items = [...images].map(([name, file]) => imageItem(file, { name, label: name.replace(/_\d{4}\.jpg$/, "") }));
  const list = source.file("pairs.txt");
  const pairs = await readPairs(list);
  const lacking = pairs.filter(({ first, second }) => !images.has(first) || !images.has(second));
  const [missing] = lacking;
  if (missing !== undefined && !partial) {
    throw invalidList(
      list,
      1,
      "pairs of pictures that are there",
      `${missing.first}, ${missing.second}, ${lacking.length} in all`,
    );
  }
  const notes =
    lacking.length > 0 ? [`${lacking.length} of ${pairs.length} pairs left out: their pictures are missing`] : [];
  return { items, pairs: verificationPairs(pairs.filter((pair) => !lacking.includes(pair))), notes };
}

/**
 * Folds and their size on the first line (`10 300`), then for each fold as many lines `person i j` of the same person,
 * and as many `person i other j`.
 */
async function readPairs(list: StoredFile): Promise<VerificationPair[]> {
  const [head, ...rows] = await readList(list, { fields: [1, 2, 3, 4] });
  if (head === undefined) throw invalidList(list, 1, "the number of folds and of pairs in each", "an empty file");
  const [folds, size] = [0, 1].map((at) => wholeNumber(list, head, head.fields[at], 1, 1e6)) as [number, number];
  if (rows.length !== folds * size * 2) throw invalidList(list, 1, `${folds * size * 2} pairs below`, `${rows.length}`);
  return rows.map((row, i) => {
    const { line, fields } = row;
    const same = fields.length === 3;
    if (fields.length < 3) throw invalidList(list, line, "a pair", fields.join(" "));
    const picture = (person: string, number: string) =>
      `${person}_${String(wholeNumber(list, row, number, 1, 9999)).padStart(4, "0")}.jpg`;
    const first = picture(fields[0]!, fields[1]!);
    const second = same ? picture(fields[0]!, fields[2]!) : picture(fields[2]!, fields[3]!);
    return { first, second, same, fold: Math.floor(i / (2 * size)) };
  });
}
