import type { NeighbourRow, NeighbourSheet } from "../data.js";
import { html, type Markup } from "../markup.js";
import { significant } from "../numbers.js";
import { thumbnail } from "../thumbnail.js";
import type { Section } from "./section.js";

/** Queries with what they found, right and wrong marked by frame, sign and text. */
export function neighboursSection(sheets: readonly NeighbourSheet[]): Section {
  return {
    id: "neighbours",
    title: "Nearest neighbours",
    body: html`<p class="note">Each row is a query and its nearest neighbours, nearest first, with the distance below.
<span class="key right">✓ same class</span> <span class="key wrong">✗ another class</span></p>
${sheets.map(sheet)}`,
  };
}

function sheet({ title, description, rows }: NeighbourSheet): Markup {
  return html`<div class="sheet">
<h3>${title}</h3>
${description ? html`<p class="note">${description}</p>` : null}
${rows.map(sheetRow)}
</div>
`;
}

function sheetRow({ query, neighbours, relevant }: NeighbourRow): Markup {
  const found = neighbours.filter(({ right }) => right).length;
  return html`<div class="row">
<div class="query" title="${query.name ?? query.label}">
${thumbnail(query.image, `query: ${query.label}`)}
<div class="about">
<p class="label">${query.label}</p>
<p class="tally">${tally(found, relevant, neighbours.length)}</p>
</div>
</div>
<ol class="found">
${neighbours.map(neighbour)}</ol>
</div>
`;
}

function tally(found: number, relevant: number | undefined, shown: number): string {
  if (relevant === undefined) return `${found} of ${shown} right`;
  return `${found} of ${relevant} found`;
}

function neighbour({ label, name, image, distance, right }: NeighbourRow["neighbours"][number], at: number): Markup {
  const judgement = right ? "right" : "wrong";
  return html`<li class="${judgement}" title="${name ?? label}">
<span class="frame">${thumbnail(image, `neighbour ${at + 1}, ${judgement}: ${label}`)}<span class="mark" aria-hidden="true">${right ? "✓" : "✗"}</span></span>
<span class="label">${label}</span>
<span class="distance">${significant(distance)}</span>
</li>
`;
}
