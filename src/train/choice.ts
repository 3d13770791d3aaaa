import { z } from "zod";

/** What a registry of losses, miners, samplers or backbones tells of each of its members. */
export interface Described {
  /** One line: what it is. */
  readonly summary: string;
  /** Where it was published. */
  readonly paper: string;
  /** Its options, each with default and description. */
  readonly options: z.ZodObject;
}

/** Members by name. */
export type Registry = Readonly<Record<string, Described>>;

/** A member chosen by name, with all of its options. */
export interface Choice {
  readonly name: string;
  readonly [option: string]: unknown;
}

/**
 * Schema of "one member of `registry`": its name alone, or an object of name and options. Unknown names and options are
 * errors that list what there is.
 */
export function choiceOf(registry: Registry, fallback: string, description: string) {
  const names = Object.keys(registry);
  return z
    .union([z.string(), z.looseObject({ name: z.string() })])
    .transform((value, context): Choice => {
      const { name, ...options } = typeof value === "string" ? { name: value } : value;
      const member = Object.hasOwn(registry, name) ? registry[name] : undefined;
      if (member === undefined) {
        context.addIssue({ code: "custom", message: `"${name}" is not known; choose one of ${names.join(", ")}` });
        return z.NEVER;
      }
      const parsed = z.strictObject(member.options.shape).safeParse(options);
      if (!parsed.success) {
        for (const issue of parsed.error.issues) context.addIssue({ ...issue, input: options } as never);
        return z.NEVER;
      }
      return { name, ...parsed.data };
    })
    .prefault(fallback)
    .describe(`${description}: ${names.join(", ")}`);
}

/** The options of a choice, without its name. */
export function optionsOf({ name: _, ...options }: Choice): Record<string, unknown> {
  return options;
}
