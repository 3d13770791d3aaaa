import type { SearchDimension, SearchSpace } from "../registry/index.js";

/** A value of a setting. */
export type SettingValue = number | string | boolean;

/** Settings by dotted path. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** The value at a place from 0 to 1 of a dimension's range. */
function valueAt(dimension: SearchDimension, place: number): SettingValue {
  if ("choices" in dimension) {
    const { choices } = dimension;
    return choices[Math.min(choices.length - 1, Math.floor(place * choices.length))]!;
  }
  const { low, high, log, integer } = dimension;
  const value = log ? low * (high / low) ** place : low + (high - low) * place;
  // Four digits are as fine as a setting can matter, and can be read.
  return integer ? Math.round(value) : Number(value.toPrecision(4));
}

/** Where in a dimension's range a value lies, from 0 to 1; outside of it the nearer end. */
function placeOf(dimension: SearchDimension, value: SettingValue): number {
  if ("choices" in dimension) {
    const { choices } = dimension;
    return (Math.max(0, choices.indexOf(value)) + 0.5) / choices.length;
  }
  const { low, high, log } = dimension;
  const scale = log ? Math.log : (x: number) => x;
  const place = (scale(Number(value)) - scale(low)) / (scale(high) - scale(low));
  return Math.min(1, Math.max(0, Number.isNaN(place) ? 0 : place));
}

/** The settings at a point of the unit cube, one axis a dimension. */
export function settingsAt(space: SearchSpace, point: readonly number[]): Settings {
  return Object.fromEntries(Object.entries(space).map(([path, dimension], i) => [path, valueAt(dimension, point[i]!)]));
}

/** The point of the unit cube that settings lie at. */
export function pointOf(space: SearchSpace, settings: Settings): number[] {
  return Object.entries(space).map(([path, dimension]) => placeOf(dimension, settings[path]!));
}

type Tree = { [key: string]: unknown };

/** Options with settings put in by their dotted paths; a member chosen by its name alone becomes an object with that name. */
export function withSettings<T extends object>(options: T, settings: Settings): T {
  const copy = structuredClone(options) as Tree;
  for (const [path, value] of Object.entries(settings)) {
    const keys = path.split(".");
    const last = keys.pop()!;
    let at = copy;
    for (const key of keys) {
      const inner = at[key];
      const next: Tree = typeof inner === "string" ? { name: inner } : ((inner as Tree | undefined) ?? {});
      at[key] = next;
      at = next;
    }
    at[last] = value;
  }
  return copy as T;
}
