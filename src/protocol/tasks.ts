import { SimileError } from "../errors/index.js";
import { Random } from "../rng/index.js";
import type { Pictures, Run, TrainConfig } from "../train/index.js";
import { type ClassScores, testComponents, testInputs, testModels } from "./final.js";
import { type Course, type Division, releaseRun, trainFold } from "./fold.js";
import { configOf, type Method, type Plan } from "./plan.js";
import type { Settings } from "./space.js";
import type { Finished } from "./store.js";
import { propose, type Tried, trialsBefore } from "./tuner.js";

/** What a trial leaves in the journal. */
export interface TrialResult extends Tried {
  /** A fold each; empty where it failed. */
  readonly courses: readonly Course[];
  /** Why it failed. */
  readonly failure?: string;
}

/** What training the best setting again, and testing it, leaves in the journal. */
export interface FinalResult {
  readonly courses: readonly Course[];
  readonly scores: ClassScores | null;
  readonly failure?: string;
}

/** Methods that every benchmark has: nothing is trained for them, so nothing is tuned. Components are those of vectors. */
export const UNTRAINED = {
  network: "before training",
  inputs: "raw inputs",
  components: "principal components",
} as const;

/** The work of principal components grows with the third power of the numbers in a vector. */
const MOST_NUMBERS = 1536;

/** Names of the methods without training that a benchmark has. */
export function untrainedNames({ division: { dataset } }: Pick<Bench, "division">): string[] {
  const { network, inputs, components } = UNTRAINED;
  const hasComponents = dataset.kind === "vector" && dataset.dimension <= MOST_NUMBERS;
  return [network, inputs, ...(hasComponents ? [components] : [])];
}

/** Everything that tasks are done with. */
export interface Bench {
  readonly plan: Plan;
  readonly methods: readonly Method[];
  readonly division: Division;
  picturesOf(config: TrainConfig): Pictures;
}

/** A piece of work that one process does, and what must be done before. */
interface Task {
  readonly name: string;
  isReady(finished: ReadonlyMap<string, Finished>): boolean;
  run(bench: Bench, finished: ReadonlyMap<string, Finished>): Promise<unknown>;
}

export const trialName = (method: string, number: number) => `trial/${method}/${number}`;
export const finalName = (method: string, seed: number) => `final/${method}/${seed}`;

/** The trials of a method before `count`, as far as they are finished. */
export function trialsOf(finished: ReadonlyMap<string, Finished>, method: string, count: number): TrialResult[] {
  return Array.from({ length: count }, (_, number) => finished.get(trialName(method, number))).flatMap((done) =>
    done ? [done.result as TrialResult] : [],
  );
}

/** The number of the best trial; the first of equal ones, and 0 where all failed. */
export function bestTrial(trials: readonly Tried[]): number {
  const scores = trials.map(({ score }) => score ?? Number.NEGATIVE_INFINITY);
  return Math.max(0, scores.indexOf(Math.max(...scores)));
}

/**
 * The tasks of a plan, in an order that keeps all processes busy.
 *
 * @param trials of each method; undefined while their number is not known: then the first of each
 */
export function tasksOf(bench: Bench, trials: number | undefined): Task[] {
  const { plan, methods } = bench;
  const seeds = Array.from({ length: plan.seeds }, (_, seed) => seed);
  const numbers = Array.from({ length: trials ?? 1 }, (_, number) => number);
  const tuning = numbers.flatMap((number) => methods.map((method) => trialTask(plan, method, number)));
  if (trials === undefined) return tuning;
  return [
    ...tuning,
    ...seeds.flatMap((seed) => untrainedNames(bench).map((name) => untrainedTask(name, seed))),
    ...seeds.flatMap((seed) => methods.map((method) => finalTask(method, seed, trials))),
  ];
}

function trialTask(plan: Plan, method: Method, number: number): Task {
  const before = trialsBefore(number);
  return {
    name: trialName(method.name, number),
    isReady: (finished) => trialsOf(finished, method.name, before).length === before,
    async run(bench, finished): Promise<TrialResult> {
      const tried = trialsOf(finished, method.name, before);
      const random = new Random(plan.seed).fork(`search/${method.name}`);
      const settings = propose(method.search, method.initial, tried, number, plan.search, random);
      return tryOut<TrialResult>(
        async () => {
          const folds = await trainFolds(bench, method, settings, "tuning", async () => undefined);
          const score = folds.bests.reduce((sum, value) => sum + value, 0) / folds.bests.length;
          return { settings, score, courses: folds.courses };
        },
        (failure) => ({ settings, score: null, courses: [], failure }),
      );
    },
  };
}

function finalTask(method: Method, seed: number, trials: number): Task {
  return {
    name: finalName(method.name, seed),
    isReady: (finished) => trialsOf(finished, method.name, trials).length === trials,
    async run(bench, finished): Promise<FinalResult> {
      const tried = trialsOf(finished, method.name, trials);
      const { settings } = tried[bestTrial(tried)]!;
      return tryOut<FinalResult>(
        async () => {
          const score = (runs: readonly Run[]) => testModels(runs, bench.division);
          const { courses, result } = await trainFolds(bench, method, settings, `seed/${seed}`, score);
          return { courses, scores: result };
        },
        (failure) => ({ courses: [], scores: null, failure }),
      );
    },
  };
}

function untrainedTask(name: string, seed: number): Task {
  return {
    name: finalName(name, seed),
    isReady: () => true,
    async run(bench): Promise<FinalResult> {
      const [method] = bench.methods as [Method];
      const still = { ...method, settings: { ...method.settings, steps: 0 } };
      const score = (runs: readonly Run[]) => {
        if (name === UNTRAINED.inputs) return testInputs(runs[0]!, bench.division);
        return (name === UNTRAINED.components ? testComponents : testModels)(runs, bench.division);
      };
      const { result } = await trainFolds(bench, still, {}, `seed/${seed}`, score);
      return { courses: [], scores: result };
    },
  };
}

/** A training that goes wrong as trainings do is a result; anything else is thrown. */
async function tryOut<R>(work: () => Promise<R>, failed: (failure: string) => R): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SimileError)) throw error;
    return failed(error.message);
  }
}

/** Trains on every fold; `score` sees the models of all of them, each at its best on its own validation classes. */
async function trainFolds<R>(
  { plan, division, picturesOf }: Bench,
  method: Method,
  settings: Settings,
  stream: string,
  score: (runs: readonly Run[]) => Promise<R>,
): Promise<{ courses: Course[]; bests: number[]; result: R }> {
  const runs: Run[] = [];
  const courses: Course[] = [];
  const bests: number[] = [];
  try {
    for (let fold = 0; fold < plan.folds; fold++) {
      // The same for all methods: they meet the same first parameters and the same draws.
      const seed = new Random(plan.seed).fork(`${stream}/fold/${fold}`).integer(2 ** 31);
      const config = configOf(plan, method, settings, seed);
      const { run, course, best } = await trainFold(config, division, fold, picturesOf(config));
      runs.push(run);
      courses.push(course);
      bests.push(best.value);
    }
    return { courses, bests, result: await score(runs) };
  } finally {
    for (const run of runs) await releaseRun(run);
  }
}
