import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { filled } from "../../bench/page.js";
import { compareWithHistory, type FullRow, keepResult, readResult, type SuiteResult } from "../../bench/results.js";
import { openSuite, suiteNames } from "../../bench/suite.js";
import { markdownOf } from "../../bench/table.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "simile-bench-test-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function row(name: string, median: number, peer?: number): FullRow {
  const spreadOf = (middle: number) => ({ median: middle, low: middle - 1, high: middle + 1 });
  return {
    case: name,
    ours: { ...spreadOf(median), peakMB: 100 },
    peer: peer === undefined ? { absent: "no faiss" } : { ...spreadOf(peer), peakMB: 200 },
    ratio: peer === undefined ? undefined : peer / median,
    floorMs: 5,
    date: "2026-01-02T03:04:05.000Z",
  };
}

function result(...rows: FullRow[]): SuiteResult {
  const rates = { flop: 100e9, bytes: 20e9 };
  const head = { suite: "knn", title: "search", peer: "torch", threads: 2, cpu: "a processor", memoryGB: 16 };
  return { ...head, versions: { node: "20" }, rates, rows };
}

describe("results", () => {
  test("a run of some cases replaces those alone, in the suite's order", () => {
    const order = ["a", "b", "c"];
    keepResult(folder, result(row("c", 30), row("a", 10)), order);
    keepResult(folder, result(row("b", 20), row("c", 33)), order);
    const kept = readResult(join(folder, "knn.json"))!.rows.map(({ case: name, ours }) => [
      name,
      "median" in ours && ours.median,
    ]);
    expect(kept).toEqual([
      ["a", 10],
      ["b", 20],
      ["c", 33],
    ]);
  });

  test("rows of another machine do not stay beside new ones", () => {
    keepResult(folder, result(row("a", 10)), ["a", "b"]);
    keepResult(folder, { ...result(row("b", 20)), cpu: "another" }, ["a", "b"]);
    expect(readResult(join(folder, "knn.json"))!.rows.map((each) => each.case)).toEqual(["b"]);
  });

  test("the history names what became slower by more than noise", () => {
    const file = join(folder, "history.jsonl");
    expect(compareWithHistory(file, result(row("a", 10), row("b", 10)))).toEqual([]);
    expect(compareWithHistory(file, result(row("a", 12), row("b", 14)))).toEqual([
      "slower: knn/b took 10.0 ms the last time, 14.0 now",
    ]);
  });

  test("a table shows times, ratio, memory, the machine's share, and why a peer is absent", () => {
    const lines = markdownOf(result(row("a", 10, 15), row("b", 20))).split("\n");
    expect(lines[0]).toContain("Measured 2026-01-02: search.");
    expect(lines[0]).toContain("100 GFLOP/s");
    expect(lines.at(-2)).toBe("| a | 10.0 (9.0-11.0) | 15.0 (14.0-16.0) | 1.50x | 100 / 200 | 50 % |  |");
    expect(lines.at(-1)).toBe("| b | 20.0 (19.0-21.0) | - |  | 100 / - | 25 % | peer: no faiss |");
  });
});

describe("docs/performance.md", () => {
  const page = readFileSync(fileURLToPath(new URL("../../docs/performance.md", import.meta.url)), "utf8");

  test("has the tables of the kept results: `npx tsx bench/page.ts` writes them", () => {
    expect(filled(page)).toBe(page);
  });

  test("has a table of every suite", () => {
    expect([...page.matchAll(/<!-- results: ([\w-]+) -->/g)].map(([, name]) => name).sort()).toEqual(
      [...suiteNames].sort(),
    );
  });
});

test("every suite opens, and its cases say what they need at least in finite numbers", async () => {
  for (const name of suiteNames) {
    const suite = await openSuite(name);
    expect(Object.keys(suite.cases).length).toBeGreaterThan(0);
    if (name === "steps" || name === "memory") continue; // traces whole networks: for whoever runs them
    for (const { work } of Object.values(suite.cases)) {
      expect(Number.isFinite((work?.flop ?? 0) + (work?.bytes ?? 0))).toBe(true);
    }
  }
}, 20_000);
