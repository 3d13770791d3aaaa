import { SimileError } from "../../errors/index.js";
import type { PublishedSet } from "./published.js";
import { publishedSets } from "./registry.js";

/** A source as users write it, taken apart. */
export interface Selection {
  readonly place: string;
  /** Options of the published data set: `vehicle-id:test=1600,seed=3`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Takes `place:key=value,key=value` apart; anything else is a place alone. */
export function parseSelection(source: string): Selection {
  const match = /^(.+?):((?:[a-z]\w*=[^,:=/\\]*)(?:,[a-z]\w*=[^,:=/\\]*)*)$/i.exec(source);
  if (!match) return { place: source, settings: {} };
  const settings = match[2]!.split(",").map((pair) => {
    const [key = "", value = ""] = pair.split("=");
    return [key, scalar(value)] as const;
  });
  return { place: match[1]!, settings: Object.fromEntries(settings) };
}

function scalar(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

/** The published data set called `name`, also by one of its other names, in any case. */
export function publishedSetNamed(name: string): PublishedSet | undefined {
  const wanted = name.toLowerCase();
  return publishedSets.entries.find((set) => [set.name, ...set.aliases].some((own) => own.toLowerCase() === wanted));
}

/** The same, or SimileError (`unknown-name`). */
export function requirePublishedSet(name: string): PublishedSet {
  return publishedSetNamed(name) ?? publishedSets.entry(name);
}

/** The error for a published data set that is nowhere: what to get, from where, and where it belongs. */
export function notThere(set: PublishedSet, folders: readonly string[]): SimileError {
  const wanted = set.layouts.map(({ files }) => {
    const needed = files.filter(({ optional }) => !optional);
    return [...new Set(needed.map(({ path, archive }) => archive ?? path))].join(", ");
  });
  const places = folders.length > 0 ? folders.join(" or ") : "a folder that the variable SIMILE_DATA names";
  return new SimileError({
    code: "data-set-not-found",
    where: set.name,
    expected: `${wanted.join("; or ")} in a folder ${set.name} of ${places}`,
    received: "no such folder",
    remedy: `get it from ${set.origin}; \`simile datasets ${set.name}\` says more`,
  });
}
