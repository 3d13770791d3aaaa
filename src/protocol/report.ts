import { join } from "node:path";
import { writeFileAtomic } from "../data/atomic.js";
import {
  type Diagnosis,
  type FactSheet,
  type LearningCurves,
  type ReportData,
  renderReport,
  type SearchSummary,
  type Standings,
} from "../report/index.js";
import { Random } from "../rng/index.js";
import { benchmarkDiagnoses } from "./diagnoses.js";
import { standingsMarkdown } from "./markdown.js";
import { type ScoreTable, standingsOf } from "./standings.js";

/** Everything that a finished benchmark knows, as plain JSON values. */
export interface BenchmarkOutcome
  extends Pick<ReportData, "title" | "description" | "createdAt" | "neighbourSheets" | "configuration" | "credits"> {
  readonly scores: ScoreTable;
  /** What the scores were measured on, put before the explanation of the intervals. */
  readonly measured: string;
  /** One a method. */
  readonly searches: readonly SearchSummary[];
  /** One a method. */
  readonly learning: readonly LearningCurves[];
  /** Plan, cost, environment. */
  readonly facts: readonly FactSheet[];
  /** Found while it ran; what follows from the numbers is added. */
  readonly diagnoses?: readonly Diagnosis[];
  /** Of the draws that the ranks come from; 0 by default. */
  readonly seed?: number;
}

/** Names of the files beside each other in a benchmark's folder. */
export const reportFiles = { page: "report.html", table: "report.md", numbers: "report.json" } as const;

/** The standings with the explanations that the page and the table carry. */
export function explainedStandings({ scores, measured, seed = 0 }: BenchmarkOutcome): Standings {
  const standings = standingsOf(scores, new Random(seed).fork("standings"));
  const { ranks, baseline = "", methods } = standings;
  const values = scores.methods[0]?.scores[scores.metrics[0] ?? ""] ?? [];
  const chance =
    values.length > 1 ? "other seeds and other classes of the same kind" : "other classes of the same kind";
  const others = methods.length - 1;
  const correction = others > 1 ? `, corrected by Holm over the ${others} methods compared` : "";
  return {
    ...standings,
    note: `${measured} 95 % intervals hold for ${chance}.`,
    differencesNote:
      `Method minus ${baseline}, seed by seed and class by class; more than 0 is better. p by Student's t over crossed seeds ` +
      `and classes${correction}; effect in standard deviations of the classes' differences.`,
    ...(ranks && {
      ranks: {
        ...ranks,
        note: `By ${scores.metrics[0]}. From–to: between which ranks a method moves in 95 % of 2,000 draws of seeds and classes.`,
      },
    }),
  };
}

/** The outcome as the page shows it. */
export function benchmarkReport(outcome: BenchmarkOutcome): ReportData {
  const { scores, searches, learning, diagnoses = [], measured: _, seed: __, ...shown } = outcome;
  return {
    ...shown,
    diagnoses: [...diagnoses, ...benchmarkDiagnoses(scores, searches, learning)],
    standings: explainedStandings(outcome),
    searches,
    learning,
  };
}

/** Writes `report.html`, `report.md` and `report.json` into a folder, each whole or not at all. */
export async function writeBenchmarkReport(folder: string, outcome: BenchmarkOutcome): Promise<void> {
  const report = benchmarkReport(outcome);
  const { title, standings } = report;
  const numbers = { ...report, scores: outcome.scores };
  await writeFileAtomic(join(folder, reportFiles.numbers), `${JSON.stringify(numbers, listed)}\n`);
  await writeFileAtomic(join(folder, reportFiles.table), `# ${title}\n\n${standingsMarkdown(standings!)}\n`);
  await writeFileAtomic(join(folder, reportFiles.page), await renderReport(report));
}

/** Typed arrays as lists. */
function listed(_: string, value: unknown): unknown {
  return value instanceof Float64Array || value instanceof Int32Array ? [...value] : value;
}
