import { SimileError } from "../../errors/index.js";
import type { Template, VerificationPairs } from "../dataset.js";
import type { StoredFile } from "../sources/container.js";
import { readIntegers } from "./integers.js";
import { type Listed, presentItems, readList, wholeNumber } from "./listed.js";
import { setOptions } from "./options.js";
import type { Layout, PartCount, PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({});

function entry(
  letter: "B" | "C",
  paper: string,
  classes: number,
  counts: readonly PartCount[],
  size: string,
): PublishedSet<typeof options> {
  const prefix = `ijb${letter.toLowerCase()}`;
  const layout: Layout = {
    name: "templates and pairs",
    files: [
      { path: `${prefix}_face_tid_mid.txt`, mark: true, holds: "image, template and medium of every face" },
      { path: `${prefix}_template_pair_label.txt`, mark: true, holds: "pairs of templates, 1 for the same subject" },
      { path: "loose_crop/", holds: "the faces as JPEG files" },
    ],
  };
  return {
    name: `ijb-${letter.toLowerCase()}`,
    summary: `IARPA Janus Benchmark ${letter}: ${size}`,
    paper,
    aliases: [prefix, `IJB${letter}`, `IJB-${letter}`],
    origin:
      "NIST, page Face Challenges, on request; the two lists and the cropped faces as face recognition projects hand them on",
    licence: "research, on agreement with NIST",
    protocol:
      "1:1 verification of templates: the mean embedding of a template's faces stands for it; true accept rate at false accept rates of 1e-4 to 1e-6",
    classes,
    counts,
    layouts: [layout],
    options,
    create: (settings) => {
      const { partial } = options.parse(settings);
      return (source) => readIjb(source, prefix, partial);
    },
  };
}

/** IARPA Janus Benchmark B. */
export const ijbB = entry(
  "B",
  "Whitelam et al., IARPA Janus Benchmark-B Face Dataset, CVPR workshops 2017",
  1845,
  [{ part: "all", items: 227630 }],
  "227,630 faces in 12,115 templates, 8,010,270 pairs",
);

/** IARPA Janus Benchmark C. */
export const ijbC = entry(
  "C",
  "Maze et al., IARPA Janus Benchmark - C: Face Dataset and Protocol, ICB 2018",
  3531,
  [{ part: "all", items: 469375 }],
  "469,375 faces in 23,124 templates, 15,658,489 pairs",
);

async function readIjb(source: SetSource, prefix: string, partial: boolean): Promise<SetContent> {
  const faces = source.file(`${prefix}_face_tid_mid.txt`);
  const rows = await readList(faces, { fields: [3] });
  const positions = new Map<number, number>();
  const templates: (Template & { items: string[] })[] = [];
  const templateOf = rows.map((row) => {
    const number = wholeNumber(faces, row, row.fields[1], 0, 2 ** 31 - 1);
    const known = positions.get(number) ?? templates.push({ name: `template ${number}`, items: [] }) - 1;
    positions.set(number, known);
    templates[known]!.items.push(row.fields[0]!);
    return known;
  });
  const pairs = await readPairs(source.file(`${prefix}_template_pair_label.txt`), positions, templates);
  const subjects = subjectsOf(pairs);
  const images = source.folder("loose_crop");
  const listed = rows.map(({ fields: [face = "", , medium] }, i): Listed => {
    const template = templateOf[i]!;
    const label = `subject of ${templates[subjects[template]!]!.name}`;
    // A face may be in several templates.
    const name = `${face} of ${templates[template]!.name}`;
    return { item: { name, label, group: `medium ${medium}` }, file: images.get(face) };
  });
  for (const template of templates) {
    for (const [at, name] of template.items.entries()) template.items[at] = `${name} of ${template.name}`;
  }
  return { items: presentItems(source.path, listed, partial), pairs };
}

/** Lines `template template 0|1`; millions of them, so they are never held as text lines. */
async function readPairs(
  file: StoredFile,
  positions: ReadonlyMap<number, number>,
  templates: readonly Template[],
): Promise<VerificationPairs> {
  const values = readIntegers(await file.read(), 3, file.path);
  const count = values.length / 3;
  const first = new Int32Array(count);
  const second = new Int32Array(count);
  const same = new Uint8Array(count);
  for (let pair = 0; pair < count; pair++) {
    const [a, b] = [positions.get(values[3 * pair]!), positions.get(values[3 * pair + 1]!)];
    if (a === undefined || b === undefined || values[3 * pair + 2]! > 1) {
      throw new SimileError({
        code: "invalid-listing",
        where: `${file.path}, pair ${pair + 1}`,
        expected: "two listed templates, and 1 for the same subject or 0",
        received: [...values.subarray(3 * pair, 3 * pair + 3)].join(" "),
        remedy: "take the file as its makers published it",
      });
    }
    first[pair] = a;
    second[pair] = b;
    same[pair] = values[3 * pair + 2]!;
  }
  return { templates, first, second, same, fold: new Int32Array(count) };
}

/** The lists name no subjects; templates that pairs say are of one are joined. [templates] the first of each subject's. */
function subjectsOf({ templates, first, second, same }: VerificationPairs): Int32Array {
  const parent = Int32Array.from(templates.keys());
  const root = (template: number): number => {
    let at = template;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  for (const [pair, isSame] of same.entries()) {
    if (isSame === 0) continue;
    const [a, b] = [root(first[pair]!), root(second[pair]!)];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  return parent.map((_, template) => root(template));
}
