import type { Absent, Result } from "./contest.js";
import type { FullRow, SuiteResult } from "./results.js";

const WIDTHS = [34, 24, 24, 8, 14, 8] as const;

/** Cells of one line on a terminal. */
export function terminalLine(cells: readonly string[]): string {
  return cells
    .map((cell, i) => cell.padEnd(WIDTHS[i] ?? 0))
    .join(" ")
    .trimEnd();
}

export function heading(peer: string): string[] {
  return ["ms a step", "Simile", peer, "ratio", "peak MB", "machine"];
}

function showResult(result: Result | Absent): string {
  if ("absent" in result) return "-";
  const { median, low, high } = result;
  const digits = median < 0.995 ? 3 : median < 100 ? 1 : 0;
  return `${median.toFixed(digits)} (${low.toFixed(digits)}-${high.toFixed(digits)})`;
}

function showMemory({ ours, peer }: FullRow): string {
  const sides = [ours, peer].map((side) => ("absent" in side ? "-" : `${side.peakMB ?? "-"}`));
  return sides.every((side) => side === "-") ? "" : sides.join(" / ");
}

/** Case, both times (median and quartiles), ratio, peak memory, share of what the machine can do. */
export function cellsOf(row: FullRow): string[] {
  const { ours, peer, ratio, floorMs } = row;
  const share = floorMs === undefined || "absent" in ours ? "" : `${Math.round((100 * floorMs) / ours.median)} %`;
  const times = [showResult(ours), showResult(peer)];
  return [row.case, ...times, ratio === undefined ? "" : `${ratio.toFixed(2)}x`, showMemory(row), share];
}

/** Why a side has no time, and how many instructions a step took. */
export function notesOf({ ours, peer }: FullRow): string {
  const why = [
    ["Simile", ours],
    ["peer", peer],
  ] as const;
  const absent = why.flatMap(([name, side]) => ("absent" in side ? `${name}: ${side.absent}` : []));
  const counted = [ours, peer].map((side) => ("absent" in side ? undefined : side.instructions));
  const millions = counted.map((count) => (count === undefined ? "-" : `${Math.round(count / 1e6)}`));
  const instructions = counted.some((count) => count !== undefined)
    ? [`million instructions: ${millions.join(" / ")}`]
    : [];
  return [...absent, ...instructions].join("; ");
}

/** The machine, in words. */
export function machineLine({ threads, cpu, rates }: Pick<SuiteResult, "threads" | "cpu" | "rates">): string {
  const best = `${(rates.flop / 1e9).toFixed(0)} GFLOP/s in products, ${(rates.bytes / 1e9).toFixed(0)} GB/s in passes over memory`;
  return `${threads} threads of ${cpu}; at best ${best}`;
}

const escaped = (cell: string) => cell.replaceAll("|", "\\|");

/** A result as a table in Markdown, with its date, machine and versions. */
export function markdownOf(result: SuiteResult): string {
  const dates = result.rows.map(({ date }) => date.slice(0, 10)).sort();
  const when = [...new Set([dates[0], dates.at(-1)])].join(" to ");
  const versions = Object.entries(result.versions).map(([name, version]) => `${name} ${version}`);
  const rows = result.rows.map((row) => [...cellsOf(row), notesOf(row)]);
  // A column that nothing stands in says nothing.
  const kept = [...heading(result.peer), ""].flatMap((_, i) => (i < 4 || rows.some((cells) => cells[i]) ? [i] : []));
  const line = (cells: readonly string[]) => `| ${kept.map((i) => escaped(cells[i] ?? "")).join(" | ")} |`;
  const rule = `|${kept.map((i) => (i === 0 || i === 6 ? " --- |" : " ---: |")).join("")}`;
  return [
    `Measured ${when}: ${result.title}. ${machineLine(result)}; ${result.memoryGB} GB. ${versions.join(", ")}.`,
    "",
    line([...heading(result.peer), ""]),
    rule,
    ...rows.map(line),
  ].join("\n");
}
