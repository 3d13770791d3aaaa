import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { benchmarkDiagnoses } from "../../src/protocol/diagnoses.js";
import {
  type BenchmarkOutcome,
  benchmarkReport,
  reportFiles,
  writeBenchmarkReport,
} from "../../src/protocol/report.js";
import { tagsOf } from "../report/well-formed.js";
import { sampleOutcome } from "./sample-outcome.js";

const outcome = sampleOutcome();
const methods = outcome.scores.methods.length;

describe("the files of a benchmark", () => {
  let folder = "";
  let files: Record<keyof typeof reportFiles, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "simile-report-"));
    await writeBenchmarkReport(folder, outcome);
    const read = Object.entries(reportFiles).map(async ([name, file]) => [
      name,
      await readFile(join(folder, file), "utf8"),
    ]);
    files = Object.fromEntries(await Promise.all(read));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("the page is well formed and has a picture of each kind, with its specification", () => {
    const identifiers = tagsOf(files.page).flatMap(({ attributes }) => attributes.get("id") ?? []);
    expect(new Set(identifiers).size).toBe(identifiers.length);
    const pictures = [
      "standings",
      "differences",
      "ranks",
      "trials-0",
      `trials-${methods - 1}`,
      `learning-${methods - 1}`,
    ];
    expect(identifiers).toEqual(expect.arrayContaining(pictures.flatMap((name) => [name, `${name}-specification`])));
    expect(files.page).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("the table has a line a method, with the numbers of the page", () => {
    const lines = files.table.split("\n").filter((line) => line.startsWith("| "));
    expect(lines).toHaveLength(methods + 2);
    const [best] = benchmarkReport(outcome).standings!.methods;
    expect(lines[2]).toContain(best!.name);
    expect(lines[2]).toContain(`${(100 * best!.scores[0]!.value).toFixed(1)}\u202F%`);
    expect(files.page).toContain(`${(100 * best!.scores[0]!.value).toFixed(1)}\u202F%`);
  });

  test("the numbers hold what all was made from: the page can be made again", () => {
    const numbers = JSON.parse(files.numbers) as BenchmarkOutcome;
    expect(numbers.scores).toEqual(outcome.scores);
    expect(benchmarkReport({ ...outcome, ...numbers, diagnoses: [] }).standings).toEqual(
      benchmarkReport(outcome).standings,
    );
  });
});

describe("diagnoses", () => {
  const { scores, searches, learning } = outcome;
  const messages = (...changed: Parameters<typeof benchmarkDiagnoses>) =>
    benchmarkDiagnoses(...changed).map(({ severity, message }) => `${severity}: ${message}`);
  const clean = searches.map((search) => ({ ...search, trials: search.trials.filter(({ score }) => score !== null) }));

  test("a fair benchmark has only its failures to tell", () => {
    const counted = searches.map(({ method, trials }) => {
      return `${method} (${trials.filter(({ score }) => score === null).length} of ${trials.length})`;
    });
    const shown = counted.filter((each) => !each.includes("(0 of"));
    expect(messages(scores, searches, learning)).toEqual([
      `note: Trials that failed: ${shown.slice(0, 6).join(", ")} and ${shown.length - 6} more.`,
    ]);
    expect(messages(scores, clean, learning)).not.toContainEqual(expect.stringContaining("failed"));
  });

  test("unequal tuning is a problem, unless there was nothing to tune", () => {
    const [first, second] = clean;
    const fewer = { ...first!, trials: second!.trials.slice(1) };
    expect(messages(scores, [fewer, second!], [])).toContainEqual(
      expect.stringMatching(/^problem: Methods were not tuned alike: .* fewest for contrastive/),
    );
    expect(messages(scores, [{ ...first!, parameters: [], trials: [] }, second!], [])).toEqual([]);
  });

  test("settings chosen at the end of a range, on its own scale", () => {
    const parameters = [{ name: "rate", low: 1e-4, high: 1, log: true }];
    const search = (rates: number[]) => ({
      method: "m",
      objective: "MAP@R",
      parameters,
      trials: rates.map((rate) => ({ values: { rate }, score: 0.1, chosen: true })),
    });
    expect(messages(scores, [search([0.99, 0.98, 0.01])], [])).toEqual([
      "note: Settings chosen at the end of their range, so better ones may lie beyond: rate of m.",
    ]);
    expect(messages(scores, [search([0.99, 0.01, 0.001])], [])).toEqual([]);
  });

  test("curves that still rise", () => {
    const rising = { ...learning[0]!, courses: [[0.1, 0.2, 0.3].map((value, step) => ({ step, value }))] };
    expect(messages(scores, [], [rising, learning[1]!])).toEqual([
      "note: Still best at the last step, so more steps may change the order: contrastive.",
    ]);
  });

  test("one seed, few classes", () => {
    const [first] = scores.methods;
    const small = {
      ...scores,
      methods: [{ name: "a", scores: { "MAP@R": [Array.from(first!.scores["MAP@R"]![0]!).slice(0, 4)] } }],
    };
    expect(messages(small, [], [])).toEqual([
      expect.stringMatching(/^warning: One reproduction/),
      expect.stringMatching(/^warning: 4 test classes/),
    ]);
  });
});
