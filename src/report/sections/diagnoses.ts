import type { Diagnosis } from "../data.js";
import { html, type Markup } from "../markup.js";

const NAMES: Readonly<Record<Diagnosis["severity"], string>> = { problem: "Problem", warning: "Warning", note: "Note" };
const ORDER: readonly Diagnosis["severity"][] = ["problem", "warning", "note"];

/** What the reader should know first, the gravest on top. It stands before every section and has no heading of its own. */
export function diagnosesBox(diagnoses: readonly Diagnosis[]): Markup {
  const sorted = [...diagnoses].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return html`<aside class="diagnoses" aria-label="Diagnoses">
${sorted.map(
  ({ severity, message, remedy }) => html`<div class="diagnosis severity-${severity}">
<p><strong>${NAMES[severity]}.</strong> ${message}</p>
${remedy ? html`<p class="remedy">${remedy}</p>` : null}
</div>
`,
)}</aside>`;
}
