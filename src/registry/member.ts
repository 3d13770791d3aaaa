import { z } from "zod";
import type { Entry, Registry } from "./index.js";

/** A product that was made, the name of an entry, or `{ name, ...options }` as configuration files have it. */
export type MemberChoice<Product> = Product | string | { readonly name: string; readonly [option: string]: unknown };

type AnyRegistry = Registry<unknown, Entry<unknown>>;

interface Members {
  members(): AnyRegistry;
  isMade(value: unknown): boolean;
}

const choices = new WeakMap<z.core.$ZodType, Members>();

/** What is known of a schema, or of the one that it is a described copy of. */
function membersBehind(schema: z.core.$ZodType): Members | undefined {
  const { parent } = schema._zod;
  return choices.get(schema) ?? (parent === undefined ? undefined : membersBehind(parent));
}

/**
 * Schema of an option that takes a member of another registry, which command line and configuration files can look into.
 * `members` is a function because registries refer to each other.
 */
export function memberChoice<Product>(
  members: () => Registry<Product, Entry<Product>>,
  isMade: (value: unknown) => value is Product,
  what: string,
) {
  const named = (value: unknown) =>
    typeof value === "string" || (isRecord(value) && typeof (value as { name?: unknown }).name === "string");
  const schema = z.custom<MemberChoice<Product>>((value) => isMade(value) || named(value), {
    error: `a ${what}, its name, or an object of its name and options`,
  });
  choices.set(schema, { members: members as () => AnyRegistry, isMade });
  return schema;
}

/** What a choice stands for: made with its options and those of `known` that it and the choices inside it have. */
export function createMember<Product>(
  registry: Registry<Product, Entry<Product>>,
  isMade: (value: unknown) => value is Product,
  choice: MemberChoice<Product>,
  known: Known = {},
): Product {
  if (isMade(choice)) return choice;
  const { name, ...options } = typeof choice === "string" ? { name: choice } : (choice as { name: string });
  return registry.create(name, options, known);
}

/** Options that the surroundings know, such as the embedding's dimension. */
export type Known = Readonly<Record<string, unknown>>;

type Schema = z.core.$ZodType & { description?: string };

/** The schema that a wrapper stands around (optional, default, readonly, a transform's input, ...), if it is one. */
export function insideSchema(schema: Schema): Schema | undefined {
  if (schema instanceof z.ZodLazy) return schema.unwrap() as Schema;
  // A pipe that begins with a transform (z.preprocess) takes anything; what it leads to says more.
  if (schema instanceof z.ZodPipe) return (schema.in instanceof z.ZodTransform ? schema.out : schema.in) as Schema;
  const { def } = schema._zod as { def: { innerType?: Schema } };
  return def.innerType;
}

function innermost(schema: Schema): Schema {
  const next = insideSchema(schema);
  return next === undefined ? schema : innermost(next);
}

/** The registry that an option takes a member of, if it does. */
export function membersOf(schema: z.core.$ZodType): AnyRegistry | undefined {
  return membersBehind(innermost(schema))?.members();
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A choice inside options, as it was written. */
export interface NestedChoice {
  readonly registry: AnyRegistry;
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly path: readonly PropertyKey[];
}

/**
 * `options` with each choice inside them (at any depth of lists and objects, but not inside choices) replaced by what
 * `change` makes of it. Products that were made already stay.
 */
export function mapChoices(
  shape: z.core.$ZodShape,
  options: Readonly<Record<string, unknown>>,
  change: (choice: NestedChoice) => unknown,
  path: readonly PropertyKey[] = [],
): Record<string, unknown> {
  const entries = Object.entries(options).map(([key, value]) => {
    const field = Object.hasOwn(shape, key) ? shape[key] : undefined;
    return [key, field === undefined ? value : mapValue(field, value, change, [...path, key])];
  });
  return Object.fromEntries(entries);
}

function mapValue(
  field: Schema,
  value: unknown,
  change: (choice: NestedChoice) => unknown,
  path: readonly PropertyKey[],
): unknown {
  const schema = innermost(field);
  const members = membersBehind(schema);
  if (members !== undefined) {
    const { name, ...options } = typeof value === "string" ? { name: value } : isRecord(value) ? value : {};
    if (typeof name !== "string" || members.isMade(value)) return value;
    return change({ registry: members.members(), name, options, path });
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((entry, i) => mapValue(schema.element as Schema, entry, change, [...path, i]));
  }
  if (!isRecord(value)) return value;
  if (schema instanceof z.ZodObject) return mapChoices(schema.shape, value, change, path);
  if (!(schema instanceof z.ZodRecord)) return value;
  const of = (key: string, entry: unknown) => mapValue(schema.valueType as Schema, entry, change, [...path, key]);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, of(key, entry)]));
}

/** `options` with those of `known` that `shape` has and that are not given, likewise in the choices inside. */
export function fillIn(
  shape: z.core.$ZodShape,
  options: Readonly<Record<string, unknown>>,
  known: Known,
): Record<string, unknown> {
  const wanted = Object.entries(known).filter(([key, value]) => value !== undefined && Object.hasOwn(shape, key));
  return fillChoices(shape, { ...Object.fromEntries(wanted), ...options }, known);
}

/** Like {@link fillIn}, in the choices inside alone. */
export function fillChoices(
  shape: z.core.$ZodShape,
  options: Readonly<Record<string, unknown>>,
  known: Known,
): Record<string, unknown> {
  return mapChoices(shape, options, ({ registry, name, options: inner }) => {
    const entry = registry.entries.find((candidate) => candidate.name === name);
    return { name, ...(entry === undefined ? inner : fillIn(entry.options.shape, inner, known)) };
  });
}
