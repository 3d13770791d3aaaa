import { z } from "zod";
import { SimileError } from "../errors/index.js";
import { insideSchema } from "../registry/index.js";
import { nearestWord } from "./spelling.js";

/** One flag made from a field of a schema. */
export interface Flag {
  /** Dotted path, such as `image.size`; the flag is `--image.size`. */
  readonly path: string;
  /**
   * `choice`: a name with options of its own (`--path.option`); `entries`: only what lies inside can be given
   * (`--path.0.option`, `--path.key`); `value`: what looks like a number or truth value is one.
   */
  readonly kind: "number" | "boolean" | "text" | "list" | "choice" | "entries" | "value";
  /** Text from `.describe()`. */
  readonly description: string;
  /** As a user would write it, when there is a default. */
  readonly fallback: string | undefined;
}

type Schema = z.core.$ZodType & { description?: string };

/** A schema without the wrappers that only say what happens when a value is missing. */
function unwrap(schema: Schema): { inner: Schema; fallback: unknown; description: string } {
  const { def } = schema._zod as { def: { type: string; defaultValue?: unknown } };
  const own = def.type === "default" || def.type === "prefault" ? def.defaultValue : undefined;
  const next = insideSchema(schema);
  if (next === undefined) return { inner: schema, fallback: own, description: schema.description ?? "" };
  const { inner, fallback, description } = unwrap(next);
  return { inner, fallback: own ?? fallback, description: schema.description ?? description };
}

const kinds: Readonly<Record<string, Flag["kind"]>> = {
  number: "number",
  boolean: "boolean",
  string: "text",
  enum: "text",
  array: "list",
  tuple: "list",
  custom: "choice",
};

/** Undefined for what no words can hold, such as a list of lists. */
function kindOf(inner: Schema): Flag["kind"] | undefined {
  const kind = kinds[inner._zod.def.type];
  if (kind === "list" && inner instanceof z.ZodArray) {
    const element = unwrap(inner.element as Schema).inner;
    if (element instanceof z.ZodObject) return "entries";
    return kindOf(element) === "list" ? undefined : kind;
  }
  return inner instanceof z.ZodRecord ? "entries" : (kind ?? "value");
}

function written(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.map((entry) => written(entry) ?? "").join(",");
  // A default made of parts (a distance, say) is told by its description.
  if (value === undefined || value === null || typeof value === "object") return undefined;
  return typeof value === "number" && !Number.isInteger(value) ? `${Number(value.toPrecision(4))}` : String(value);
}

/** The flags of an object schema, nested objects as dotted paths. */
export function flagsOf(schema: z.ZodObject, prefix = ""): Flag[] {
  return Object.entries(schema.shape).flatMap(([key, field]): Flag[] => {
    const { inner, fallback, description } = unwrap(field as Schema);
    const path = `${prefix}${key}`;
    if (inner instanceof z.ZodObject) return flagsOf(inner, `${path}.`);
    const kind = kindOf(inner);
    if (kind === undefined) return [];
    return [{ path, kind, description: explained(inner, path, description), fallback: written(fallback) }];
  });
}

/** A description with the names to choose from, or with how the entries of a list are written. */
function explained(inner: Schema, path: string, description: string): string {
  if (inner instanceof z.ZodEnum) return `${description} (${inner.options.join(", ")})`;
  if (!(inner instanceof z.ZodArray)) return description;
  const element = unwrap(inner.element as Schema).inner;
  if (!(element instanceof z.ZodObject)) return description;
  const names = Object.keys(element.shape).map((key) => `${path}.0.${key}`);
  return `${description} (${names.join(", ")}, ${path}.1. and so on)`;
}

function unknownFlag(word: string, flags: readonly Flag[]): SimileError {
  const nearest = nearestWord(
    word.replace(/^-+/, ""),
    flags.map((flag) => flag.path),
  );
  return new SimileError({
    code: "unknown-flag",
    where: word,
    expected: "a known option",
    received: word,
    remedy: nearest === undefined ? "`--help` lists them all" : `did you mean --${nearest}?`,
  });
}

function wrongValue(where: string, expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "wrong-value", where, expected, received, remedy });
}

function number(text: string): number | string {
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** A flag's text as the value it stands for. What is no number or truth value stays text, for the schema to judge. */
function parseText(kind: Flag["kind"], text: string): unknown {
  const list = text.split(",").map(number);
  switch (kind) {
    case "text":
    case "entries":
    case "choice":
      return text;
    case "number":
      return number(text);
    case "list":
      return list;
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    case "value":
      if (list.length > 1 && list.every((entry) => typeof entry === "number")) return list;
      return text === "true" || text === "false" ? text === "true" : number(text);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Puts `value` at a dotted path of nested objects. A choice given by name becomes an object when an option joins it. */
function place(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path as [string, ...string[]];
  const present = Object.hasOwn(target, head) ? target[head] : undefined;
  if (rest.length === 0) {
    target[head] = isObject(present) && typeof value === "string" ? { ...present, name: value } : value;
    return;
  }
  const nested = isObject(present) ? { ...present } : typeof present === "string" ? { name: present } : {};
  place(nested, rest, value);
  target[head] = nested;
}

interface Spelling {
  readonly flag: Flag;
  readonly path: string;
  readonly negated: boolean;
  /** What stands after `=`. */
  readonly inline: string | undefined;
}

function readFlag(word: string, flags: readonly Flag[]): Spelling {
  const [, name = "", inline] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const negated = flags.find(({ path, kind }) => kind === "boolean" && name === `no-${path}`);
  if (negated) return { flag: negated, path: negated.path, negated: true, inline };
  const flag = flags.find(({ path }) => path === name);
  if (flag?.kind === "entries") throw wrongValue(word, "one of its entries", word, `write --${flag.path}.0.KEY VALUE`);
  if (flag) return { flag, path: name, negated: false, inline };
  const open = (kind: Flag["kind"]) => kind === "choice" || kind === "entries";
  const choice = flags.find(({ path, kind }) => open(kind) && name.startsWith(`${path}.`));
  const keys = choice === undefined ? [] : name.slice(choice.path.length + 1).split(".");
  if (choice === undefined || keys.some((key) => !/^\w+$/.test(key) || key === "__proto__")) {
    throw unknownFlag(word.split("=")[0]!, flags);
  }
  return { flag: { ...choice, kind: "value" }, path: name, negated: false, inline };
}

/**
 * Reads `--path value`, `--path=value`, `--flag` and `--no-flag` into nested objects, and gives the other words back;
 * after `--` all words are others. The options of a choice (`--loss.alpha 2`) are for the choice's own schema to check.
 * Errors: `unknown-flag`, `wrong-value`.
 */
export function parseFlags(
  words: readonly string[],
  flags: readonly Flag[],
): { values: Record<string, unknown>; rest: string[] } {
  const values: Record<string, unknown> = {};
  const rest: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "--") return { values, rest: [...rest, ...words.slice(i + 1)] };
    if (!word.startsWith("-") || word === "-") {
      rest.push(word);
      continue;
    }
    if (!word.startsWith("--")) throw unknownFlag(word, flags);
    const { flag, path, negated, inline } = readFlag(word, flags);
    if (negated && inline !== undefined) throw wrongValue(word, "no value", inline, `write --${path}=${inline}`);
    const next = words[i + 1];
    const bare = flag.kind === "boolean" && next !== "true" && next !== "false";
    const takesNext = inline === undefined && !negated && !bare;
    if (takesNext && (next === undefined || next.startsWith("--"))) {
      throw wrongValue(word, "a value", next ?? "nothing", `write ${word} VALUE`);
    }
    if (takesNext) i++;
    const text = inline ?? (takesNext ? next! : String(!negated));
    place(values, path.split("."), parseText(flag.kind, text));
  }
  return { values, rest };
}

/** A choice by name alone, as an object that options can join. */
function named(value: unknown): unknown {
  return typeof value === "string" ? { name: value } : value;
}

/** `extra` laid over `base`, object by object; a choice by another name replaces a choice with all its options. */
export function merge(base: Record<string, unknown>, extra: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(extra)) {
    // Flags name the entries of a list by their number.
    const present = Array.isArray(merged[key]) && isObject(value) ? { ...merged[key] } : merged[key];
    const [below, above] = isObject(present) || isObject(value) ? [named(present), named(value)] : [present, value];
    const joined = isObject(below) && isObject(above) && (!("name" in above) || above.name === below.name);
    merged[key] = joined ? merge(below, above) : value;
  }
  return merged;
}

/** Objects whose keys are 0, 1, 2 and so on, as flags make them, as the lists that they stand for. */
export function withLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLists);
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  const entries = keys.map((key) => [key, withLists(value[key])] as const);
  const numbered = keys.length > 0 && keys.every((_, i) => Object.hasOwn(value, i));
  return numbered ? keys.map((_, i) => withLists(value[i])) : Object.fromEntries(entries);
}
