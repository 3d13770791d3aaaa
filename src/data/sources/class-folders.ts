import { basename } from "node:path";
import { SimileError } from "../../errors/index.js";
import type { ImageItem } from "../dataset.js";
import { splitWord } from "../split-names.js";
import type { Container, StoredFile } from "./container.js";

/** A folder or archive of class folders. */
export interface ClassFolders {
  readonly container: Container;
  /** The part of a split its items belong to, when it stands for one as a whole. */
  readonly split?: string;
}

const IMAGE_NAME = /\.(jpe?g|png|webp|gif|tiff?|avif|heic|heif|svg|bmp)$/i;

interface Placed {
  readonly file: StoredFile;
  readonly name: string;
  readonly folders: readonly string[];
  readonly split: string | undefined;
}

/**
 * The images in class folders: the class is the whole path of folders (`Latin/character01`), its group all but the
 * last of them. Folders that all images share (`data/images/`) do not count, unless there is only one folder. If the
 * folders left on top are all named after parts of a split (`train`, `test`), they are that and no part of the class.
 * Other files in class folders are items too, so that an inspection reports them.
 *
 * `unlabelled`: images in no folder are an error (`no-class`), or kept with an empty label. Throws `no-images` when
 * there is nothing to show.
 */
export function classFolderItems(sources: readonly ClassFolders[], unlabelled: "error" | "keep"): ImageItem[] {
  const where = sources.map(({ container }) => container.path).join(", ");
  const files = withinImageFolders(sources.flatMap((source) => placedFiles(source, sources)));
  if (files.length === 0) throw noImages(where);
  const shared = sharedLength(files);
  const below = files.map((file) => ({ ...file, folders: file.folders.slice(shared) }));
  const onTop = new Set(below.map(({ folders }) => folders[0] ?? ""));
  const splitOnTop = [...onTop].every((name) => splitWord(name) !== undefined);
  return below.map(({ file, name, folders, split }) => {
    const ownSplit = splitOnTop ? splitWord(folders[0]!) : split;
    const path = splitOnTop ? folders.slice(1) : folders;
    if (path.length === 0 && unlabelled === "error") throw noClass(where, name);
    return {
      name,
      label: path.join("/"),
      ...(ownSplit === undefined ? {} : { split: ownSplit }),
      ...(path.length > 1 ? { group: path.slice(0, -1).join("/") } : {}),
      read: () => readEncoded(file),
    };
  });
}

/** Reads a stored file as an image still to be decoded. */
export async function readEncoded(file: StoredFile): Promise<{ kind: "encoded"; bytes: Uint8Array }> {
  return { kind: "encoded", bytes: await file.read() };
}

/** What to call the containers so that names differ: the last part of the path if that is enough, else the path. */
function containerNames(sources: readonly ClassFolders[]): Map<Container, string> {
  const short = sources.map(({ container }) => basename(container.path));
  const different = new Set(short).size === short.length;
  return new Map(sources.map(({ container }, i) => [container, different ? short[i]! : container.path]));
}

function placedFiles({ container, split }: ClassFolders, sources: readonly ClassFolders[]): Placed[] {
  const prefix = sources.length > 1 ? `${containerNames(sources).get(container)}/` : "";
  return container.files.map((file) => {
    return { file, name: prefix + file.path, folders: file.path.split("/").slice(0, -1), split };
  });
}

/** The files of folders that hold images; in no folder at all, only the images. */
function withinImageFolders(files: readonly Placed[]): Placed[] {
  const isImage = ({ file }: Placed) => IMAGE_NAME.test(file.path);
  const holding = new Set(files.filter(isImage).map(({ folders }) => folders.join("/")));
  return files.filter((file) => isImage(file) || (file.folders.length > 0 && holding.has(file.folders.join("/"))));
}

/** How many folders from the top all files have in common, keeping one as the class when there is only one. */
function sharedLength(files: readonly Placed[]): number {
  const first = files[0]!.folders;
  let shared = first.length;
  for (const { folders } of files) {
    let same = 0;
    while (same < shared && folders[same] === first[same]) same++;
    shared = same;
  }
  const single = files.every(({ folders }) => folders.length === shared);
  return single ? Math.max(0, shared - 1) : shared;
}

function noImages(where: string): SimileError {
  return new SimileError({
    code: "no-images",
    where,
    expected: "images in class folders, such as cat/1.jpg",
    received: "no image file",
    remedy: "give a folder or archive with one folder a class, or a listing (.csv, .tsv, .jsonl) of paths and labels",
  });
}

function noClass(where: string, name: string): SimileError {
  return new SimileError({
    code: "no-class",
    where,
    expected: "every image in a class folder",
    received: `${name} in none`,
    remedy: "move it into the folder of its class, or give a listing (.csv, .tsv, .jsonl) of paths and labels",
  });
}
