import { readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { SimileError } from "../../errors/index.js";
import type { ImageItem } from "../dataset.js";
import { splitInName, splitName } from "../split-names.js";
import { usualNames } from "../tables/vector-table.js";
import { readEncoded } from "./class-folders.js";
import { normalisePath, type StoredFile } from "./container.js";
import { parseDelimited } from "./delimited.js";
import { readWhole } from "./folder.js";
import { containerStem, isArchive, openContainer } from "./open-container.js";
import { openRandomAccess } from "./random-access.js";

/** Which columns (or JSON keys) of a listing hold what. */
export interface ListingColumns {
  readonly path?: string;
  readonly label?: string;
  readonly split?: string;
  readonly group?: string;
  readonly camera?: string;
}

/** Names that are understood when none is given, the first found counts. */
const COLUMN_NAMES = {
  path: ["path", "file", "filename", "file_name", "image"],
  label: ["label", "class_name", "class", "person", "subject", "class_id"],
  split: ["split", "zero_shot_split"],
  group: ["group", "coarse_name", "super_class_id"],
  camera: ["camera", "camera_id", "camid"],
} as const satisfies Record<keyof ListingColumns, readonly string[]>;

/** Enough for the first line of a listing; a first line of vectors may well be longer, but then it is none. */
const FIRST_LINE_BYTES = 2 ** 16;

interface Row {
  readonly line: number;
  readonly path: string;
  readonly label: string;
  readonly split?: string;
  readonly group?: string;
  readonly camera?: string;
}

type Table = { readonly columns: readonly string[]; readonly records: { line: number; values: Map<string, string> }[] };

/** Whether `path` is named like a listing. */
export function isListing(path: string): boolean {
  return /\.(csv|tsv|jsonl|txt)$/i.test(path);
}

/**
 * Whether the table at `path` lists images rather than holding vectors: judging by its first line, it has a column of
 * paths and none of whole vectors.
 */
export async function listsImages(path: string, columns: ListingColumns = {}): Promise<boolean> {
  const file = await openRandomAccess(path);
  const start = new TextDecoder().decode(await file.read(0, Math.min(FIRST_LINE_BYTES, file.size)));
  const line = /^\s*([^\r\n]*)/.exec(start)?.[1] ?? "";
  if (/\.txt$/i.test(path)) {
    // Most text files are something else: only a header of both columns counts.
    const words = line.split(/\s+/);
    return [COLUMN_NAMES.path, COLUMN_NAMES.label].every((names) => names.some((name) => words.includes(name)));
  }
  const names = /\.jsonl$/i.test(path)
    ? Object.keys(parseObject(line) ?? {})
    : (parseDelimited(line, separatorOf(path), path)[0]?.fields.map((name) => name.trim()) ?? []);
  if (columns.path !== undefined) return true;
  return (
    COLUMN_NAMES.path.some((name) => names.includes(name)) && !usualNames.vector.some((name) => names.includes(name))
  );
}

/**
 * The images a CSV, TSV or JSONL file lists, or a text file with spaces between its columns: `path` and `label`, perhaps
 * `split`, `group` and `camera` (or usual synonyms: `image_id class_id super_class_id path` will do). Paths count from
 * the listing's folder. If the first is no file there, they are looked for in the archives beside the listing, either by
 * `archive.zip/path/inside` or by the path inside alone; where several archives hold it, the one named after the row's
 * split counts. Errors: `invalid-listing`, `ambiguous-path`.
 */
export async function readListing(
  path: string,
  columns: ListingColumns = {},
  inflatedLimitBytes?: number,
): Promise<ImageItem[]> {
  const rows = rowsOf(path, await readTable(path), columns);
  const folder = dirname(path);
  const first = rows[0];
  const unpacked =
    first === undefined ||
    (await stat(join(folder, first.path)).then(
      () => true,
      () => false,
    ));
  const archived = unpacked ? new Map() : await archivedFiles(folder, inflatedLimitBytes);
  const names = new Set<string>();
  return rows.map((row) => {
    const item = listedItem(path, folder, row, archived);
    if (names.has(item.name)) throw invalidListing(path, row.line, "every path once", `${row.path} again`);
    names.add(item.name);
    return item;
  });
}

function separatorOf(path: string): "," | "\t" {
  return /\.(tsv|txt)$/i.test(path) ? "\t" : ",";
}

/** Spaces stand between the columns of a text file. */
function separated(text: string, path: string): string {
  return /\.txt$/i.test(path) ? text.replace(/[ \t]+/g, "\t") : text;
}

async function readTable(path: string): Promise<Table> {
  const text = await readFile(path, "utf8");
  if (/\.jsonl$/i.test(path)) return parseJsonLines(text, path);
  const [head, ...rows] = parseDelimited(separated(text, path), separatorOf(path), path);
  const columns = (head?.fields ?? []).map((name) => name.trim());
  const records = rows.map(({ line, fields }) => {
    if (fields.length !== columns.length) {
      throw invalidListing(path, line, `${columns.length} fields as in the header`, `${fields.length}`);
    }
    return { line, values: new Map(columns.map((name, i) => [name, fields[i]!])) };
  });
  return { columns, records };
}

function parseJsonLines(text: string, path: string): Table {
  const records = text.split(/\r?\n/).flatMap((content, i) => {
    if (content.trim() === "") return [];
    const values = parseObject(content);
    if (!values) throw invalidListing(path, i + 1, "a JSON object", content.slice(0, 40));
    const scalars = Object.entries(values).filter(([, value]) => ["string", "number"].includes(typeof value));
    return [{ line: i + 1, values: new Map(scalars.map(([key, value]) => [key, String(value)])) }];
  });
  return { columns: [...new Set(records.flatMap(({ values }) => [...values.keys()]))], records };
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function rowsOf(where: string, table: Table, given: ListingColumns): Row[] {
  const find = (key: keyof ListingColumns) =>
    given[key] ?? COLUMN_NAMES[key].find((name) => table.columns.includes(name));
  const keys = ["path", "label", "split", "group", "camera"] as const;
  const names = Object.fromEntries(keys.map((key) => [key, find(key)]));
  for (const key of keys) {
    const required = key === "path" || key === "label" || given[key] !== undefined;
    if (!required || table.columns.includes(names[key] ?? "")) continue;
    const expected = `a column ${given[key] ?? COLUMN_NAMES[key].join(" or ")} of ${key}s`;
    throw invalidListing(where, 1, expected, `columns ${table.columns.join(", ")}`);
  }
  return table.records.map(({ line, values }) => {
    const value = (key: keyof ListingColumns) => values.get(names[key] ?? "")?.trim() || undefined;
    const [path, label, split, group, camera] = keys.map(value);
    if (!path || !label)
      throw invalidListing(where, line, "a path and a label", `${path ?? "no path"}, ${label ?? "no label"}`);
    return {
      line,
      path,
      label,
      ...(split && { split: splitName(split) }),
      ...(group && { group }),
      ...(camera && { camera }),
    };
  });
}

interface ArchivedFile {
  readonly archive: string;
  readonly file: StoredFile;
}

/** The files of all archives in `folder`, by their path inside and by that with the archive's name before it. */
async function archivedFiles(folder: string, inflatedLimitBytes?: number): Promise<Map<string, ArchivedFile[]>> {
  const found = new Map<string, ArchivedFile[]>();
  const archives = (await readdir(folder)).filter(isArchive).sort();
  for (const archive of archives) {
    for (const file of (await openContainer(join(folder, archive), inflatedLimitBytes)).files) {
      found.set(`${archive}/${file.path}`, [{ archive, file }]);
      found.set(file.path, [...(found.get(file.path) ?? []), { archive, file }]);
    }
  }
  return found;
}

function listedItem(where: string, folder: string, row: Row, archived: ReadonlyMap<string, ArchivedFile[]>): ImageItem {
  const { line, path, ...rest } = row;
  const candidates = archived.get(normalisePath(path)) ?? [];
  const named = candidates.filter(({ archive }) => splitInName(containerStem(archive)) === row.split);
  const [match, other] = named.length > 0 ? named : candidates;
  if (other) {
    throw new SimileError({
      code: "ambiguous-path",
      where: `${where}, line ${line}`,
      expected: "a path in one archive",
      received: `${path} in ${candidates.map(({ archive }) => archive).join(" and ")}`,
      remedy: `write the archive's name before it, as in ${match!.archive}/${path}`,
    });
  }
  if (match) return { name: `${match.archive}/${match.file.path}`, ...rest, read: () => readEncoded(match.file) };
  return { name: path, ...rest, read: () => readEncoded({ path, read: () => readWhole(join(folder, path)) }) };
}

function invalidListing(path: string, line: number, expected: string, received: string): SimileError {
  const where = `${basename(path)}, line ${line}`;
  return new SimileError({ code: "invalid-listing", where, expected, received, remedy: "correct the listing" });
}
