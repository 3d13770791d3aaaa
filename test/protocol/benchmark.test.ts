import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  type Bench,
  costOf,
  divide,
  type FinalResult,
  type Finished,
  openFolder,
  outcomeOf,
  type PlanOptions,
  prepareBench,
  work,
} from "../../src/protocol/index.js";
import { openJournal } from "../../src/protocol/journal.js";
import { finalName, trialName } from "../../src/protocol/tasks.js";
import { Random } from "../../src/rng/index.js";
import { smallPlan, writeVectors } from "./bench.js";

let folder = "";
let data = "";
let plan: PlanOptions;
let bench: Bench;
let undisturbed: ReadonlyMap<string, Finished>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "simile-benchmark-"));
  data = await writeVectors(folder);
  plan = smallPlan(data);
  const opened = await openFolder(join(folder, "whole"), plan);
  bench = await prepareBench(opened, join(folder, "cache"));
  undisturbed = (await work(join(folder, "whole"), bench))!;
}, 60_000);
afterAll(() => rm(folder, { recursive: true }));

/** All that must not depend on who did what when. */
function table(finished: ReadonlyMap<string, Finished>): unknown {
  const context = { command: "", createdAt: "", environment: {} };
  const { facts: _, ...outcome } = outcomeOf(bench, finished, context);
  return JSON.parse(JSON.stringify(outcome));
}

/** A process that works on the benchmark in `folder`, from the built package, and says when it begins. */
function worker(at: string): ChildProcess {
  const program = `
    import { openFolder, prepareBench, work } from ${JSON.stringify(new URL("../../dist/protocol/index.js", import.meta.url).href)};
    const plan = await openFolder(${JSON.stringify(at)}, ${JSON.stringify(plan)});
    const bench = await prepareBench(plan, ${JSON.stringify(join(folder, "cache"))});
    console.log("working");
    await work(${JSON.stringify(at)}, bench);
    process.exit(0);
  `;
  return spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.on("exit", (code) => resolve(code)));
}

test("every method is tried and tested alike, and the standings have all of them", () => {
  for (const method of ["contrastive", "multi-similarity"]) {
    for (let number = 0; number < 7; number++) expect(undisturbed.has(trialName(method, number))).toBe(true);
    for (const seed of [0, 1]) expect(undisturbed.has(finalName(method, seed))).toBe(true);
  }
  const outcome = outcomeOf(bench, undisturbed, { command: "", createdAt: "", environment: {} });
  const names = outcome.scores.methods.map(({ name }) => name);
  expect(names).toEqual(["contrastive", "multi-similarity", "before training", "raw inputs", "principal components"]);
  for (const { trials } of outcome.searches) expect(trials.filter(({ chosen }) => chosen)).toHaveLength(1);
  const learned = outcome.scores.methods[1]!.scores["MAP@R"]!.flatMap((row) => [...(row as Float64Array)]);
  expect(learned.every((value) => value >= 0 && value <= 1)).toBe(true);
});

test("classes of trainval, of each fold and of the test are apart, and nothing is left out", () => {
  const { labels, folds, test: kept, dataset } = bench.division;
  const classes = (items: Int32Array) => new Set(items.map((item) => labels[item]!));
  const tested = classes(kept);
  expect(tested).toEqual(new Set(Array.from({ length: 12 }, (_, i) => i + 12)));
  const held = new Set<number>();
  for (const fold of folds) {
    const [trained, validated] = [classes(fold.train), classes(fold.held)];
    for (const label of validated) {
      expect(trained.has(label) || tested.has(label) || held.has(label)).toBe(false);
      held.add(label);
    }
    expect([...trained].some((label) => tested.has(label))).toBe(false);
  }
  expect(held.size + tested.size).toBe(24);
  expect(folds[0]!.train.length + folds[0]!.held.length + kept.length).toBe(dataset.items.length);
  expect(() => divide(dataset, 7, 1)).toThrow("at least two classes in each of 7 folds");
});

test("tuning cannot see the test classes: whatever their vectors are, trials are the same", async () => {
  const { dataset, labels } = bench.division;
  if (dataset.kind !== "vector") throw new Error("vectors expected");
  const random = new Random(9);
  const vectors = dataset.vectors.map((value, i) =>
    labels[Math.floor(i / dataset.dimension)]! >= 12 ? random.normal() : value,
  );
  const other: Bench = { ...bench, division: divide({ ...dataset, vectors }, 2, 1) };
  const at = join(folder, "other");
  await openFolder(at, plan);
  const finished = (await work(at, other))!;
  for (const [name, { result }] of undisturbed) {
    if (name.startsWith("trial/")) expect(finished.get(name)!.result, name).toEqual(result);
  }
  const scores = (all: ReadonlyMap<string, Finished>) => (all.get("final/raw inputs/0")!.result as FinalResult).scores;
  expect(scores(finished)).not.toEqual(scores(undisturbed));
}, 60_000);

test("killed twenty times at random moments, it gives the table of an undisturbed run", async () => {
  const at = join(folder, "killed");
  const random = new Random(4);
  const finishedTasks = () => {
    const journal = openJournal(join(at, "journal.db"));
    const count = journal.finished().size;
    journal.close();
    return count;
  };
  let amidWork = 0;
  for (let kill = 0; kill < 20; kill++) {
    const child = worker(at);
    const end = ended(child);
    // Later than the start, however slow the machine is: a process that has not begun loses nothing.
    child.stdout!.once("data", () => setTimeout(() => child.kill("SIGKILL"), 400 * random.uniform()));
    if ((await end) === null && finishedTasks() < undisturbed.size) amidWork++;
  }
  expect(amidWork).toBeGreaterThan(5);
  expect(await ended(worker(at))).toBe(0);
  const finished = (await work(at, bench))!;
  expect(table(finished)).toEqual(table(undisturbed));
}, 120_000);

test("three processes at once do every task once, and give the same table", async () => {
  const at = join(folder, "together");
  await openFolder(at, plan);
  expect(await Promise.all([worker(at), worker(at), worker(at)].map(ended))).toEqual([0, 0, 0]);
  const finished = (await work(at, bench))!;
  expect([...finished.keys()].sort()).toEqual([...undisturbed.keys()].sort());
  expect(table(finished)).toEqual(table(undisturbed));
}, 60_000);

test("a folder keeps its plan", async () => {
  const at = join(folder, "whole");
  expect(await openFolder(at, undefined)).toEqual(bench.plan);
  await expect(openFolder(at, { ...plan, trials: 8 })).rejects.toThrow("the plan that this benchmark was begun with");
});

test("a budget in minutes gives all methods as many trials, written down once", async () => {
  const at = join(folder, "minutes");
  const timed = await openFolder(at, { ...plan, minutes: 0.05 });
  const finished = (await work(at, { ...bench, plan: timed }))!;
  const count = (method: string) => [...finished.keys()].filter((name) => name.startsWith(`trial/${method}/`)).length;
  expect(count("contrastive")).toBe(count("multi-similarity"));
  expect(count("contrastive")).toBeGreaterThan(0);
  expect(finished.has(finalName("contrastive", 1))).toBe(true);
}, 60_000);

test("a training that diverges is a failed trial, not the end", async () => {
  const at = join(folder, "diverging");
  const methods = [
    { name: "wild", settings: { loss: "contrastive", optimizer: { name: "sgd", learningRate: 1e30 } }, search: {} },
  ];
  const opened = await openFolder(at, smallPlan(data, { methods, trials: 1, seeds: 1 }));
  const wild = await prepareBench(opened, join(folder, "cache"));
  const finished = (await work(at, wild))!;
  expect(finished.get(trialName("wild", 0))!.result).toMatchObject({
    score: null,
    failure: expect.stringContaining("finite"),
  });
  const outcome = outcomeOf(wild, finished, { command: "", createdAt: "", environment: {} });
  expect(outcome.scores.methods.map(({ name }) => name)).toEqual([
    "before training",
    "raw inputs",
    "principal components",
  ]);
  expect(outcome.diagnoses?.[0]?.message).toContain("wild/0");
});

test("what it costs is told without doing it", async () => {
  const { trainings, secondsEach } = await costOf(bench);
  expect(trainings).toBe(2 * 2 * (7 + 2));
  expect(secondsEach).toBeGreaterThan(0);
});
