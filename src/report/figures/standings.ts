import type { Measurement } from "../data.js";
import { interval, percent, points, pValue } from "../numbers.js";
import type { RankSummary, Standings } from "../standings.js";
import { figureColours } from "../theme.js";
import type { Figure } from "./figure.js";
import { type IntervalRow, intervalsFigure } from "./intervals.js";
import { legend } from "./legend.js";

/** Below this corrected p a difference is called clear. */
export const CLEAR = 0.05;

/** The first metric of every method with its interval. */
export function scoresFigure({ metrics, methods, baseline }: Standings): Figure {
  const [metric = ""] = metrics;
  const rows = methods.flatMap(({ name, scores }): IntervalRow[] =>
    scores[0] ? [{ name, ...scores[0], emphasis: name === baseline ? "reference" : "clear" }] : [],
  );
  const words = rows.map(({ name, ...score }) => `${name} ${percent(score.value)}${within(score)}`);
  return intervalsFigure({
    id: "standings",
    title: metric,
    axis: null,
    format: "~%",
    rows,
    legend: baselineLegend(baseline, "methods"),
    alternative: `Points with intervals, ${metric} by method, best first: ${words.join("; ")}.`,
  });
}

/** The paired difference of every method to the baseline in the first metric. */
export function differencesFigure({ metrics, methods, baseline = "the baseline" }: Standings): Figure {
  const [metric = ""] = metrics;
  const compared = methods.flatMap(({ name, differences }) =>
    differences?.[0] ? [{ name, difference: differences[0] }] : [],
  );
  const rows = compared.map(
    ({ name, difference }): IntervalRow => ({
      name,
      ...inPoints(difference),
      emphasis: (difference.adjustedPValue ?? 1) < CLEAR ? "clear" : "plain",
    }),
  );
  const words = compared.map(({ name, difference }) => {
    const p = difference.adjustedPValue;
    return `${name} ${points(difference.value)} points${p === undefined ? "" : `, p ${pValue(p)}`}`;
  });
  return intervalsFigure({
    id: "differences",
    title: `${metric}, difference to ${baseline}`,
    axis: "percentage points",
    format: "~g",
    reference: 0,
    rows,
    legend: legend("Differences, by colour", [
      { name: `clear after correction (p < ${CLEAR})`, colour: figureColours.accent, glyph: "●" },
      { name: "not told apart", colour: figureColours.baseline1, glyph: "●" },
    ]),
    alternative: `Points with intervals, difference in ${metric} to ${baseline}: ${words.join("; ")}.`,
  });
}

/** Rank of every method with the interval it moves in when the sample is drawn again. */
export function ranksFigure({ methods }: RankSummary, baseline: string | undefined): Figure {
  const rows = methods.map(
    ({ name, rank }): IntervalRow => ({ name, ...rank, emphasis: name === baseline ? "reference" : "clear" }),
  );
  const words = methods.map(
    ({ name, rank, first }) => `${name} rank ${rank.value.toFixed(1)}, first in ${percent(first)} of the draws`,
  );
  return intervalsFigure({
    id: "ranks",
    title: "Rank of each method",
    axis: "rank, 1 is best",
    format: "d",
    ticks: methods.map((_, at) => at + 1).filter((rank) => rank === 1 || rank % Math.ceil(methods.length / 8) === 0),
    rows,
    legend: baselineLegend(baseline, "methods"),
    alternative: `Points with intervals, rank by method: ${words.join("; ")}.`,
  });
}

function inPoints({ value, low, high }: Measurement): Measurement {
  return { value: 100 * value, ...(low !== undefined && high !== undefined && { low: 100 * low, high: 100 * high }) };
}

function within(measurement: Measurement): string {
  const range = interval(measurement);
  return range === "" ? "" : ` (${range})`;
}

function baselineLegend(baseline: string | undefined, others: string) {
  if (baseline === undefined) return undefined;
  return legend("Methods, by colour", [
    { name: others, colour: figureColours.accent, glyph: "●" },
    { name: `${baseline} (baseline)`, colour: figureColours.second, glyph: "●" },
  ]);
}
