export {
  type BenchmarkCost,
  type BenchmarkProgress,
  benchmarkFiles,
  costOf,
  openFolder,
  prepareBench,
  type WorkOptions,
  work,
} from "./benchmark.js";
export { benchmarkDiagnoses } from "./diagnoses.js";
export { frozenFeatures, type OnProgress } from "./features.js";
export type { ClassScores } from "./final.js";
export { type Course, type Division, divide } from "./fold.js";
export { expectedImprovement, gaussianProcess, type Prediction } from "./gaussian-process.js";
export { openJournal } from "./journal.js";
export { standingsMarkdown } from "./markdown.js";
export { type OutcomeContext, outcomeOf } from "./outcome.js";
export { type Method, methodsOf, type Plan, type PlanOptions, parsePlan, planSchema } from "./plan.js";
export {
  type BenchmarkOutcome,
  benchmarkReport,
  explainedStandings,
  reportFiles,
  writeBenchmarkReport,
} from "./report.js";
export type { Settings, SettingValue } from "./space.js";
export { type MethodScores, type ScoreTable, standingsOf } from "./standings.js";
export type { Finished, TaskStore } from "./store.js";
export { type Bench, type FinalResult, type TrialResult, tasksOf } from "./tasks.js";
export { propose, ROUND, type SearchKind, type Tried } from "./tuner.js";
