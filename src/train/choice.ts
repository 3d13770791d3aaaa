import { z } from "zod";
import type { Entry, Registry } from "../registry/index.js";

/** A member of a registry chosen by name, with all of its options. */
export interface Choice {
  readonly name: string;
  readonly [option: string]: unknown;
}

/** Options that are known only when the data have been read, and filled in then. */
const filledIn = ["classes", "dimension", "dtype", "imageSize", "inputSize"];

/** Options as a file can hold them: defaults filled in, but what parsing turned into an object as it was written. */
function writable(parsed: Record<string, unknown>, given: Record<string, unknown>): Record<string, unknown> {
  const plain = (value: unknown): boolean =>
    value === null ||
    ["string", "number", "boolean"].includes(typeof value) ||
    (Array.isArray(value) && value.every(plain));
  const kept = Object.entries(parsed).map(([key, value]) => [key, plain(value) ? value : given[key]] as const);
  return Object.fromEntries(kept.filter(([, value]) => value !== undefined));
}

/**
 * Schema of "one member of `registry`": its name alone, or an object of name and options (without a name, `usual` is meant).
 * Unknown names and options are errors that list what there is.
 */
export function choiceOf<Product>(registry: Registry<Product, Entry<Product>>, usual: string, description: string) {
  return z
    .custom<string | { readonly name?: string }>((value) => typeof value === "string" || isObject(value), {
      error: `a name, or an object of a name and options: ${registry.names.join(", ")}`,
    })
    .transform((value, context): Choice => {
      const { name = usual, ...options } = typeof value === "string" ? { name: value } : value;
      if (!registry.names.includes(name)) {
        context.addIssue({
          code: "custom",
          message: `"${name}" is not known; choose one of ${registry.names.join(", ")}`,
        });
        return z.NEVER;
      }
      const { shape } = registry.entry(name).options;
      const chosen = Object.entries(shape).filter(([option]) => !filledIn.includes(option));
      const parsed = z.strictObject(Object.fromEntries(chosen)).safeParse(options);
      if (!parsed.success) {
        for (const issue of parsed.error.issues) context.addIssue({ ...issue, input: options } as never);
        return z.NEVER;
      }
      return { name, ...writable(parsed.data as Record<string, unknown>, options) };
    })
    .describe(`${description}: ${registry.names.join(", ")}`);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a choice stands for, made with its options and those of `known` that it has. */
export function create<Product>(
  registry: Registry<Product, Entry<Product>>,
  { name, ...options }: Choice,
  known: Readonly<Record<string, unknown>> = {},
): Product {
  const { shape } = registry.entry(name).options;
  const wanted = Object.entries(known).filter(([option]) => Object.hasOwn(shape, option));
  return registry.create(name, { ...options, ...Object.fromEntries(wanted) });
}
