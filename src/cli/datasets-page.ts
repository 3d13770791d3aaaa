import { type PublishedSet, publishedSets } from "../data/index.js";
import { flagsOf } from "./flags.js";

const INTRODUCTION = `# Published data sets

Made from the sources by \`npm run docs\`; \`simile datasets\` lists the same with what was found on this machine, and
\`simile datasets NAME\` shows one.

Simile downloads none of them. Put the official files as they come (archives need not be unpacked) into a folder that is
called like the data set, in one of the folders of the variable \`SIMILE_DATA\`, and give the name:

    SIMILE_DATA=/data simile train cub-200-2011
    simile train vehicle-id:test=1600,seed=3

Any other folder that holds the official files is recognised as well: \`simile train ./downloads/CUB_200_2011.tgz\`.
Options follow a colon. Counts are checked against those of a complete copy, and what is missing is named;
\`partial=true\` takes what is there, \`set=NAME\` says which data set a folder is, \`set=none\` opens it as any other folder.
In TypeScript: \`openDataset("vehicle-id", { settings: { test: 1600, seed: 3 } })\`.

Items carry \`split\`, and where the protocol has them \`role\` (query or gallery), \`camera\`, and a data set \`pairs\` to
verify. \`simile train\` and \`simile evaluate\` obey them: queries search the gallery, and what has both class and
camera of the query does not count; \`simile evaluate --pairs\` scores the pairs over their folds.
`;

/** The documentation page of the published data sets. */
export function datasetsPage(): string {
  return [INTRODUCTION, ...publishedSets.entries.map(section)].join("\n");
}

function section(set: PublishedSet): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const layouts = set.layouts.map(({ name, files }) => {
    const rows = files.map(
      ({ path, archive, holds, optional }) =>
        `| \`${path}\` | ${archive === undefined ? "" : `\`${archive}\``} | ${cell(holds)}${optional ? " (optional)" : ""} |`,
    );
    const title = set.layouts.length > 1 ? `\nAs ${name}:\n\n` : "";
    return `${title}| file or folder | in the archive | holds |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
  });
  const counts = set.counts.map(
    ({ part, items, classes }) =>
      `${part} ${items.toLocaleString("en")}${classes === undefined ? "" : ` of ${classes.toLocaleString("en")} classes`}`,
  );
  const options = flagsOf(set.options).map(
    ({ path, fallback, description }) => `| \`${path}\` | ${fallback ?? ""} | ${cell(description)} |`,
  );
  return `## ${set.name}

${set.summary}

- ${set.paper}
- also called: ${set.aliases.join(", ")}
- get it from: ${set.origin}
- licence: ${set.licence}
- protocol: ${set.protocol}
- a complete copy holds: ${counts.join(", ")}

${layouts.join("")}
| option | default | meaning |
| --- | --- | --- |
${options.join("\n")}
`;
}
