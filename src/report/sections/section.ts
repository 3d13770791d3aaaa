import { html, type Insertable, type Markup } from "../markup.js";

/** A part of the page with a heading, reachable from the table of contents. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/** A section as HTML. */
export function renderSection({ id, title, body }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
${body}
</section>
`;
}

/** A column of a table; numbers are aligned to the right. */
export interface Column {
  readonly title: string;
  readonly numeric?: boolean;
}

/** A table whose first cell of each row is the row's heading; it scrolls sideways by itself on a narrow screen. */
export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Insertable[])[]): Markup {
  const alignment = (at: number) => (columns[at]?.numeric ? "number" : "text");
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
<table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column, at) => html`<th scope="col" class="${alignment(at)}">${column.title}</th>`)}</tr></thead>
<tbody>
${rows.map(
  ([heading, ...cells]) =>
    html`<tr><th scope="row" class="${alignment(0)}">${heading}</th>${cells.map((cell, at) => html`<td class="${alignment(at + 1)}">${cell}</td>`)}</tr>
`,
)}</tbody>
</table>
</div>`;
}

/** Long lists open on demand. */
export function folded(summary: string, body: Markup): Markup {
  return html`<details><summary>${summary}</summary>
${body}
</details>`;
}
