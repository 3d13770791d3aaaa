import { listDatasets, listPublishedSets, type PublishedSummary, publishedSets } from "../../data/index.js";
import { wrap } from "../flag-help.js";
import { flagsOf } from "../flags.js";
import { createOutput, table } from "../output.js";

/** Lists what is built in, what was found and what could be; or shows one published data set. */
export async function datasetsCommand(
  name: string | undefined,
  { json }: { readonly json?: boolean },
): Promise<number> {
  const output = createOutput(json ?? false);
  output.status("looking for data sets");
  if (name !== undefined) {
    const [set] = await listPublishedSets(name);
    output.result(set, published(set!));
    return 0;
  }
  const found = await listDatasets();
  const known = await listPublishedSets();
  const rows = found.map(({ name, kind, items, classes, splits, problem }) => [
    name,
    problem === undefined ? kind : "unusable",
    `${items}`,
    `${classes}`,
    splits.map((split) => `${split.name} ${split.items}`).join(", "),
  ]);
  const titles = found.flatMap(({ name, title, location, licence, problem }) => [
    `${name}: ${title}`,
    ...[location, `licence: ${licence}`, ...(problem === undefined ? [] : [problem])].flatMap(indented),
  ]);
  const text = [
    table(["name", "kind", "items", "classes", "split"], rows),
    "",
    ...titles,
    "",
    "More are found in the folders of SIMILE_DATA and in ../shared/data.",
    "",
    "Published data sets, read as their makers hand them out:",
    ...known.map(state),
    "",
    "simile datasets NAME tells what belongs to one, where to get it and where to put it.",
  ];
  output.result({ found, published: known }, text.join("\n"));
  return 0;
}

function state({ name, location, missing }: PublishedSummary): string {
  const found = location ?? "not found";
  return `  ${name.padEnd(26)}${missing.length > 0 ? `incomplete, ${found}` : found}`;
}

function indented(text: string): string[] {
  return wrap(text, 78).map((line) => `  ${line}`);
}

function published(set: PublishedSummary): string {
  const counts = set.counts.map(
    ({ part, items, classes }) => `${part}: ${items} items${classes === undefined ? "" : `, ${classes} classes`}`,
  );
  const options = flagsOf(publishedSets.entry(set.name).options).map(
    ({ path, description, fallback }) => `${path}${fallback === undefined ? "" : `=${fallback}`}: ${description}`,
  );
  const section = (title: string, texts: readonly string[]) => [`${title}:`, ...texts.flatMap(indented)];
  const layouts = set.layouts.flatMap(({ name, files }) =>
    section(
      set.layouts.length > 1 ? `files (${name})` : "files",
      files.map(({ path, archive, holds, optional }) =>
        [path, archive && ` (in ${archive})`, optional && " (optional)", `: ${holds}`].filter(Boolean).join(""),
      ),
    ),
  );
  const place =
    set.location ??
    `not found; put the files (archives as they are) into a folder ${set.name} of a folder in SIMILE_DATA`;
  const lacking = set.missing.length > 0 ? section("missing", [[...new Set(set.missing)].join(", ")]) : [];
  return [
    `${set.name}: ${set.summary}`,
    ...indented(set.paper),
    ...section("place", [place]),
    ...lacking,
    ...layouts,
    ...section("get it from", [set.origin]),
    ...section("licence", [set.licence]),
    ...section("protocol", [set.protocol]),
    ...section("a complete copy holds", counts),
    ...section(`options, as in \`simile train ${set.name}:partial=true\``, options),
  ].join("\n");
}
