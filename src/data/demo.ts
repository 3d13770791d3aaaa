import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";
import { SimileError } from "../errors/index.js";
import { Random } from "../rng/index.js";
import type { ImageDataset, ImageItem } from "./dataset.js";

/** A maker of emoji drawings, and the npm package that brings them. */
export interface EmojiVendor {
  readonly name: string;
  readonly package: string;
  /** The drawing of a lower-case code point sequence such as `1f600`, within the package. */
  readonly drawing: (code: string) => string;
  /** SPDX identifier of the drawings' licence. */
  readonly licence: string;
  /** Name of the set of drawings. */
  readonly work: string;
  /** Who drew them. */
  readonly author: string;
  /** Line to show where the drawings are shown. */
  readonly credit: string;
}

/** Where the demo's drawings come from: the openly licensed sets among those packaged for npm. */
export const emojiVendors: readonly EmojiVendor[] = [
  {
    name: "google",
    package: "emoji-datasource-google",
    drawing: (code) => `img/google/64/${code}.png`,
    licence: "Apache-2.0",
    work: "Noto Emoji",
    author: "Google LLC",
    credit: "Noto Emoji, copyright Google LLC, Apache License 2.0 (packaged by Cal Henderson, MIT)",
  },
  {
    name: "twitter",
    package: "emoji-datasource-twitter",
    drawing: (code) => `img/twitter/64/${code}.png`,
    licence: "CC-BY-4.0",
    work: "Twemoji",
    author: "Twitter, Inc and other contributors",
    credit: "Twemoji, copyright Twitter, Inc and other contributors, CC BY 4.0 (packaged by Cal Henderson, MIT)",
  },
  {
    name: "fluent",
    package: "@lobehub/fluent-emoji-3d",
    drawing: (code) => `assets/${code}.webp`,
    licence: "MIT",
    work: "Fluent Emoji",
    author: "Microsoft Corporation",
    credit: "Fluent Emoji, copyright Microsoft Corporation, MIT (packaged by LobeHub, MIT)",
  },
];

/** What to type when the drawings are not installed. */
export const demoInstallCommand = `npm install ${emojiVendors.map((vendor) => vendor.package).join(" ")}`;

/** Shares of the classes; the order of the classes before cutting is drawn with a fixed seed. */
const SPLIT = { seed: 16, train: 0.6, validation: 0.1 };

const emojiSchema = z.array(
  z.object({
    name: z.string(),
    unified: z.string(),
    non_qualified: z.string().nullable(),
    short_name: z.string(),
    category: z.string(),
    subcategory: z.string(),
  }),
);
type Emoji = z.output<typeof emojiSchema>[number];

/** An emoji with the files of its drawings, one a vendor. */
interface DrawnEmoji {
  readonly label: string;
  readonly group: string;
  readonly paths: readonly string[];
}

/** An emoji with what is in the files of its drawings. */
interface Drawings {
  readonly label: string;
  readonly group: string;
  readonly files: readonly Uint8Array[];
}

/** Options of {@link openDemo}. */
export interface DemoOptions {
  /** Whose drawings; default all of {@link emojiVendors}. */
  readonly vendors?: readonly EmojiVendor[];
}

/**
 * Emoji as several vendors draw them: a class is an emoji (its English name), its items the drawings. Flags, skin tones
 * and emoji that a vendor lacks or draws exactly like another one are left out. `split` divides the classes into train,
 * validation and test, always alike; `group` is the emoji's category and subcategory. Throws `demo-not-installed`.
 */
export async function openDemo({ vendors = emojiVendors }: DemoOptions = {}): Promise<ImageDataset> {
  const sources = vendors.map((vendor) => ({ ...vendor, root: packageRoot(vendor) }));
  const table: unknown = JSON.parse(await readFile(join(packageRoot(emojiVendors[0]!), "emoji.json"), "utf8"));
  const drawn = drawnByAll(emojiSchema.parse(table), sources);
  const distinct = withoutTwins(drawn.map(contentsOf));
  const splits = splitClasses(distinct.map(({ label }) => label));
  const items = distinct.flatMap(({ label, group, files }) =>
    files.map((bytes, i): ImageItem => {
      const name = `${label}/${vendors[i]!.name}`;
      return { name, label, group, split: splits.get(label)!, read: async () => ({ kind: "encoded", bytes }) };
    }),
  );
  return { kind: "image", name: "demo", items };
}

/** The folder of a vendor's package, found from here or from the current directory. */
function packageRoot(vendor: EmojiVendor): string {
  const paths = [import.meta.dirname, process.cwd()];
  try {
    return dirname(createRequire(import.meta.url).resolve(`${vendor.package}/package.json`, { paths }));
  } catch (cause) {
    const details = {
      code: "demo-not-installed",
      where: "demo",
      expected: "the emoji drawings of three npm packages",
      received: `no ${vendor.package}`,
      remedy: `install them: ${demoInstallCommand}`,
    };
    throw new SimileError(details, { cause });
  }
}

type InstalledVendor = EmojiVendor & { readonly root: string };

function drawnByAll(table: readonly Emoji[], vendors: readonly InstalledVendor[]): DrawnEmoji[] {
  const plain = table.filter(({ category }) => category !== "Flags" && category !== "Component");
  const counts = new Map<string, number>();
  for (const { name } of plain) counts.set(name, (counts.get(name) ?? 0) + 1);
  return plain.flatMap((emoji) => {
    const name = emoji.name.toLowerCase();
    const label = counts.get(emoji.name) === 1 ? name : `${name} (${emoji.short_name})`;
    const paths = vendors.flatMap((vendor) => drawingOf(emoji, vendor) ?? []);
    return paths.length === vendors.length ? [{ label, group: `${emoji.category}/${emoji.subcategory}`, paths }] : [];
  });
}

/** Vendors name files with or without the variation selector, hence two codes to try. */
function drawingOf(emoji: Emoji, { root, drawing }: InstalledVendor): string | undefined {
  const codes = [emoji.unified, emoji.non_qualified ?? emoji.unified];
  return codes.map((code) => join(root, drawing(code.toLowerCase()))).find((path) => existsSync(path));
}

/** Files of all drawings: ten megabytes. One after another, which is several times as fast as many at once. */
function contentsOf({ label, group, paths }: DrawnEmoji): Drawings {
  return { label, group, files: paths.map((path) => readFileSync(path)) };
}

/** Without emoji of which some drawing is, byte for byte, also that of another one: nobody can tell those apart. */
function withoutTwins(drawn: readonly Drawings[]): Drawings[] {
  const hashes = drawn.map(({ files }) => files.map((bytes) => createHash("sha256").update(bytes).digest("hex")));
  const counts = new Map<string, number>();
  for (const hash of hashes.flat()) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  return drawn.filter((_, i) => hashes[i]!.every((hash) => counts.get(hash) === 1));
}

function splitClasses(labels: readonly string[]): Map<string, string> {
  const order = new Random(SPLIT.seed).shuffle([...labels].sort());
  const validationStart = Math.round(order.length * SPLIT.train);
  const testStart = Math.round(order.length * (SPLIT.train + SPLIT.validation));
  const part = (i: number) => (i < validationStart ? "train" : i < testStart ? "validation" : "test");
  return new Map(order.map((label, i) => [label, part(i)]));
}
