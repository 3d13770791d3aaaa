import { SimileError } from "../../errors/index.js";
import { type ChoiceKind, choices, describeChoices } from "../choices.js";
import { describeFlags } from "../flag-help.js";
import { createOutput } from "../output.js";

/** Lists the members of a registry, or shows one with its options. */
export async function listCommand(
  kind: ChoiceKind,
  name: string | undefined,
  { json }: { readonly json?: boolean },
): Promise<number> {
  const output = createOutput(json ?? false);
  const all = describeChoices(kind);
  if (name === undefined) {
    const width = Math.max(...all.map((choice) => choice.name.length));
    output.result(
      all,
      `${all.map((choice) => `${choice.name.padEnd(width)}  ${choice.summary}`).join("\n")}\n\nsimile ${kind} NAME shows one with its options.`,
    );
    return 0;
  }
  const found = all.find((choice) => choice.name === name);
  if (found === undefined) {
    throw new SimileError({
      code: "unknown-name",
      where: kind,
      expected: `one of ${choices[kind].names.join(", ")}`,
      received: name,
      remedy: "choose a name from the list",
    });
  }
  const facts = Object.entries(found.facts).map(([title, text]) => `${title}: ${text}`);
  const lines = [`${found.name}: ${found.summary}`, ...(found.paper === undefined ? [] : [found.paper]), ...facts];
  const tables = [
    ...(found.options.length > 0 ? [describeFlags(found.options)] : []),
    ...(found.commonOptions ? [describeFlags(found.commonOptions, `Options of all ${kind}`)] : []),
  ];
  output.result(found, [lines.join("\n"), ...tables].join("\n\n"));
  return 0;
}
