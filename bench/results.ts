import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Row } from "./contest.js";

/** Operations and bytes a second, at best. */
export interface Rates {
  readonly flop: number;
  readonly bytes: number;
}

/** A row with what the machine would need at least, in milliseconds. */
export interface FullRow extends Row {
  readonly floorMs?: number | undefined;
  /** When it was measured. */
  readonly date: string;
}

/** What one run of a suite found. */
export interface SuiteResult {
  readonly suite: string;
  readonly title: string;
  readonly peer: string;
  readonly threads: number;
  readonly cpu: string;
  readonly memoryGB: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly rates: Rates;
  readonly rows: readonly FullRow[];
}

/** The result kept in a file; undefined where there is none. */
export function readResult(file: string): SuiteResult | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as SuiteResult) : undefined;
}

/** Keeps a result as `folder`/SUITE.json. Rows of an earlier run on the same machine stay until they are measured anew. */
export function keepResult(folder: string, result: SuiteResult, order: readonly string[]): void {
  const file = join(folder, `${result.suite}.json`);
  const before = readResult(file);
  const comparable = before?.cpu === result.cpu && before.threads === result.threads;
  const rows = new Map([...(comparable ? before.rows : []), ...result.rows].map((row) => [row.case, row]));
  const versions = comparable ? { ...before.versions, ...result.versions } : result.versions;
  const kept = { ...result, versions, rows: order.flatMap((name) => rows.get(name) ?? []) };
  writeJson(file, kept);
}

export function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Medians of the last run of each case in a history file of JSON lines. */
function readHistory(file: string): Map<string, number> {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  const records = lines.map((text) => JSON.parse(text) as { case: string; medianMs: number });
  return new Map(records.map((record) => [record.case, record.medianMs]));
}

/** Appends the medians to the history, and names what became slower by more than noise explains. */
export function compareWithHistory(file: string, { suite, rows }: SuiteResult): string[] {
  const before = readHistory(file);
  const slower: string[] = [];
  for (const { case: name, ours, date } of rows) {
    if ("absent" in ours) continue;
    const key = `${suite}/${name}`;
    const last = before.get(key);
    // Two runs on one machine differ by up to a third for no reason.
    if (last !== undefined && ours.median > 1.3 * last) {
      slower.push(`slower: ${key} took ${last.toFixed(1)} ms the last time, ${ours.median.toFixed(1)} now`);
    }
    appendFileSync(file, `${JSON.stringify({ case: key, date, medianMs: ours.median })}\n`);
  }
  return slower;
}
