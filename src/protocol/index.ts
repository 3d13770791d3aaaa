export { benchmarkDiagnoses } from "./diagnoses.js";
export { standingsMarkdown } from "./markdown.js";
export {
  type BenchmarkOutcome,
  benchmarkReport,
  explainedStandings,
  reportFiles,
  writeBenchmarkReport,
} from "./report.js";
export { type MethodScores, type ScoreTable, standingsOf } from "./standings.js";
