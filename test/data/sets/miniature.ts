import { gzipSync } from "node:zlib";
import sharp from "sharp";
import type { Dataset, ImageDataset } from "../../../src/data/index.js";
import { openDataset } from "../../../src/data/index.js";
import { SimileError } from "../../../src/errors/index.js";
import { makeTar, makeZip, tarMember } from "../archives.js";

/** A JPEG of 4 x 2 pixels: left half red, right half blue. */
export const jpeg = await picture().jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer();
/** The same as PNG. */
export const png = await picture().png().toBuffer();

function picture() {
  const row = [255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255];
  return sharp(Uint8Array.from([...row, ...row]), { raw: { width: 4, height: 2, channels: 3 } });
}

/** Files by path. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Every path with the same picture. */
export function pictures(...paths: readonly string[]): Record<string, Uint8Array> {
  return Object.fromEntries(paths.map((path) => [path, path.endsWith(".png") ? png : jpeg]));
}

const members = (files: Files) =>
  Object.entries(files).map(([path, content]) => ({ path, bytes: Buffer.from(content as string) }));

/** Files as a zip archive. */
export function zipped(files: Files): Buffer {
  return makeZip(members(files), { method: 8 });
}

/** Files as a gzipped tar. */
export function tarred(files: Files): Buffer {
  return gzipSync(makeTar(members(files).map((member) => tarMember(member))));
}

/** Files below a folder. */
export function under(folder: string, files: Files): Record<string, string | Uint8Array> {
  return Object.fromEntries(Object.entries(files).map(([path, content]) => [`${folder}/${path}`, content]));
}

/** What each item is, in one line: `name | label | split/role | group | camera`. */
export function lines({ items }: Dataset): string[] {
  return items.map(({ name, label, split = "", role, group = "", camera = "" }) =>
    [name, label, role ? `${split}/${role}` : split, group, camera].join(" | ").replace(/[ |]+$/, ""),
  );
}

/** Opens an incomplete copy, as miniatures are. */
export async function openPartial(path: string, settings: Record<string, unknown> = {}): Promise<ImageDataset> {
  const dataset = await openDataset(path, { settings: { partial: true, ...settings } });
  if (dataset.kind !== "image") throw new Error("not images");
  return dataset;
}

/** The error that opening gives. */
export async function failure(path: string, settings: Record<string, unknown> = {}): Promise<SimileError> {
  const error = await openDataset(path, { settings }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof SimileError) return error;
  throw new Error(`no SimileError but ${error}`);
}
