import { renderFigure } from "../figures/figure.js";
import { legend } from "../figures/legend.js";
import { parallelFigure } from "../figures/parallel.js";
import { html, type Markup, trusted } from "../markup.js";
import { setting } from "../numbers.js";
import type { SearchedParameter, SearchSummary } from "../standings.js";
import { figureColours, themed } from "../theme.js";
import { type Section, table } from "./section.js";

/** What every method was tuned over and what was chosen, as a table and as a picture of its trials. */
export async function tuningSection(searches: readonly SearchSummary[]): Promise<Section> {
  const columns = [
    { title: "Method" },
    { title: "Trials", numeric: true },
    { title: "Tuned over" },
    { title: "Chosen" },
  ];
  const rows = searches.map(({ method, trials, parameters, ...search }) => [
    method,
    String(trials.length),
    lines(parameters.map(range)),
    lines(parameters.map((parameter) => chosen(parameter, { method, trials, parameters, ...search }))),
  ]);
  const drawn = searches.filter(({ parameters, trials }) => parameters.length > 0 && trials.length > 0);
  const colours = legend("Trials, by colour", [
    { name: "a trial, stronger the better", colour: figureColours.accent, glyph: "━" },
    { name: "chosen for the final runs", colour: figureColours.second, glyph: "━" },
  ]);
  const body = html`${table("What was tuned over what", columns, rows)}
${
  drawn.length > 0
    ? html`<p class="note">Each line is one trial: through its settings to ${drawn[0]!.objective}.</p>
${trusted(themed(colours.text))}`
    : null
}
<div class="grid">
${await Promise.all(drawn.map((search, at) => renderFigure(parallelFigure(search, `trials-${at}`))))}
</div>`;
  return { id: "tuning", title: "Tuning", body };
}

function lines(list: readonly string[]): Markup {
  if (list.length === 0) return html`nothing`;
  return html`<ul class="plain">${list.map((each) => html`<li>${each}</li>`)}</ul>`;
}

function range({ name, low, high, log, choices }: SearchedParameter): string {
  if (choices) return `${name}: ${choices.join(", ")}`;
  return `${name}: ${setting(low ?? 0)} to ${setting(high ?? 1)}${log ? " (log)" : ""}`;
}

/** The settings taken, one a fold, without repeats. */
function chosen({ name }: SearchedParameter, { trials }: SearchSummary): string {
  const taken = trials.filter(({ chosen: is }) => is).map(({ values }) => values[name]);
  const texts = taken.map((value) => (typeof value === "number" ? setting(value) : (value ?? "–")));
  return `${name}: ${[...new Set(texts)].join(", ") || "–"}`;
}
