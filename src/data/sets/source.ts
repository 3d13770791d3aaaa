import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { SimileError } from "../../errors/index.js";
import { isLitter, type StoredFile } from "../sources/container.js";
import { containerStem, isArchive, openContainer } from "../sources/open-container.js";
import type { Layout, OfficialFile } from "./published.js";

/** What a user has of a data set: the files of a folder and of the official archives in it, as if unpacked there. */
export interface SetSource {
  /** Path of the folder or archive, for messages. */
  readonly path: string;
  /** The layout it has. */
  readonly layout: Layout;
  readonly files: readonly StoredFile[];
  /** The file at `path`, wherever its folder lies; of several the one highest up. */
  find(path: string): StoredFile | undefined;
  /** The same, or SimileError (`missing-files`). */
  file(path: string): StoredFile;
  /** The files below the folder `path` (highest up of that name) by their path within; none when it is not there. */
  folder(path: string): ReadonlyMap<string, StoredFile>;
}

/** Folders with more entries than this are of pictures: an official layout is not looked for further down. */
const FEW_ENTRIES = 24;
const DEEPEST = 3;

/** Names of what lies in a folder and not far below it (folders end in `/`), or of an archive. */
export async function shallowNames(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [basename(path)];
  // The folder's own name counts as well: `lfw/` is marked whether it is given itself or what holds it.
  const own = `${basename(path)}/`;
  return [own, ...(await namesBelow(path, own, 1))];
}

async function namesBelow(folder: string, prefix: string, depth: number): Promise<string[]> {
  const entries = await namesIn(folder);
  const folders = entries.filter((name) => name.endsWith("/"));
  const deeper = depth < DEEPEST && folders.length <= FEW_ENTRIES ? folders : [];
  const inner = await Promise.all(deeper.map((name) => namesBelow(join(folder, name), prefix + name, depth + 1)));
  return [...entries.map((name) => prefix + name), ...inner.flat()];
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const named = await Promise.all(
    entries
      .filter(({ name }) => !isLitter(name))
      .map(async (entry) => {
        const target = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => undefined) : entry;
        return entry.name + (target?.isDirectory() ? "/" : "");
      }),
  );
  return named.sort();
}

/** Whether one of `names` is the file or folder, or the archive that holds it. */
export function isAmong(names: readonly string[], { path, archive }: OfficialFile): boolean {
  return names.some((name) => isAt(name, path) || (archive !== undefined && isNamed(name, archive)));
}

/** Whether a path ends as the official one; gzipped files may lie there inflated. */
function isAt(path: string, official: string): boolean {
  return [official, official.replace(/\.gz$/, "")].some((wanted) => `/${path}`.endsWith(`/${wanted}`));
}

/** Whether a path is that of the archive `official`, under any archive's ending (`.tgz` for `.tar.gz`). */
function isNamed(path: string, official: string): boolean {
  return isArchive(path) && containerStem(path).toLowerCase() === containerStem(official).toLowerCase();
}

/** Opens the files of `layout` at `path`: a folder with its official archives, or an archive alone. */
export async function openSetSource(path: string, layout: Layout, inflatedLimitBytes?: number): Promise<SetSource> {
  if (!(await stat(path)).isDirectory()) return setSource(path, layout, await unpacked(path, "", inflatedLimitBytes));
  const { files } = await openContainer(path);
  const own = basename(path);
  const plain = files.map((file) => ({ ...file, path: `${own}/${file.path}` }));
  const wanted = layout.files.filter((file) => file.archive !== undefined);
  const there = (file: OfficialFile) => hasPath(plain, file.path);
  const archives = files.filter(({ path: name }) =>
    wanted.some((file) => isNamed(name, file.archive!) && !there(file)),
  );
  const inner: StoredFile[] = [];
  for (const archive of archives) {
    for (const file of await unpacked(join(path, archive.path), `${own}/`, inflatedLimitBytes)) inner.push(file);
  }
  return setSource(path, layout, [...plain, ...inner]);
}

/** The files of an archive as unpacked into a folder of its name, which many archives bring along. */
async function unpacked(path: string, prefix: string, inflatedLimitBytes?: number): Promise<StoredFile[]> {
  const { files } = await openContainer(path, inflatedLimitBytes);
  const stem = `${containerStem(path)}/`;
  return files.map((file) => ({ ...file, path: prefix + (file.path.startsWith(stem) ? "" : stem) + file.path }));
}

function hasPath(files: readonly StoredFile[], wanted: string): boolean {
  return wanted.endsWith("/")
    ? files.some(({ path }) => `/${path}`.includes(`/${wanted}`))
    : files.some(({ path }) => isAt(path, wanted));
}

/** Files, by their paths as unpacked, as a source. */
export function setSource(path: string, layout: Layout, files: readonly StoredFile[]): SetSource {
  const find = (wanted: string) => highest(files.filter((file) => isAt(file.path, wanted)));
  return {
    path,
    layout,
    files,
    find,
    file: (wanted) => {
      const found = find(wanted);
      if (found) return found;
      throw missing(path, [layout.files.find((file) => file.path === wanted) ?? { path: wanted, holds: "" }]);
    },
    folder: (wanted) => below(files, wanted),
  };
}

function highest(files: readonly StoredFile[]): StoredFile | undefined {
  const depth = ({ path }: StoredFile) => path.split("/").length;
  return files.reduce<StoredFile | undefined>(
    (best, file) => (best && depth(best) <= depth(file) ? best : file),
    undefined,
  );
}

function below(files: readonly StoredFile[], wanted: string): Map<string, StoredFile> {
  const place = `/${wanted.replace(/\/$/, "")}/`;
  let prefix: string | undefined;
  for (const { path } of files) {
    const at = `/${path}`.indexOf(place);
    if (at >= 0 && (prefix === undefined || at + place.length - 1 < prefix.length)) {
      prefix = path.slice(0, at + place.length - 1);
    }
  }
  const start = prefix;
  if (start === undefined) return new Map();
  const inside = files.filter(({ path }) => path.startsWith(start));
  return new Map(inside.map((file) => [file.path.slice(start.length), file]));
}

/** Throws `missing-files` that names every official file the source lacks; folders too unless `partial`. */
export function checkLayout(source: SetSource, partial: boolean): void {
  const lacking = source.layout.files.filter(
    ({ path, optional }) => !optional && !(partial && path.endsWith("/")) && !hasPath(source.files, path),
  );
  if (lacking.length > 0) throw missing(source.path, lacking);
}

function missing(where: string, files: readonly OfficialFile[]): SimileError {
  return new SimileError({
    code: "missing-files",
    where,
    expected: files.map(({ path, archive }) => `${path}${archive === undefined ? "" : ` (of ${archive})`}`).join(", "),
    received: "none of them",
    remedy: `put ${files.length === 1 ? "it" : "them"} there, or the archive whole`,
  });
}
