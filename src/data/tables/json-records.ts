import { invalidTable } from "./vector-table.js";

/** What is known of one item: text, numbers and lists by path, such as `metadata.label`. */
export interface JsonRecord {
  /** Where it stands, for messages: `line 3`, `item 3`. */
  readonly place: string;
  readonly values: ReadonlyMap<string, unknown>;
}

/** Objects within objects are followed this deep. */
const DEEPEST = 12;

type Leaf = readonly [path: string, value: unknown];

/**
 * The records of JSON lines, or of one JSON text: a list of objects, or an object that holds the list somewhere. Each
 * record is flat: what lies inside objects is named by its path. A list of objects with vectors inside, as embedding
 * services answer (`data[].embedding`), is a record each, with what stands around it; so is a list of vectors, with the
 * lists of the same length beside it (`ids`, `embeddings`, `metadatas`).
 */
export function jsonRecords(text: string, where: string): JsonRecord[] {
  const whole = parseJson(text);
  if (Array.isArray(whole)) return whole.flatMap((entry, i) => recordsOf(entry, where, `item ${i + 1}`));
  if (isObject(whole)) return recordsOf(whole, where, "item 1");
  return text.split(/\r\n|\r|\n/).flatMap((content, i) => {
    if (content.trim() === "") return [];
    return recordsOf(parseJson(content) ?? content.slice(0, 40), where, `line ${i + 1}`);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function recordsOf(value: unknown, where: string, place: string): JsonRecord[] {
  if (!isObject(value)) {
    const received = typeof value === "string" ? value : (JSON.stringify(value)?.slice(0, 40) ?? "nothing");
    throw invalidTable(`${where}, ${place}`, "a JSON object", received);
  }
  const leaves = leavesOf(value, "", 0);
  const table = leaves.find(([, leaf]) => isTable(leaf)) as [string, readonly unknown[]] | undefined;
  if (table === undefined) return [{ place, values: new Map(leaves) }];
  const [path, list] = table;
  const around = leaves.filter(([, leaf]) => !Array.isArray(leaf));
  const parent = path.slice(0, path.lastIndexOf(".") + 1);
  const beside = leaves.filter(
    ([other, leaf]) => other !== path && Array.isArray(leaf) && leaf.length === list.length && other.startsWith(parent),
  ) as [string, readonly unknown[]][];
  return list.map((entry, i) => ({
    place: list.length === 1 ? place : `${place}, ${path}[${i}]`,
    values: new Map([
      ...around,
      ...beside.flatMap(([name, column]) => leavesOf(column[i], name, 0)),
      ...leavesOf(entry, path, 0),
    ]),
  }));
}

/** Everything inside `value` that is no object, by path. Lists are left whole. */
function leavesOf(value: unknown, path: string, depth: number): Leaf[] {
  if (!isObject(value)) return [[path, value]];
  if (depth === DEEPEST) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    leavesOf(entry, path === "" ? key : `${path}.${key}`, depth + 1),
  );
}

/** True for a list of objects that hold vectors, or of vectors. */
function isTable(list: unknown): boolean {
  if (!Array.isArray(list)) return false;
  const [first] = list;
  return (
    isVector(first) || (isObject(first) && leavesOf(first, "", 0).some(([, leaf]) => isVector(leaf) || isTable(leaf)))
  );
}

/** Judged by its first entry: a list of numbers. */
export function isVector(value: unknown): value is readonly number[] {
  return Array.isArray(value) && typeof value[0] === "number";
}
