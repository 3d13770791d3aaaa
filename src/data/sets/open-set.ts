import type { ImageDataset } from "../dataset.js";
import { containerStem } from "../sources/open-container.js";
import { checkCounts, countDifferences } from "./counts.js";
import type { Layout, PublishedSet } from "./published.js";
import { publishedSets } from "./registry.js";
import { publishedSetNamed } from "./selection.js";
import { checkLayout, isAmong, openSetSource, shallowNames } from "./source.js";

/** A published data set found at some place. */
export interface FoundSet {
  readonly set: PublishedSet;
  readonly layout: Layout;
  readonly path: string;
}

/**
 * The published data set at `path` (a folder or an archive), told by its official files. One that was asked for by its
 * name need not be complete: what it lacks is said when it is read.
 */
export async function recogniseSet(path: string, asked?: string): Promise<FoundSet | undefined> {
  const names = await shallowNames(path);
  const named = asked === undefined ? undefined : publishedSetNamed(asked);
  const begun = named && bestLayout(named, names);
  if (named && begun) return { set: named, layout: begun, path };
  const ofThisName = publishedSetNamed(containerStem(path));
  for (const set of publishedSets.entries) {
    if (set.byNameOnly && set !== ofThisName) continue;
    const layout = set.layouts.find(({ files }) => files.every((file) => !file.mark || isAmong(names, file)));
    if (layout) return { set, layout, path };
  }
  return undefined;
}

/** The official files that a place lacks, judging by names near its top. */
export async function missingFiles({ layout, path }: FoundSet): Promise<string[]> {
  const names = await shallowNames(path);
  const lacking = layout.files.filter((file) => !file.optional && !isAmong(names, file));
  return lacking.map((file) => file.archive ?? file.path);
}

/** The layout with most of its marks there; undefined when none has any. */
function bestLayout({ layouts }: PublishedSet, names: readonly string[]): Layout | undefined {
  const own = names[0];
  // The name of the folder itself proves nothing here: it was asked for.
  const below = names.filter((name) => name !== own);
  const share = ({ files }: Layout) => {
    const marks = files.filter(({ mark }) => mark);
    return marks.filter((file) => isAmong(names.length === 1 ? names : below, file)).length / marks.length;
  };
  const [best] = [...layouts].sort((a, b) => share(b) - share(a));
  return best && share(best) > 0 ? best : undefined;
}

/**
 * Reads a published data set and checks that it is complete. Errors: `invalid-option`, `missing-files`, `wrong-counts`,
 * and those of its reader (`invalid-listing`, `invalid-table`, `invalid-name`, `invalid-records`, `corrupt-archive`).
 */
export async function openPublishedSet(
  { set, layout, path }: FoundSet,
  settings: Readonly<Record<string, unknown>> = {},
  inflatedLimitBytes?: number,
): Promise<ImageDataset> {
  const read = publishedSets.create(set.name, settings);
  const partial = settings.partial === true;
  const source = await openSetSource(path, layout, inflatedLimitBytes);
  checkLayout(source, partial);
  const { items, pairs, notes = [], counts = set.counts } = await read(source);
  const differences = countDifferences(items, counts);
  if (!partial) checkCounts(`${set.name} at ${path}`, items, counts);
  const incomplete = differences.length > 0 ? [`incomplete: ${differences.join("; ")}`] : [];
  const all = [...notes, ...incomplete];
  return {
    kind: "image",
    name: set.name,
    items,
    ...(pairs && { pairs }),
    ...(all.length > 0 && { notes: all }),
  };
}
