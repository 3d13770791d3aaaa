import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { SimileError } from "../../errors/index.js";
import type { Item, VerificationPairs } from "../dataset.js";
import { type VerificationPair, verificationPairs } from "../verification.js";
import { parseDelimited } from "./delimited.js";

/** Column names that are understood, the first found counts. */
const columnNames = {
  first: ["file_a", "first", "a"],
  second: ["file_b", "second", "b"],
  same: ["same", "label"],
  fold: ["fold", "split"],
} as const;

/**
 * The pairs that a CSV or TSV file lists: columns `file_a`, `file_b` (paths as in the listing of the items), `same` (1 or
 * 0) and perhaps `fold`. Undefined when it has no such columns. Errors: `invalid-listing` with the line.
 */
export async function readPairsListing(path: string, items: readonly Item[]): Promise<VerificationPairs | undefined> {
  const [head, ...rows] = parseDelimited(await readFile(path, "utf8"), /\.tsv$/i.test(path) ? "\t" : ",", path);
  const columns = (head?.fields ?? []).map((name) => name.trim());
  const at = (names: readonly string[]) => columns.findIndex((column) => names.includes(column));
  const [first, second, same, fold] = [
    at(columnNames.first),
    at(columnNames.second),
    at(columnNames.same),
    at(columnNames.fold),
  ];
  if (first! < 0 || second! < 0 || same! < 0) return undefined;
  const names = itemNames(items);
  const pairs = rows.map(({ line, fields }): VerificationPair => {
    const invalid = (expected: string, received: string) =>
      new SimileError({
        code: "invalid-listing",
        where: `${basename(path)}, line ${line}`,
        expected,
        received,
        remedy: "correct the listing",
      });
    const item = (field: string | undefined) => {
      const name = names.get(field?.trim() ?? "");
      if (name === undefined) throw invalid("a file that the listing of the items has", field ?? "nothing");
      return name;
    };
    const verdict = fields[same!]?.trim() ?? "";
    if (!["0", "1"].includes(verdict)) throw invalid("1 for the same class or 0", verdict || "nothing");
    const number = fold! < 0 ? 0 : Number(fields[fold!]);
    if (!(Number.isSafeInteger(number) && number >= 0 && number < 2 ** 31))
      throw invalid("the number of a fold", fields[fold!] ?? "nothing");
    return { first: item(fields[first!]), second: item(fields[second!]), same: verdict === "1", fold: number };
  });
  return verificationPairs(pairs);
}

/** The names of items by themselves, and without the archive that comes first in some. */
function itemNames(items: readonly Item[]): Map<string, string> {
  const names = new Map(items.map(({ name }) => [name.replace(/^[^/]+\.(zip|tar|tgz|tar\.gz)\//i, ""), name]));
  for (const { name } of items) names.set(name, name);
  return names;
}
