import { z } from "zod";
import { SimileError } from "../../errors/index.js";
import type { StoredFile } from "../sources/container.js";
import { turned } from "./crop.js";
import { imageItem, invalidList, type Listed, presentItems, readList } from "./listed.js";
import { setOptions } from "./options.js";
import type { PartCount, PublishedSet, SetContent } from "./published.js";
import type { SetSource } from "./source.js";

const options = setOptions({
  split: z
    .enum(["official", "vinyals"])
    .default("official")
    .describe(
      "official: background trains, evaluation tests; vinyals: the lists of few-shot work, every character also rotated",
    ),
});

/** Of the lists of Vinyals et al.: every character in four rotations, each a class. */
const vinyals: readonly (PartCount & { readonly list: string })[] = [
  { part: "train", list: "train.txt", items: 82240, classes: 4112 },
  { part: "validation", list: "val.txt", items: 13760, classes: 688 },
  { part: "test", list: "test.txt", items: 33840, classes: 1692 },
];

/** Omniglot: handwritten characters of fifty alphabets. */
export const omniglot: PublishedSet<typeof options> = {
  name: "omniglot",
  summary: "Omniglot: 1,623 handwritten characters of 50 alphabets, each by 20 people",
  paper:
    "Lake, Salakhutdinov, Tenenbaum, Human-level concept learning through probabilistic program induction, Science 350, 2015",
  aliases: ["omniglot-py"],
  origin:
    "the repository brendenlake/omniglot on GitHub, folder python; the Vinyals lists with the code of prototypical networks",
  licence: "MIT",
  protocol:
    "official: 30 background alphabets train, 20 evaluation alphabets test; vinyals: 1,028/172/423 characters in four rotations (Vinyals et al. 2016), 5- and 20-way episodes",
  classes: 1623,
  counts: [
    { part: "train", items: 19280, classes: 964 },
    { part: "test", items: 13180, classes: 659 },
  ],
  layouts: [
    {
      name: "official",
      files: [
        {
          path: "images_background/",
          archive: "images_background.zip",
          mark: true,
          holds: "30 alphabets: alphabet/character/drawing.png",
        },
        { path: "images_evaluation/", archive: "images_evaluation.zip", mark: true, holds: "20 alphabets" },
        ...vinyals.map(({ list, part }) => ({
          path: list,
          optional: true,
          holds: `characters of the ${part} part, for split=vinyals (vinyals_${list} will do)`,
        })),
      ],
    },
  ],
  options,
  create: (settings) => {
    const { partial, split } = options.parse(settings);
    return async (source) => (split === "vinyals" ? readVinyals(source, partial) : readOfficial(source));
  },
};

interface Drawing {
  readonly path: string;
  readonly file: StoredFile;
  readonly alphabet: string;
  readonly character: string;
}

/** Alphabet/character/drawing.png, with the folder of its half before it. */
function drawings(source: SetSource, half: string): Drawing[] {
  return [...source.folder(half)].flatMap(([path, file]) => {
    const [alphabet, character, name, ...rest] = path.split("/");
    const isDrawing = name !== undefined && rest.length === 0 && name.endsWith(".png");
    return isDrawing ? [{ path: `${half}/${path}`, file, alphabet: alphabet!, character: character! }] : [];
  });
}

function readOfficial(source: SetSource): SetContent {
  const of = (half: string, split: string) =>
    drawings(source, half).map(({ path, file, alphabet, character }) =>
      imageItem(file, { name: path, label: `${alphabet}/${character}`, split, group: alphabet }),
    );
  return { items: [...of("images_background", "train"), ...of("images_evaluation", "test")] };
}

async function readVinyals(source: SetSource, partial: boolean): Promise<SetContent> {
  const byCharacter = new Map<string, Drawing[]>();
  for (const drawing of [...drawings(source, "images_background"), ...drawings(source, "images_evaluation")]) {
    const key = `${drawing.alphabet}/${drawing.character}`;
    byCharacter.set(key, [...(byCharacter.get(key) ?? []), drawing]);
  }
  const listed: (Listed & { readonly turns: number })[] = [];
  for (const { part, list } of vinyals) {
    const file = listOf(source, list);
    for (const {
      line,
      fields: [label = ""],
    } of await readList(file, { fields: [1] })) {
      const [, character = "", angle = ""] = /^(.+)\/rot(000|090|180|270)$/.exec(label) ?? [];
      if (angle === "") throw invalidList(file, line, "alphabet/character/rot000, 090, 180 or 270", label);
      const found = byCharacter.get(character) ?? [undefined];
      for (const drawing of found) {
        const name = `${drawing?.path ?? character}/rot${angle}`;
        const item = { name, label, split: part, group: character.split("/")[0]! };
        listed.push({ item, file: drawing?.file, turns: Number(angle) / 90 });
      }
    }
  }
  const turns = new Map(listed.map(({ item, turns }) => [item.name, turns]));
  const items = presentItems(source.path, listed, partial).map((item) => turned(item, turns.get(item.name)!));
  return { items, counts: vinyals };
}

/** A list under its own name, or with `vinyals_` before it. */
function listOf(source: SetSource, list: string): StoredFile {
  const found = source.find(`vinyals_${list}`) ?? source.find(`vinyals/${list}`) ?? source.find(list);
  if (found) return found;
  throw new SimileError({
    code: "missing-files",
    where: source.path,
    expected: `vinyals_${list}, a list of characters`,
    received: "no such file",
    remedy: "take it from the code of prototypical networks (data/omniglot/splits/vinyals), or use split=official",
  });
}
