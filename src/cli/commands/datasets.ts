import { listDatasets } from "../../data/index.js";
import { wrap } from "../flag-help.js";
import { createOutput, table } from "../output.js";

/** Lists what is built in and what was found. */
export async function datasetsCommand({ json }: { readonly json?: boolean }): Promise<number> {
  const output = createOutput(json ?? false);
  output.status("looking for data sets");
  const found = await listDatasets();
  const rows = found.map(({ name, kind, items, classes, splits, problem }) => [
    name,
    problem === undefined ? kind : "unusable",
    `${items}`,
    `${classes}`,
    splits.map((split) => `${split.name} ${split.items}`).join(", "),
  ]);
  const titles = found.flatMap(({ name, title, location, licence, problem }) => [
    `${name}: ${title}`,
    ...[location, `licence: ${licence}`, ...(problem === undefined ? [] : [problem])].flatMap((text) =>
      wrap(text, 78).map((line) => `  ${line}`),
    ),
  ]);
  const text = [table(["name", "kind", "items", "classes", "split"], rows), "", ...titles];
  output.result(found, `${text.join("\n")}\n\nMore are found in the folders of SIMILE_DATA and in ../shared/data.`);
  return 0;
}
