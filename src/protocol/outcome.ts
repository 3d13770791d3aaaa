import { stringify } from "yaml";
import type { LearningCurves, SearchedParameter, SearchSummary } from "../report/index.js";
import { METRICS } from "./final.js";
import { OBJECTIVE } from "./fold.js";
import type { Method } from "./plan.js";
import type { BenchmarkOutcome } from "./report.js";
import type { Settings } from "./space.js";
import type { MethodScores } from "./standings.js";
import type { Finished } from "./store.js";
import {
  type Bench,
  bestTrial,
  type FinalResult,
  finalName,
  type TrialResult,
  trialName,
  UNTRAINED,
  untrainedNames,
} from "./tasks.js";

/** What is said of where and how a benchmark ran. */
export interface OutcomeContext {
  /** The command that makes it again. */
  readonly command: string;
  readonly createdAt: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Everything that a finished benchmark knows, from its journal. */
export function outcomeOf(
  bench: Bench,
  finished: ReadonlyMap<string, Finished>,
  context: OutcomeContext,
): BenchmarkOutcome {
  const { plan, methods, division } = bench;
  const trials = methods.map(({ name }) => allTrials(finished, name));
  const finals = (name: string) =>
    Array.from({ length: plan.seeds }, (_, seed) => finished.get(finalName(name, seed))!.result as FinalResult);
  const names = [...methods.map(({ name }) => name), ...untrainedNames(bench)];
  const scored = names.flatMap((name) => scoresOf(name, finals(name)));
  const weights = finals(UNTRAINED.inputs)[0]!.scores!.weights;
  const tried = trials[0]!.length;
  const classes = (items: Int32Array) => new Set(items.map((item) => division.labels[item]!)).size;
  const seconds = [...finished.values()].reduce((sum, done) => sum + done.seconds, 0);
  const trainval = division.folds.reduce((sum, { held }) => sum + classes(held), 0);
  const failures = [...finished].flatMap(([task, { result }]) => {
    const { failure } = result as { failure?: string };
    return failure !== undefined && task.startsWith("final/") ? [`${task.slice(6)}: ${failure}`] : [];
  });
  return {
    title: `${methods.length} methods on ${division.dataset.name}`,
    description: `${plan.folds} folds of classes, ${tried} trials a method, ${plan.seeds} reproductions${plan.backbone ? ", heads over frozen features" : ""}.`,
    createdAt: context.createdAt,
    scores: {
      metrics: METRICS,
      methods: scored,
      baseline: plan.baseline ?? methods[0]!.name,
      weights: Float64Array.from(weights),
    },
    measured: `${classes(division.test)} test classes (${division.test.length} items) that neither training nor tuning saw; embeddings of the ${plan.folds} folds' models joined, and of single models.`,
    searches: methods.map((method, i) => searchOf(method, trials[i]!)),
    learning: methods.map(({ name }): LearningCurves => {
      const courses = finals(name).flatMap((final) => final.courses);
      return { method: name, metric: `${OBJECTIVE} on validation classes`, courses };
    }),
    facts: [
      {
        title: "Plan",
        facts: {
          data: plan.data,
          ...(plan.backbone !== undefined && { backbone: `${plan.backbone}, frozen` }),
          classes: `${trainval} to train and validate on in ${plan.folds} folds, ${classes(division.test)} to test on`,
          trainings: `${methods.length * tried * plan.folds} for tuning, ${methods.length * plan.seeds * plan.folds} to reproduce`,
          search: `${plan.search}, ${tried} trials a method`,
          "processor time": `${(seconds / 60).toFixed(1)} minutes in all processes together`,
        },
      },
      { title: "Environment", facts: { command: context.command, ...context.environment } },
    ],
    ...(failures.length > 0 && {
      diagnoses: [{ severity: "problem" as const, message: `Failed when trained again: ${failures.join("; ")}` }],
    }),
    configuration: stringify(plan),
    seed: plan.seed,
  };
}

function allTrials(finished: ReadonlyMap<string, Finished>, method: string): TrialResult[] {
  const found: TrialResult[] = [];
  for (;;) {
    const done = finished.get(trialName(method, found.length));
    if (done === undefined) return found;
    found.push(done.result as TrialResult);
  }
}

/** By metric, seed and class; a method that failed with any seed has no scores. */
function scoresOf(name: string, finals: readonly FinalResult[]): MethodScores[] {
  const rows = finals.map(({ scores }) => scores?.scores);
  if (rows.some((row) => row === undefined)) return [];
  const byMetric = METRICS.map((metric) => [metric, rows.map((row) => Float64Array.from(row![metric]!))] as const);
  return [{ name, scores: Object.fromEntries(byMetric) }];
}

function searchOf({ name, search, initial }: Method, trials: readonly TrialResult[]): SearchSummary {
  const best = bestTrial(trials);
  return {
    method: name,
    objective: `${OBJECTIVE} on validation classes, mean of the folds`,
    parameters: Object.entries(search).map(([path, dimension]): SearchedParameter => {
      const at = { name: path, initial: shown(initial[path]!) };
      if ("choices" in dimension) return { ...at, choices: dimension.choices.map(String) };
      return { ...at, low: dimension.low, high: dimension.high, log: dimension.log };
    }),
    trials: trials.map(({ settings, score }, i) => ({ values: shownAll(settings), score, chosen: i === best })),
  };
}

function shown(value: Settings[string]): number | string {
  return typeof value === "boolean" ? String(value) : value;
}

function shownAll(settings: Settings): Record<string, number | string> {
  return Object.fromEntries(Object.entries(settings).map(([path, value]) => [path, shown(value)]));
}
