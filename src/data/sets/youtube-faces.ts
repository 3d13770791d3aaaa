import { z } from "zod";
import type { StoredFile } from "../sources/container.js";
import { type VerificationPair, verificationPairs } from "../verification.js";
import { imageItem, invalidList, readList, wholeNumber } from "./listed.js";
import { setOptions } from "./options.js";
import type { Layout, PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({
  frames: z.number().int().min(1).optional().describe("frames of a video, evenly drawn over it; default all"),
});

const archive = "YouTubeFaces.tar.gz";

function layout(name: string, folder: string, holds: string): Layout {
  return {
    name,
    files: [
      { path: "splits.txt", archive, mark: true, holds: "5,000 pairs of videos in ten folds" },
      { path: `${folder}/`, archive, mark: true, holds },
    ],
  };
}

/** YouTube Faces: videos of faces, verified in pairs. */
export const youtubeFaces: PublishedSet<typeof options> = {
  name: "youtube-faces",
  summary: "YouTube Faces: 621,126 frames of 3,425 videos of 1,595 people, with pairs of videos",
  paper: "Wolf, Hassner, Maoz, Face Recognition in Unconstrained Videos with Matched Background Similarity, CVPR 2011",
  aliases: ["ytf", "YouTubeFaces", "youtubefaces"],
  origin: "the page of the YouTube Faces DB at Tel Aviv University, on request",
  licence: "research, on agreement with its makers",
  protocol:
    "5,000 pairs of videos in ten folds of 250 same and 250 different; the mean embedding of a video's frames stands for it; mean accuracy",
  classes: 1595,
  counts: [{ part: "all", items: 621126, classes: 1595 }],
  layouts: [
    layout("aligned", "aligned_images_DB", "frames cropped and aligned, in a folder a person and video"),
    layout("frames", "frame_images_DB", "whole frames, in a folder a person and video"),
  ],
  options,
  create: (settings) => {
    const { partial, frames } = options.parse(settings);
    return (source) => readVideos(source, partial, frames);
  },
};

async function readVideos(source: SetSource, partial: boolean, limit: number | undefined): Promise<SetContent> {
  const videos = new Map<string, [string, StoredFile][]>();
  for (const [path, file] of source.folder(source.layout.files[1]!.path)) {
    const parts = path.split("/");
    if (parts.length !== 3 || !/\.jpe?g$/i.test(path)) continue;
    const name = `${parts[0]}/${parts[1]}`;
    const frames = videos.get(name);
    if (frames) frames.push([path, file]);
    else videos.set(name, [[path, file]]);
  }
  for (const [name, frames] of videos) videos.set(name, evenly(inTime(frames), limit));
  const items = [...videos].flatMap(([video, frames]) =>
    frames.map(([name, file]) => imageItem(file, { name, label: video.split("/")[0]!, group: video })),
  );
  const list = source.file("splits.txt");
  const pairs = await readSplits(list);
  const lacking = pairs.filter(({ first, second }) => !videos.has(first) || !videos.has(second));
  const [missing] = lacking;
  if (missing !== undefined && !partial) {
    throw invalidList(
      list,
      1,
      "pairs of videos that are there",
      `${missing.first}, ${missing.second}, ${lacking.length} in all`,
    );
  }
  const itemsOf = (video: string) => (videos.get(video) ?? []).map(([name]) => name);
  const notes =
    lacking.length > 0 ? [`${lacking.length} of ${pairs.length} pairs left out: their videos are missing`] : [];
  const counts = limit === undefined ? {} : { counts: [{ part: "all", items: items.length, classes: 1595 }] };
  return {
    items,
    pairs: verificationPairs(
      pairs.filter((pair) => !lacking.includes(pair)),
      itemsOf,
    ),
    notes,
    ...counts,
  };
}

/** Frames are numbered without leading zeros: 0.9.jpg comes before 0.10.jpg. */
function inTime(frames: [string, StoredFile][]): [string, StoredFile][] {
  const number = ([path]: [string, StoredFile]) => Number(/(\d+)\.jpe?g$/i.exec(path)?.[1] ?? 0);
  return frames.sort((a, b) => number(a) - number(b));
}

function evenly<T>(all: readonly T[], limit: number | undefined): T[] {
  if (limit === undefined || limit >= all.length) return [...all];
  return Array.from({ length: limit }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / limit)]!);
}

/** Lines `fold, person/video, person/video, 0 or 1, ...` below a header; folds from 1. */
async function readSplits(list: StoredFile): Promise<VerificationPair[]> {
  const rows = await readList(list, { separator: /\s*,\s*/, fields: [4, 5, 6, 7, 8] });
  return rows
    .filter(({ fields }) => /^\d/.test(fields[0]!))
    .map((row) => {
      const { line, fields } = row;
      const [, first = "", second = ""] = fields;
      // Further columns may follow or precede the verdict, which is the only one of 0 or 1 after the names.
      const same = fields.slice(3).find((field) => /^[01]$/.test(field));
      if (same === undefined) throw invalidList(list, line, "1 for the same person or 0", fields.slice(3).join(", "));
      return { first, second, same: same === "1", fold: wholeNumber(list, row, fields[0], 1, 1000) - 1 };
    });
}
