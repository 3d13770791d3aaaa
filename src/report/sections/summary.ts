import type { ComparedSystem, Comparison, Measurement } from "../data.js";
import { comparisonFigure } from "../figures/comparison.js";
import { renderFigure } from "../figures/figure.js";
import { html, type Markup } from "../markup.js";
import { interval, percent } from "../numbers.js";
import { type Section, table } from "./section.js";

/** How many metrics are shown large. */
const TILES = 4;

/** Headline numbers of the trained model, the comparison as a picture, and all of it as a table. */
export async function summarySection(comparison: Comparison): Promise<Section> {
  const { metrics, systems, note } = comparison;
  const trained = systems.find(({ role }) => role === "trained");
  const tiles = trained ? metrics.slice(0, TILES).map((_, at) => tile(comparison, trained, at)) : [];
  const columns = [{ title: "System" }, ...metrics.map((title) => ({ title, numeric: true }))];
  const rows = systems.map(({ name, role, measurements }) => [
    role === "trained" ? html`<strong>${name}</strong>` : name,
    ...metrics.map((_, at) => cell(measurements[at])),
  ]);
  const body = html`${tiles.length > 0 ? html`<div class="tiles">${tiles}</div>` : null}
${note ? html`<p class="note">${note}</p>` : null}
<div class="pair">
${await renderFigure(comparisonFigure(comparison))}
<div class="beside">
<h3>The same as numbers</h3>
${table("Metrics by system", columns, rows)}
</div>
</div>`;
  return { id: "summary", title: "Result", body };
}

function tile({ metrics, systems }: Comparison, trained: ComparedSystem, at: number): Markup {
  const measured = trained.measurements[at];
  const range = measured ? interval(measured) : "";
  return html`<div class="tile">
<p class="metric">${metrics[at]}</p>
<p class="value">${percent(measured?.value)}</p>
${range ? html`<p class="range">${range}</p>` : null}
<ul class="against">${systems.filter(({ role }) => role === "baseline").map((system) => against(measured, system, at))}</ul>
</div>`;
}

function against(measured: Measurement | null | undefined, baseline: ComparedSystem, at: number): Markup {
  const other = baseline.measurements[at]?.value;
  const ratio = measured && other ? measured.value / other : Number.NaN;
  const times = Number.isFinite(ratio)
    ? html`<span class="times ${ratio >= 1 ? "up" : "down"}">${ratio.toFixed(1)}×</span>`
    : null;
  return html`<li><span>${baseline.name}</span><span>${percent(other)}</span>${times}</li>`;
}

function cell(measurement: Measurement | null | undefined): Markup {
  const range = measurement ? interval(measurement) : "";
  return html`${percent(measurement?.value)}${range ? html`<span class="range">${range}</span>` : null}`;
}
