import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse, stringify } from "yaml";
import { writeFileAtomic } from "../data/atomic.js";
import type { Dataset } from "../data/index.js";
import { SimileError } from "../errors/index.js";
import { createPictures, type Pictures, parseConfig, prepareData, type TrainConfig } from "../train/index.js";
import { frozenFeatures, type OnProgress } from "./features.js";
import { divide, releaseRun, trainFold } from "./fold.js";
import { openJournal } from "./journal.js";
import { configOf, type Method, methodsOf, type Plan, parsePlan } from "./plan.js";
import type { Finished, TaskStore } from "./store.js";
import { type Bench, tasksOf, trialName } from "./tasks.js";

/** Names of the files of a benchmark's folder. */
export const benchmarkFiles = { plan: "plan.yaml", journal: "journal.db" } as const;

/** How far a benchmark is. */
export interface BenchmarkProgress {
  readonly done: number;
  readonly total: number;
  /** What is left, in seconds of one process; undefined before anything is known. */
  readonly secondsLeft: number | undefined;
}

/** Settings of {@link work} that do not change any result. */
export interface WorkOptions {
  readonly onPrepare?: OnProgress;
  readonly onProgress?: (progress: BenchmarkProgress) => void;
  /** When aborted, the process gives its task back and ends. */
  readonly signal?: AbortSignal;
  /** Folder of features taken once; default `features` within the benchmark's. */
  readonly cache?: string;
  /** Processes that work together, for a budget in minutes; default 1. */
  readonly workers?: number;
}

/** Milliseconds between two looks at what others have finished. */
const WAIT_MS = 200;

/** Makes the folder of a benchmark, or finds it as it was left; a plan other than the one there is an error. */
export async function openFolder(folder: string, options: unknown): Promise<Plan> {
  const path = join(folder, benchmarkFiles.plan);
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) {
    const plan = parsePlan(options);
    await mkdir(folder, { recursive: true });
    await writeFileAtomic(path, stringify(plan));
    return plan;
  }
  const kept = parsePlan(parse(text), path);
  // What is stored has been through YAML, which leaves out what is undefined.
  if (options === undefined || isDeepStrictEqual(parse(stringify(parsePlan(options))), parse(text))) return kept;
  throw new SimileError({
    code: "other-plan",
    where: folder,
    expected: "the plan that this benchmark was begun with",
    received: "another one",
    remedy: "give only --out to go on with it, or another folder for a new benchmark",
  });
}

/** Opens the data of a plan, features taken, and divides them. */
export async function prepareBench(plan: Plan, cache: string, onPrepare: OnProgress = () => {}): Promise<Bench> {
  const stores = new Map<string, Pictures>();
  const picturesOf = (config: TrainConfig) => {
    const key = JSON.stringify(config.image);
    const pictures = stores.get(key) ?? createPictures(config);
    stores.set(key, pictures);
    return pictures;
  };
  const dataset = await openData(plan, cache, picturesOf, onPrepare);
  return { plan, methods: methodsOf(plan), division: divide(dataset, plan.folds, plan.seed), picturesOf };
}

async function openData(
  plan: Plan,
  cache: string,
  picturesOf: (config: TrainConfig) => Pictures,
  onPrepare: OnProgress,
): Promise<Dataset> {
  const { data, backbone, settings } = plan;
  if (backbone !== undefined) {
    const { image } = settings as { image?: object };
    return frozenFeatures({ data, backbone, ...(image && { image }) }, cache, onPrepare);
  }
  const config = parseConfig({ ...settings, data });
  const preparing = prepareData(config, picturesOf(config).store);
  let next = await preparing.next();
  for (; !next.done; next = await preparing.next()) {
    if (next.value.type === "prepare") onPrepare(next.value.what, next.value.done, next.value.total);
  }
  return next.value.dataset;
}

/**
 * How many trials every method gets: as planned, or as many as fit into the minutes, which is known once each method
 * was tried once.
 */
function trialsFor(
  bench: Bench,
  store: TaskStore,
  finished: ReadonlyMap<string, Finished>,
  workers: number,
): number | undefined {
  const { plan, methods } = bench;
  if (plan.minutes === undefined) return plan.trials;
  const first = methods.flatMap(({ name }) => finished.get(trialName(name, 0))?.seconds ?? []);
  if (first.length < methods.length) return undefined;
  const once = first.reduce((sum, seconds) => sum + seconds, 0);
  const fitting = Math.floor((60 * plan.minutes * workers) / once) - plan.seeds;
  // Written down by whoever knows first: times differ, the table must not.
  return Number(store.settle("trials", `${Math.max(1, fitting)}`));
}

/**
 * Does tasks of a benchmark until none is left, beside any other processes that do the same in the same folder. Every
 * result is the same whoever worked on it and however often it was interrupted.
 *
 * @returns all results by task, or undefined when it was told to stop
 */
export async function work(
  folder: string,
  bench: Bench,
  { onProgress = () => {}, signal, workers = 1 }: WorkOptions = {},
): Promise<ReadonlyMap<string, Finished> | undefined> {
  const store = openJournal(join(folder, benchmarkFiles.journal));
  try {
    for (;;) {
      if (signal?.aborted) return undefined;
      const finished = store.finished();
      const tasks = tasksOf(bench, trialsFor(bench, store, finished, workers));
      const open = tasks.filter(({ name }) => !finished.has(name));
      onProgress(progressOf(tasks.length, finished));
      if (open.length === 0) return finished;
      const task = open.find((each) => each.isReady(finished) && store.claim(each.name));
      if (task === undefined) {
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
        continue;
      }
      const began = performance.now();
      try {
        const result = await task.run(bench, finished);
        store.finish(task.name, { result, seconds: (performance.now() - began) / 1000 });
      } catch (error) {
        store.release(task.name);
        throw error;
      }
    }
  } finally {
    store.close();
  }
}

function progressOf(total: number, finished: ReadonlyMap<string, Finished>): BenchmarkProgress {
  const times = [...finished.values()].map(({ seconds }) => seconds);
  const typical = times.reduce((sum, seconds) => sum + seconds, 0) / times.length;
  const done = Math.min(total, times.length);
  return { done, total, secondsLeft: times.length === 0 ? undefined : typical * (total - done) };
}

/** What a benchmark will cost. */
export interface BenchmarkCost {
  /** Networks trained, over all folds, trials and seeds; undefined for a budget in minutes. */
  readonly trainings: number | undefined;
  /** Seconds of one training, measured with a few steps of the first method. */
  readonly secondsEach: number;
}

/** Measures what a benchmark will cost, and writes nothing. */
export async function costOf({ plan, methods, division, picturesOf }: Bench): Promise<BenchmarkCost> {
  const [method] = methods as [Method];
  const config = configOf(plan, method, {}, 0);
  const { steps, validation } = config;
  // As many scorings as in the whole, so that only the steps are to be extrapolated.
  const seconds = async (few: number) => {
    const every = Math.max(1, Math.round((few * validation.every) / Math.max(1, steps)));
    const shortened = { ...config, steps: few, validation: { ...validation, every } };
    const began = performance.now();
    await releaseRun((await trainFold(shortened, division, 0, picturesOf(config))).run);
    return (performance.now() - began) / 1000;
  };
  const [less, more] = [Math.min(steps, 20), Math.min(steps, 60)];
  await seconds(1); // what is only slow the first time
  const [short, long] = [await seconds(less), await seconds(more)];
  const each = more === less ? 0 : Math.max(0, long - short) / (more - less);
  const secondsEach = short + each * (steps - less);
  const trainings = methods.length * plan.folds * (plan.trials + plan.seeds);
  return { trainings: plan.minutes === undefined ? trainings : undefined, secondsEach };
}
