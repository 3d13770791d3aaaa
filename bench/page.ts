/**
 * Puts the tables of bench/results into docs/performance.md: `npx tsx bench/page.ts`. A table stands between a line
 * `<!-- results: SUITE -->` and the next `<!-- end -->`; all else of the page is written by hand.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readResult } from "./results.js";
import { markdownOf } from "./table.js";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const page = at("../docs/performance.md");

function tableOf(suite: string): string {
  const result = readResult(at(`results/${suite}.json`));
  return result === undefined ? "Not measured yet." : markdownOf(result);
}

/** The page with its tables as the results say. */
export function filled(text: string): string {
  return text.replace(/(<!-- results: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, begin, suite, end) => {
    return `${begin}\n${tableOf(suite)}\n\n${end}`;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, filled(readFileSync(page, "utf8")));
