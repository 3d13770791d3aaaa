import type { z } from "zod";
import { samplers } from "../data/samplers/index.js";
import { distances } from "../distances/index.js";
import { commonLossOptions, losses } from "../losses/index.js";
import { miners } from "../miners/index.js";
import { reducers } from "../reducers/index.js";
import { regularizers } from "../regularizers/index.js";
import { backbones } from "../train/index.js";
import { type Flag, flagsOf } from "./flags.js";

/** What can be chosen by name, by the word that lists it. */
export const choices = { losses, miners, samplers, distances, reducers, regularizers, backbones };

/** A word of {@link choices}. */
export type ChoiceKind = keyof typeof choices;

/** One member of a registry, as lists and documentation show it. */
export interface ChoiceDescription {
  readonly name: string;
  readonly summary: string;
  readonly paper?: string;
  readonly options: readonly Flag[];
  /** Options that all of the kind have. */
  readonly commonOptions?: readonly Flag[];
  /** What else its entry says: relations it accepts, miners that go with it, guarantees, needs. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Everything in an entry besides what all entries have. */
type OpenEntry = {
  readonly name: string;
  readonly summary: string;
  readonly paper?: string;
  readonly options: z.ZodObject;
} & {
  readonly [fact: string]: unknown;
};

const FACTS: Readonly<Record<string, string>> = {
  accepts: "relations",
  miners: "goes with miners",
  guarantee: "guarantee",
  needs: "needs",
  input: "input",
};

function describeEntry(entry: OpenEntry, common: readonly string[]): ChoiceDescription {
  const options = flagsOf(entry.options);
  const own = ({ path }: Flag) => !common.includes(path);
  const facts = Object.entries(FACTS).flatMap(([key, title]) => {
    const value = entry[key];
    const text = Array.isArray(value) ? value.join(", ") : typeof value === "string" ? value : "";
    return text === "" ? [] : [[title, text] as const];
  });
  return {
    name: entry.name,
    summary: entry.summary,
    ...(entry.paper !== undefined && { paper: entry.paper }),
    ...(common.length === 0
      ? { options }
      : { options: options.filter(own), commonOptions: options.filter((f) => !own(f)) }),
    facts: Object.fromEntries(facts),
  };
}

/** All members of a kind, by name. */
export function describeChoices(kind: ChoiceKind): ChoiceDescription[] {
  const common = kind === "losses" ? Object.keys(commonLossOptions) : [];
  return (choices[kind].entries as readonly unknown[]).map((entry) => describeEntry(entry as OpenEntry, common));
}

function optionTable(options: readonly Flag[]): string {
  const rows = options.map(
    ({ path, description, fallback }) => `| \`${path}\` | ${fallback ?? ""} | ${description.replaceAll("|", "\\|")} |`,
  );
  return rows.length === 0 ? "" : `\n| option | default | meaning |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

/** The documentation page of everything that can be chosen. */
export function choicesPage(): string {
  const sections = (Object.keys(choices) as ChoiceKind[]).map((kind) => {
    const members = describeChoices(kind).map(({ name, summary, paper, options, facts }) => {
      const details = [
        ...(paper === undefined ? [] : [paper]),
        ...Object.entries(facts).map(([title, text]) => `${title}: ${text}`),
      ];
      const table = optionTable(options);
      return `### ${name}\n\n${summary}\n\n${details.map((detail) => `- ${detail}`).join("\n")}${details.length > 0 ? "\n" : ""}${table}`;
    });
    const common = describeChoices(kind).find(({ commonOptions }) => commonOptions)?.commonOptions ?? [];
    const shared =
      common.length === 0
        ? ""
        : `Options of all ${kind} beside their own; those made of others leave the reducers to them.\n${optionTable(common)}\n`;
    return `## ${kind[0]!.toUpperCase()}${kind.slice(1)}\n\n${shared}${members.join("\n")}`;
  });
  return `# What can be chosen by name\n\nMade from the sources by \`npm run docs\`; the same text as \`simile losses\`, \`simile miners\` and so on.\n\n${sections.join("\n")}`;
}
