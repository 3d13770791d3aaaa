import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { type DelimitedOptions, delimitedDescriptions } from "./delimited-vectors.js";
import { openInput, readText } from "./input.js";
import { jsonLineDescriptions } from "./json-lines.js";
import { readNpyLabels } from "./npy.js";
import { type Described, invalidTable } from "./vector-table.js";

const stems = [".names", ".labels", "-labels", "_labels"];
const endings = [".jsonl", ".json", ".csv", ".tsv", ".txt", ".npy"];

/**
 * What a file says about rows whose vectors are elsewhere: .npy (labels), .txt (a label a line), .csv, .tsv or .jsonl
 * (columns label, name, split, group; a single column holds labels). Errors: `invalid-table`, `cannot-read`.
 */
export async function readDescriptions(path: string, options: DelimitedOptions): Promise<Described> {
  const file = await openInput(path);
  const ending = extname(path).toLowerCase();
  if (ending === ".npy") return { label: await readNpyLabels(file) };
  if (!endings.includes(ending))
    throw invalidTable(path, `a file ending in ${endings.join(", ")}`, ending || "no ending");
  const text = await readText(file);
  if (ending === ".txt") return { label: linesOf(text) };
  if (ending === ".jsonl" || ending === ".json") return jsonLineDescriptions(text, path, options.columns);
  return delimitedDescriptions(text, path, options);
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The file of descriptions beside a table of vectors: `x.names.jsonl`, `x.labels.csv`, `x_labels.npy`, ... for `x.npy`. */
export async function descriptionsBeside(path: string): Promise<string | undefined> {
  const stem = path.slice(0, path.length - extname(path).length);
  for (const candidate of stems.flatMap((part) => endings.map((ending) => `${stem}${part}${ending}`))) {
    const isFile = await stat(candidate).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isFile) return candidate;
  }
  return undefined;
}
