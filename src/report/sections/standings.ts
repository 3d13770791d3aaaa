import type { Measurement } from "../data.js";
import { renderFigure } from "../figures/figure.js";
import { CLEAR, differencesFigure, ranksFigure, scoresFigure } from "../figures/standings.js";
import { html, type Insertable, type Markup } from "../markup.js";
import { interval, percent, points, pValue } from "../numbers.js";
import type { MeasuredDifference, RankSummary, StandingMethod, Standings } from "../standings.js";
import { folded, type Section, table } from "./section.js";

const DASH = "–";

/** The table of all methods and metrics, and the pictures of the first metric. */
export async function standingsSection(standings: Standings): Promise<Section> {
  const { metrics, methods, note, baseline } = standings;
  const columns = [{ title: "Method" }, ...metrics.map((title) => ({ title, numeric: true }))];
  const best = metrics.map((_, at) => Math.max(...methods.map(({ scores }) => scores[at]?.value ?? -1)));
  const rows = methods.map(({ name, scores }) => [
    name === baseline ? html`${name} <span class="tag">baseline</span>` : name,
    ...metrics.map((_, at) => scoreCell(scores[at], best[at]!)),
  ]);
  const compared = methods.some(({ differences }) => differences?.[0]);
  const figures = [scoresFigure(standings), ...(compared ? [differencesFigure(standings)] : [])];
  const body = html`${note ? html`<p class="note">${note}</p>` : null}
<div class="wide">
${table("Scores by method and metric", columns, rows)}
</div>
<div class="pair">
${await Promise.all(figures.map(renderFigure))}
</div>`;
  return { id: "standings-section", title: "Results", body };
}

/** Every method against the baseline, metric by metric. */
export function differencesSection({ metrics, methods, baseline, differencesNote }: Standings): Section {
  const compared = methods.filter(({ differences }) => differences !== undefined);
  const [first = "", ...others] = metrics;
  const body = html`${differencesNote ? html`<p class="note">${differencesNote}</p>` : null}
<h3>${first}</h3>
<div class="wide">
${differenceTable(compared, first, 0)}
</div>
${others.map((metric, at) => folded(metric, html`<div class="wide">${differenceTable(compared, metric, at + 1)}</div>`))}`;
  return { id: "differences-section", title: `Differences to ${baseline ?? "the baseline"}`, body };
}

/** The order of the methods, and how far it can be trusted, as a picture and as numbers. */
export async function ranksSection(ranks: RankSummary, baseline: string | undefined): Promise<Section> {
  const columns = [
    { title: "Method" },
    { title: "rank", numeric: true },
    { title: "from–to", numeric: true },
    { title: "came first", numeric: true },
  ];
  const rows = ranks.methods.map(({ name, rank, first }) => [
    name,
    String(rank.value),
    rank.low === undefined || rank.high === undefined ? "–" : `${rank.low}–${rank.high}`,
    percent(first),
  ]);
  const { note, alike } = ranks;
  const test = alike === undefined ? null : `Friedman's test that all methods are alike: p ${pValue(alike)}.`;
  const body = html`${note || test ? html`<p class="note">${note} ${test}</p>` : null}
<div class="pair">
${await renderFigure(ranksFigure(ranks, baseline))}
<div class="beside">
<h3>The same as numbers</h3>
${table("Ranks by method", columns, rows)}
</div>
</div>`;
  return { id: "ranks-section", title: "Ranks", body };
}

function scoreCell(score: Measurement | null | undefined, best: number): Markup {
  const range = score ? interval(score) : "";
  const value = percent(score?.value);
  return html`${score && score.value === best ? html`<strong>${value}</strong>` : value}${range ? html`<span class="range">${range}</span>` : null}`;
}

function differenceTable(methods: readonly StandingMethod[], metric: string, at: number): Markup {
  const titles = ["points", "95 % interval", "p", "p corrected", "effect"];
  const columns = [{ title: "Method" }, ...titles.map((title) => ({ title, numeric: true }))];
  const rows = methods.map(({ name, differences }) => [name, ...differenceCells(differences?.[at])]);
  return table(`Paired differences in ${metric}`, columns, rows);
}

function differenceCells(difference: MeasuredDifference | null | undefined): Insertable[] {
  if (!difference) return Array<string>(5).fill(DASH);
  const { value, low, high, pValue: p, adjustedPValue, effect } = difference;
  const shown = points(value);
  const clear = adjustedPValue !== undefined && adjustedPValue < CLEAR;
  return [
    clear ? html`<strong>${shown}</strong>` : shown,
    low === undefined || high === undefined ? DASH : `${points(low)} to ${points(high)}`,
    p === undefined ? DASH : pValue(p),
    adjustedPValue === undefined ? DASH : pValue(adjustedPValue),
    effect === undefined ? DASH : effect.toFixed(2).replace("-", "−"),
  ];
}
