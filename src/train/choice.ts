import { z } from "zod";
import { type Entry, fillIn, mapChoices, type Registry } from "../registry/index.js";

/** A member of a registry chosen by name, with all of its options. */
export interface Choice {
  readonly name: string;
  readonly [option: string]: unknown;
}

type AnyRegistry = Registry<unknown, Entry<unknown>>;
type Options = Readonly<Record<string, unknown>>;

/** Options that are known only when the data have been read and filled in then, with a value to check the others by. */
const filledIn: Options = {
  bytes: new Uint8Array(),
  classes: 2,
  dimension: 2,
  dtype: "float32",
  external: new Map(),
  imageSize: 32,
  inputSize: 2,
};

interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Names of the options that can be chosen. */
export function optionNames({ options }: Entry<unknown>): string[] {
  return Object.keys(options.shape).filter((option) => !Object.hasOwn(filledIn, option));
}

/** What is wrong with a choice and those inside its options; if nothing is, its options with their defaults. */
function check(registry: AnyRegistry, name: string, options: Options): { issues: readonly Issue[]; parsed?: Options } {
  const entry = registry.entries.find((candidate) => candidate.name === name);
  if (entry === undefined) {
    const message = `"${name}" is not known; choose one of ${registry.names.join(", ")}`;
    return { issues: [{ path: [], message }] };
  }
  const names = optionNames(entry);
  const unknown = Object.keys(options).filter((option) => !names.includes(option));
  if (unknown.length > 0) {
    const which = unknown.map((option) => `"${option}"`).join(", ");
    const message = `Unrecognized key${unknown.length > 1 ? "s" : ""}: ${which}; options of ${name}: ${names.join(", ")}`;
    return { issues: [{ path: [], message }] };
  }
  const inside: Issue[] = [];
  mapChoices(entry.options.shape, options, (nested) => {
    const { issues } = check(nested.registry, nested.name, nested.options);
    inside.push(...issues.map(({ path, message }) => ({ path: [...nested.path, ...path], message })));
  });
  if (inside.length > 0) return { issues: inside };
  const parsed = entry.options.safeParse(fillIn(entry.options.shape, options, filledIn));
  return parsed.success ? { issues: [], parsed: parsed.data } : { issues: parsed.error.issues };
}

/** Options as a file can hold them: defaults filled in, but what parsing turned into an object as it was written. */
function writable(parsed: Options, given: Options): Record<string, unknown> {
  const plain = (value: unknown): boolean =>
    value === null ||
    ["string", "number", "boolean"].includes(typeof value) ||
    (Array.isArray(value) && value.every(plain));
  const kept = Object.entries(parsed).map(([key, value]) => [key, plain(value) ? value : given[key]] as const);
  return Object.fromEntries(kept.filter(([key, value]) => value !== undefined && !Object.hasOwn(filledIn, key)));
}

/**
 * Schema of "one member of `registry`": its name alone, or an object of name and options (without a name, `usual` is
 * meant). Unknown names and options, also of choices inside the options, are errors that list what there is.
 */
export function choiceOf<Product>(registry: Registry<Product, Entry<Product>>, usual: string, description: string) {
  return z
    .custom<string | { readonly name?: string }>((value) => typeof value === "string" || isObject(value), {
      error: `a name, or an object of a name and options: ${registry.names.join(", ")}`,
    })
    .transform((value, context): Choice => {
      const { name = usual, ...options } = typeof value === "string" ? { name: value } : value;
      const { issues, parsed } = check(registry as AnyRegistry, name, options);
      for (const { path, message } of issues) context.addIssue({ code: "custom", path: [...path], message });
      return parsed === undefined ? z.NEVER : { name, ...writable(parsed, options) };
    })
    .describe(`${description}: ${registry.names.join(", ")}`);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a choice stands for, made with its options and those of `known` that it and the choices inside it have. */
export function create<Product>(
  registry: Registry<Product, Entry<Product>>,
  { name, ...options }: Choice,
  known: Options = {},
): Product {
  return registry.create(name, options, known);
}
