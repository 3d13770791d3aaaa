import { SimileError } from "../../errors/index.js";
import type { ImageItem, Item } from "../dataset.js";
import { readEncoded } from "../sources/class-folders.js";
import type { StoredFile } from "../sources/container.js";

/** A line of an official list, its fields taken apart. */
export interface ListLine {
  /** Number from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** How the lines of a list look. */
export interface ListFormat {
  /** What stands between fields; default white space. */
  readonly separator?: RegExp;
  /** Numbers of fields a line may have. */
  readonly fields: readonly number[];
  /** Lines before the first that counts; default 0. */
  readonly skip?: number;
}

/** The lines of an official text file; empty ones are left out. Errors: `invalid-listing`. */
export async function readList(
  file: StoredFile,
  { separator = /\s+/, fields, skip = 0 }: ListFormat,
): Promise<ListLine[]> {
  const lines = (await readText(file)).split(/\r\n|\r|\n/).map((text, i) => ({ line: i + 1, text: text.trim() }));
  return lines
    .filter(({ line, text }) => line > skip && text !== "")
    .map(({ line, text }) => {
      const found = text.split(separator);
      if (!fields.includes(found.length)) throw invalidList(file, line, `${fields.join(" or ")} fields`, text);
      return { line, fields: found };
    });
}

/** A stored file as UTF-8. Errors: `invalid-listing` when it is too long for one text. */
export async function readText(file: StoredFile): Promise<string> {
  const bytes = await file.read();
  try {
    return new TextDecoder().decode(bytes);
  } catch {
    throw invalidList(file, 1, "at most 512 MiB of text", `${bytes.length} bytes`);
  }
}

/** The error for a line of an official list that is not as it should be. */
export function invalidList({ path }: StoredFile, line: number, expected: string, received: string): SimileError {
  return new SimileError({
    code: "invalid-listing",
    where: `${path}, line ${line}`,
    expected,
    received: received.slice(0, 60) || "nothing",
    remedy: "take the file as its makers published it",
  });
}

/** A number from `first` to `last` in a field of a list. */
export function wholeNumber(
  file: StoredFile,
  { line }: ListLine,
  text: string | undefined,
  first: number,
  last: number,
): number {
  const value = /^\d{1,15}$/.test(text ?? "") ? Number(text) : -1;
  if (value >= first && value <= last) return value;
  throw invalidList(file, line, `a whole number from ${first} to ${last}`, text ?? "nothing");
}

/** An item of a stored image. */
export function imageItem(file: StoredFile, item: Item): ImageItem {
  return { ...item, read: () => readEncoded(file) };
}

/** What a list says is there: the item, and its file unless it is missing. */
export interface Listed {
  readonly item: Item;
  readonly file: StoredFile | undefined;
}

/**
 * The items whose files are there. Missing ones are an error (`missing-files`) that counts them and names the first,
 * unless `partial`. Every name counts once (`invalid-listing`).
 */
export function presentItems(where: string, listed: readonly Listed[], partial: boolean): ImageItem[] {
  const names = new Set(listed.map(({ item }) => item.name));
  if (names.size < listed.length) throw repeated(where, listed);
  const absent = listed.filter(({ file }) => file === undefined).map(({ item }) => item.name);
  if (absent.length > 0 && !partial) {
    const shown = `${absent.slice(0, 3).join(", ")}${absent.length > 3 ? ", ..." : ""}`;
    throw new SimileError({
      code: "missing-files",
      where,
      expected: `all ${listed.length} listed images`,
      received: `${listed.length - absent.length}; missing ${shown}`,
      remedy: "unpack or copy the images again, or take what is there with the option partial=true",
    });
  }
  return listed.flatMap(({ item, file }) => (file === undefined ? [] : [imageItem(file, item)]));
}

function repeated(where: string, listed: readonly Listed[]): SimileError {
  const seen = new Set<string>();
  const twice = listed.find(({ item }) => seen.size === seen.add(item.name).size);
  return new SimileError({
    code: "invalid-listing",
    where,
    expected: "every image once",
    received: `${twice?.item.name} again`,
    remedy: "take the lists as their makers published them",
  });
}
