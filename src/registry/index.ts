import type { z } from "zod";
import { SimileError } from "../errors/index.js";
import { fillIn, type Known } from "./member.js";
import type { SearchSpace } from "./search.js";

export * from "./member.js";
export * from "./search.js";

/**
 * One thing that can be chosen by name: its one-line meaning, where it was published, and its options. Command line,
 * configuration files and documentation are made from these records.
 */
export interface Entry<Product, Schema extends z.ZodObject = z.ZodObject> {
  /** Name in configuration files and on the command line. */
  readonly name: string;
  /** What it does, in one line. */
  readonly summary: string;
  /** Authors, venue, year; where it comes from. */
  readonly paper?: string;
  /** Options with their defaults and descriptions. */
  readonly options: Schema;
  /** Options worth tuning, with the ranges in which published good values lie. */
  readonly search?: SearchSpace;
  /** Makes it; options are checked and defaults filled in. */
  create(options: z.input<Schema>): Product;
}

/** Entries by name. */
export class Registry<Product, E extends Entry<Product>> {
  readonly entries: readonly E[];

  /** `what`: what the entries are, for messages, such as `loss`. */
  constructor(
    readonly what: string,
    entries: readonly E[],
  ) {
    this.entries = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** All names, sorted. */
  get names(): string[] {
    return this.entries.map((entry) => entry.name);
  }

  /** The entry called `name`, or `SimileError` (`unknown-name`) that lists the names there are. */
  entry(name: string): E {
    const found = this.entries.find((entry) => entry.name === name);
    if (found !== undefined) return found;
    throw new SimileError({
      code: "unknown-name",
      where: this.what,
      expected: `one of ${this.names.join(", ")}`,
      received: name,
      remedy: "choose a name from the list",
    });
  }

  /**
   * Makes what `name` stands for, with those of the `known` options that it, or a choice inside its options, has. Unknown
   * options and wrong values are `SimileError` (`invalid-option`).
   */
  create(name: string, given: Readonly<Record<string, unknown>> = {}, known: Known = {}): Product {
    const entry = this.entry(name);
    const options = fillIn(entry.options.shape, given, known);
    const parsed = entry.options.safeParse(options);
    if (parsed.success) return entry.create(options);
    const issue = parsed.error.issues[0]!;
    throw new SimileError({
      code: "invalid-option",
      where: [`${this.what} ${name}`, ...issue.path.map(String)].join("."),
      expected: issue.message,
      received: JSON.stringify(issue.path.reduce<unknown>(property, options)) ?? "nothing",
      remedy: `options are ${Object.keys(entry.options.shape).join(", ") || "none"}`,
    });
  }
}

function property(value: unknown, key: PropertyKey): unknown {
  return typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
}
