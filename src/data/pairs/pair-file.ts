import { extname } from "node:path";
import { SimileError } from "../../errors/index.js";
import { parseDelimited } from "../sources/delimited.js";
import { openInput, readText } from "../tables/input.js";

/** Two items by name, and what is known about them. */
export interface NamedPair {
  readonly first: string;
  readonly second: string;
  /** Whether they are alike, as the file says it: a score, or 1 and 0 (or -1) for yes and no. */
  readonly score: number;
}

/** Options of {@link readPairs}. */
export interface PairFileOptions {
  /** The columns (JSON keys) of both items and, where there is one, of the score. Default: by usual names, else by place. */
  readonly columns?: readonly string[];
}

const USUAL = {
  first: ["id_a", "a", "first", "id1", "item1", "left", "query", "anchor", "file_a", "source", "text_a", "sentence1"],
  second: [
    ...["id_b", "b", "second", "id2", "item2", "right", "document", "positive", "file_b", "target_id", "text_b"],
    "sentence2",
  ],
  score: ["alike", "same", "similar", "score", "similarity", "label", "match", "is_duplicate", "duplicate", "target"],
} as const;

const WORDS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(["true", "yes", "same", "alike", "similar", "match", "duplicate"].map((word) => [word, 1])),
  ...Object.fromEntries(["false", "no", "different", "unlike", "dissimilar", "distinct"].map((word) => [word, 0])),
};

interface Row {
  readonly line: number;
  readonly fields: readonly string[];
}

/**
 * Pairs of a CSV, TSV or JSON lines file: two columns of names (`id_a`, `id_b`; `query`, `document`; ...; else the first
 * two), and one that says whether the pair is alike (`alike`, `same`, `score`, `label`, ...): a number, or a word such as
 * yes or different. A file of two columns lists alike pairs. Errors: `invalid-pairs`, `cannot-read`.
 */
export async function readPairs(path: string, { columns }: PairFileOptions = {}): Promise<NamedPair[]> {
  const text = await readText(await openInput(path));
  const lines = /\.(jsonl|ndjson)$/i.test(path) ? jsonRows(path, text) : delimitedRows(path, text);
  const { header, rows } = lines;
  const [first, second, score] = rolesOf(path, header, rows[0], columns);
  const pairs = rows.map(({ line, fields }) => {
    const at = `${path}, line ${line}`;
    const [a, b] = [fields[first]?.trim() ?? "", fields[second]?.trim() ?? ""];
    if (a === "" || b === "") throw invalidPairs(at, "the names of two items", a === "" && b === "" ? "none" : "one");
    return { first: a, second: b, score: score === undefined ? 1 : scoreOf(fields[score] ?? "", at) };
  });
  if (pairs.length === 0) throw invalidPairs(path, "pairs", "an empty file");
  return pairs;
}

/** The error for pairs that cannot be used. */
export function invalidPairs(
  where: string,
  expected: string,
  received: string,
  remedy = "correct the file, or name its columns with pairColumns",
): SimileError {
  return new SimileError({ code: "invalid-pairs", where, expected, received, remedy });
}

function delimitedRows(path: string, text: string): { header: readonly string[] | undefined; rows: readonly Row[] } {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const separator = extname(path).toLowerCase() === ".tsv" || firstLine.includes("\t") ? "\t" : ",";
  const all = parseDelimited(text, separator, path);
  const width = all[0]?.fields.length ?? 0;
  const odd = all.find(({ fields }) => fields.length !== width);
  if (odd)
    throw invalidPairs(`${path}, line ${odd.line}`, `${width} fields as in the first row`, `${odd.fields.length}`);
  const names = all[0]?.fields.map((field) => field.trim()) ?? [];
  const usual = new Set<string>(Object.values(USUAL).flat());
  const named = names.filter((name) => usual.has(name.toLowerCase())).length >= 2;
  return named ? { header: names, rows: all.slice(1) } : { header: undefined, rows: all };
}

function jsonRows(path: string, text: string): { header: readonly string[]; rows: readonly Row[] } {
  const parsed = text.split(/\r\n|\r|\n/).flatMap((content, i) => {
    if (content.trim() === "") return [];
    return [{ line: i + 1, value: objectOf(content, `${path}, line ${i + 1}`) }];
  });
  const header = Object.keys(parsed[0]?.value ?? {});
  const text_ = (value: unknown) => (value === undefined || value === null ? "" : String(value));
  return { header, rows: parsed.map(({ line, value }) => ({ line, fields: header.map((key) => text_(value[key])) })) };
}

function objectOf(content: string, where: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    value = undefined;
  }
  if (Array.isArray(value)) return Object.fromEntries(value.map((entry, i) => [String(i), entry]));
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw invalidPairs(where, "a JSON object or list", content.slice(0, 40));
}

/** Positions of both names and of the score. */
function rolesOf(
  path: string,
  header: readonly string[] | undefined,
  sample: Row | undefined,
  given: readonly string[] | undefined,
): [number, number, number | undefined] {
  const columns = header ?? sample?.fields.map((_, i) => String(i)) ?? [];
  const find = (name: string) => {
    const at = columns.indexOf(name);
    if (at < 0) throw invalidPairs(path, `a column ${name}`, columns.join(", ") || "none");
    return at;
  };
  if (given !== undefined) {
    const [a, b, score] = given;
    if (a === undefined || b === undefined) throw invalidPairs("pairColumns", "two or three names", given.join(","));
    return [find(a), find(b), score === undefined ? undefined : find(score)];
  }
  if (columns.length < 2) throw invalidPairs(path, "two columns of names", `${columns.length}`);
  const lower = columns.map((name) => name.toLowerCase());
  const usual = (names: readonly string[]) => lower.findIndex((name) => names.includes(name));
  const [a, b, score] = [usual(USUAL.first), usual(USUAL.second), usual(USUAL.score)];
  const ends: [number, number] = a >= 0 && b >= 0 ? [a, b] : [0, 1];
  if (score >= 0) return [...ends, score];
  // Without names the third column, when it is the only other one, can mean nothing else.
  const rest = [...columns.keys()].filter((at) => !ends.includes(at));
  return [...ends, rest.length === 1 ? rest[0] : undefined];
}

function scoreOf(text: string, where: string): number {
  const value = WORDS[text.trim().toLowerCase()] ?? (text.trim() === "" ? Number.NaN : Number(text));
  if (Number.isFinite(value)) return value;
  throw invalidPairs(where, "a number, or a word such as yes, no, same, different", `"${text.slice(0, 40)}"`);
}
