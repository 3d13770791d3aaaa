import type { Diagnosis, LearningCurves, SearchedParameter, SearchSummary, SearchTrial } from "../report/index.js";
import type { ScoreTable } from "./standings.js";

/** How near the end of its range a chosen value raises the question what lies beyond. */
const EDGE = 0.03;
/** A share of runs or of folds from which something is said. */
const MANY = 0.5;
const FEW_CLASSES = 10;

/** What a reader should know before trusting the standings of a benchmark. */
export function benchmarkDiagnoses(
  table: ScoreTable,
  searches: readonly SearchSummary[],
  learning: readonly LearningCurves[],
): Diagnosis[] {
  return [
    ...sampleDiagnoses(table),
    ...budgetDiagnoses(searches),
    ...edgeDiagnoses(searches),
    ...courseDiagnoses(learning),
  ];
}

function sampleDiagnoses({ metrics, methods }: ScoreTable): Diagnosis[] {
  const values = methods[0]?.scores[metrics[0] ?? ""] ?? [];
  const [seeds, classes] = [values.length, values[0]?.length ?? 0];
  const found: Diagnosis[] = [];
  if (seeds === 1) {
    const message = "One reproduction: intervals and p-values say nothing of how much another seed would change.";
    found.push({ severity: "warning", message, remedy: "Run three reproductions or more." });
  }
  if (classes < FEW_CLASSES) {
    const message = `${classes} test classes: intervals are wide and lean on normal deviations.`;
    found.push({ severity: "warning", message, remedy: "Use a data set with more classes." });
  }
  return found;
}

/** Equal tuning is the point of the protocol; failed trials are part of a method's budget. */
function budgetDiagnoses(searches: readonly SearchSummary[]): Diagnosis[] {
  const tuned = searches.filter(({ parameters }) => parameters.length > 0);
  const counts = tuned.map(({ trials }) => trials.length);
  const found: Diagnosis[] = [];
  if (new Set(counts).size > 1) {
    const fewest = tuned.filter(({ trials }) => trials.length === Math.min(...counts)).map(({ method }) => method);
    const message = `Methods were not tuned alike: ${Math.min(...counts)} to ${Math.max(...counts)} trials, fewest for ${list(fewest)}.`;
    found.push({ severity: "problem", message, remedy: "Run the benchmark again to finish the missing trials." });
  }
  const failed = searches.flatMap(({ method, trials }) => {
    const lost = trials.filter(({ score }) => score === null).length;
    return lost > 0 ? [`${method} (${lost} of ${trials.length})`] : [];
  });
  if (failed.length > 0) found.push({ severity: "note", message: `Trials that failed: ${list(failed)}.` });
  return found;
}

function edgeDiagnoses(searches: readonly SearchSummary[]): Diagnosis[] {
  const crowded = searches.flatMap(({ method, parameters, trials }) => {
    const chosen = trials.filter((trial) => trial.chosen === true);
    return parameters
      .filter((parameter) => {
        const atEdge = chosen.filter((trial) => isAtEdge(parameter, trial)).length;
        return atEdge > 0 && atEdge / chosen.length >= MANY;
      })
      .map(({ name }) => `${name} of ${method}`);
  });
  if (crowded.length === 0) return [];
  const message = `Settings chosen at the end of their range, so better ones may lie beyond: ${list(crowded)}.`;
  return [{ severity: "note", message, remedy: "Widen the search space." }];
}

function isAtEdge({ name, low, high, log = false }: SearchedParameter, { values }: SearchTrial): boolean {
  if (low === undefined || high === undefined || low === high) return false;
  const scale = log ? Math.log : (value: number) => value;
  const place = (scale(Number(values[name])) - scale(low)) / (scale(high) - scale(low));
  return place <= EDGE || place >= 1 - EDGE;
}

function courseDiagnoses(learning: readonly LearningCurves[]): Diagnosis[] {
  const rising = learning.filter(({ courses }) => {
    const cut = courses.filter(isBestAtItsEnd).length;
    return cut > 0 && cut / courses.length >= MANY;
  });
  if (rising.length === 0) return [];
  const message = `Still best at the last step, so more steps may change the order: ${list(rising.map(({ method }) => method))}.`;
  return [{ severity: "note", message, remedy: "Train for more steps." }];
}

function isBestAtItsEnd(course: LearningCurves["courses"][number]): boolean {
  const last = course.at(-1);
  return course.length > 1 && last !== undefined && course.slice(0, -1).every(({ value }) => value < last.value);
}

function list(names: readonly string[]): string {
  const SHOWN = 6;
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `${names.slice(0, SHOWN).join(", ")}${more}`;
}
