import { z } from "zod";
import { SimileError } from "../errors/index.js";

/** One flag made from a field of a schema. */
export interface Flag {
  /** Dotted path, such as `image.size`; the flag is `--image.size`. */
  readonly path: string;
  readonly kind: "number" | "boolean" | "text" | "list" | "choice";
  /** Text from `.describe()`. */
  readonly description: string;
  /** As a user would write it, when there is a default. */
  readonly fallback: string | undefined;
}

type Schema = z.core.$ZodType & { description?: string };

/** A schema without the wrappers that only say what happens when a value is missing. */
function unwrap(schema: Schema): { inner: Schema; fallback: unknown; description: string } {
  let inner = schema;
  let fallback: unknown;
  let description = "";
  for (;;) {
    description ||= inner.description ?? "";
    const { def } = inner._zod;
    if (def.type === "default" || def.type === "prefault")
      fallback ??= (def as unknown as { defaultValue: unknown }).defaultValue;
    if (def.type === "optional" || def.type === "default" || def.type === "prefault" || def.type === "nullable") {
      inner = (def as unknown as { innerType: Schema }).innerType;
    } else if (def.type === "pipe") inner = (def as unknown as { in: Schema }).in;
    else return { inner, fallback, description };
  }
}

function kindOf(inner: Schema): Flag["kind"] {
  switch (inner._zod.def.type) {
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "array":
    case "tuple":
      return "list";
    case "custom":
      return "choice";
    default:
      return "text";
  }
}

function written(value: unknown): string | undefined {
  // A default made of parts (a distance, say) is told by its description.
  if (value === undefined || (typeof value === "object" && !Array.isArray(value))) return undefined;
  return Array.isArray(value)
    ? value
        .map((entry) =>
          Number(entry)
            .toPrecision(3)
            .replace(/\.?0+$/, ""),
        )
        .join(",")
    : String(value);
}

/** The flags of an object schema, nested objects as dotted paths. Lists of objects have none: they belong in a file. */
export function flagsOf(schema: z.ZodObject, prefix = ""): Flag[] {
  return Object.entries(schema.shape).flatMap(([key, field]): Flag[] => {
    const { inner, fallback, description } = unwrap(field as Schema);
    const path = `${prefix}${key}`;
    if (inner instanceof z.ZodObject) return flagsOf(inner, `${path}.`);
    const kind = kindOf(inner);
    if (kind === "list" && inner instanceof z.ZodArray && unwrap(inner.element as Schema).inner instanceof z.ZodObject)
      return [];
    return [{ path, kind, description: enumNames(inner, description), fallback: written(fallback) }];
  });
}

function enumNames(inner: Schema, description: string): string {
  return inner instanceof z.ZodEnum ? `${description} (${inner.options.join(", ")})` : description;
}

function unknownFlag(name: string, flags: readonly Flag[]): SimileError {
  const known = flags.map((flag) => flag.path);
  const nearest = known.map((path) => [editDistance(path, name), path] as const).sort((a, b) => a[0] - b[0])[0];
  const hint =
    nearest && nearest[0] <= Math.max(2, name.length / 3) ? `did you mean --${nearest[1]}?` : "`--help` lists them all";
  return new SimileError({
    code: "unknown-flag",
    where: `--${name}`,
    expected: "a known option",
    received: `--${name}`,
    remedy: hint,
  });
}

/** Levenshtein's distance: insertions, deletions and replacements between two words. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** A flag's text as the value it stands for. What is no number or truth value stays text, for the schema to judge. */
function parseText(kind: Flag["kind"] | undefined, text: string): unknown {
  const single = (part: string) => (part.trim() !== "" && Number.isFinite(Number(part)) ? Number(part) : part);
  if (kind === "list") return text.split(",").map(single);
  if (kind === "text") return text;
  if (text === "true" || text === "false") return text === "true";
  return single(text);
}

/** Puts `value` at a dotted path of nested objects. A choice given by name becomes an object when an option joins it. */
function place(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    const present = target[head];
    target[head] =
      typeof present === "object" && present !== null && typeof value === "string"
        ? { ...present, name: value }
        : value;
    return;
  }
  const present = target[head];
  const nested = typeof present === "string" ? { name: present } : { ...(present as object | undefined) };
  place(nested as Record<string, unknown>, rest, value);
  target[head] = nested;
}

/**
 * Reads `--path value`, `--path=value`, `--flag` and `--no-flag` into nested objects, and gives the other words back.
 * The options of a choice (`--loss.alpha 2`) are passed on for the choice's own schema to check.
 */
export function parseFlags(
  words: readonly string[],
  flags: readonly Flag[],
): { values: Record<string, unknown>; rest: string[] } {
  const values: Record<string, unknown> = {};
  const rest: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (!word.startsWith("--") || word === "--") {
      rest.push(word);
      continue;
    }
    const [name, inline] = splitFlag(word.slice(2));
    const negated =
      name.startsWith("no-") && flags.some((flag) => flag.path === name.slice(3) && flag.kind === "boolean");
    const path = negated ? name.slice(3) : name;
    const flag = flags.find((candidate) => candidate.path === path);
    const choice = flags.find((candidate) => candidate.kind === "choice" && path.startsWith(`${candidate.path}.`));
    if (flag === undefined && choice === undefined) throw unknownFlag(name, flags);
    const next = words[i + 1];
    const bare = flag?.kind === "boolean" && next !== "true" && next !== "false";
    if (inline === undefined && !bare && !negated) {
      if (next === undefined || next.startsWith("--")) {
        throw new SimileError({
          code: "missing-value",
          where: `--${name}`,
          expected: "a value",
          received: next ?? "nothing",
          remedy: `write --${name} VALUE`,
        });
      }
      i++;
    }
    const text = negated ? "false" : (inline ?? (bare ? "true" : next!));
    place(values, path.split("."), parseText(flag?.kind, text));
  }
  return { values, rest };
}

function splitFlag(word: string): [string, string | undefined] {
  const at = word.indexOf("=");
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** `extra` laid over `base`, object by object; a choice replaces another choice. */
export function merge(base: Record<string, unknown>, extra: Record<string, unknown>): Record<string, unknown> {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const merged = { ...base };
  for (const [key, value] of Object.entries(extra)) {
    const present = merged[key];
    const renamed = isObject(value) && isObject(present) && "name" in value && value.name !== present.name;
    merged[key] = isObject(present) && isObject(value) && !renamed ? merge(present, value) : value;
  }
  return merged;
}

/** Help text: one flag a line with its default, wrapped to 80 columns, grouped by the first part of the path. */
export function describeFlags(flags: readonly Flag[]): string {
  const groups = new Map<string, Flag[]>();
  for (const flag of flags) {
    const group = flag.path.includes(".") ? flag.path.split(".")[0]! : "";
    groups.set(group, [...(groups.get(group) ?? []), flag]);
  }
  return [...groups]
    .map(
      ([group, members]) =>
        `${group === "" ? "Options" : `Options of ${group}`}:\n${members.map(describeFlag).join("\n")}`,
    )
    .join("\n\n");
}

const INDENT = 28;
const WIDTH = 80;

function describeFlag({ path, kind, description, fallback }: Flag): string {
  const value = { number: " N", boolean: "", text: " TEXT", list: " A,B,..", choice: " NAME" }[kind];
  const name = `  --${path}${value}`;
  const text = fallback === undefined ? description : `${description} [${fallback}]`;
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line.length + word.length + 1 > WIDTH - INDENT) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  lines.push(line);
  const first = name.length + 2 > INDENT ? `${name}\n${" ".repeat(INDENT)}` : name.padEnd(INDENT);
  return `${first}${lines.join(`\n${" ".repeat(INDENT)}`)}`;
}
