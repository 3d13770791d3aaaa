import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type GoldenCase, type GoldenFile, type GoldenResult, readGolden } from "./format.js";
import { type CaseOutcome, checkLosses } from "./run-losses.js";
import { checkMetrics } from "./run-metrics.js";
import { checkMiners } from "./run-miners.js";
import { outlierLoss, outliers } from "./run-outliers.js";
import { checkParts, partChecks } from "./run-parts.js";
import { tuples } from "./run-tuples.js";

/** A case that was not compared. */
export interface Unchecked {
  readonly case: string;
  readonly reason: string;
}

/** The outcome of a folder of reference vectors. */
export interface GoldenSummary {
  readonly passed: number;
  readonly failed: number;
  readonly results: readonly GoldenResult[];
  /** Cases about something that Simile has not got. */
  readonly missing: readonly Unchecked[];
  /** Cases that cannot be reproduced, with the reason. */
  readonly skipped: readonly Unchecked[];
}

async function checkFile(file: GoldenFile): Promise<CaseOutcome[]> {
  if (file.area === "losses") {
    const isSearch = ({ config }: GoldenCase) => config.loss === outlierLoss;
    const rest = await checkLosses({ ...file, cases: file.cases.filter((golden) => !isSearch(golden)) });
    return [...rest, ...(await checkParts({ ...file, cases: file.cases.filter(isSearch) }, outliers))];
  }
  if (file.area === "miners") return checkMiners(file);
  if (file.area === "metrics") return [...checkMetrics(file)];
  if (file.area === "tuples") return checkParts(file, tuples);
  const check = partChecks[file.area];
  if (check) return checkParts(file, check);
  const missing = `no check for the area ${file.area}`;
  return file.cases.map((golden) => ({ case: golden.case, missing }));
}

/** All files of reference vectors below a folder, in the order of their names. */
export function goldenFiles(folder: string): string[] {
  if (!existsSync(folder)) throw new Error(`no folder of reference vectors at ${folder}`);
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => join(folder, name));
}

/** Checks every file below `folder`; `print` gets one line for each case that fails or is left out, and the totals. */
export async function runGolden(
  folder: string,
  print: (line: string) => void = console.log,
  matching = "",
): Promise<GoldenSummary> {
  const results: GoldenResult[] = [];
  const missing: Unchecked[] = [];
  const skipped: Unchecked[] = [];
  for (const path of goldenFiles(folder)) {
    const file = readGolden(path);
    if (!`${file.area}/${file.name}`.includes(matching)) continue;
    for (const outcome of await checkFile(file)) {
      const name = `${file.area} ${outcome.case}`;
      if ("skipped" in outcome) skipped.push({ case: name, reason: outcome.skipped });
      else if ("missing" in outcome) missing.push({ case: name, reason: outcome.missing });
      else {
        results.push(outcome);
        if (!outcome.passed)
          print(`FAILED ${name}: relative error ${outcome.error.toExponential(2)}; ${outcome.message}`);
      }
    }
  }
  for (const { case: name, reason } of skipped) print(`left out ${name}: ${reason}`);
  for (const [reason, count] of tally(missing)) print(`missing: ${reason} (${count} cases)`);
  const failed = results.filter((result) => !result.passed).length;
  const passed = results.length - failed;
  print(`${passed} passed, ${failed} failed`);
  return { passed, failed, results, missing, skipped };
}

function tally(unchecked: readonly Unchecked[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { reason } of unchecked) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return counts;
}
