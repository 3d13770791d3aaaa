import type { DataSummary } from "../data.js";
import { html, type Markup } from "../markup.js";
import { count, counted } from "../numbers.js";
import { folded, type Section, table } from "./section.js";

/** Above this many, a list is folded away. */
const SHORT = 8;

/** What the run was fed, what it could not read, and which classes training never saw. */
export function dataSection({ source, splits, skipped, classesNeverDrawn }: DataSummary): Section {
  const columns = [{ title: "Split" }, { title: "Classes", numeric: true }, { title: "Samples", numeric: true }];
  const body = html`${source ? html`<p class="note">Source: <bdi>${source}</bdi></p>` : null}
${table(
  "Classes and samples by split",
  columns,
  splits.map(({ name, classes, samples }) => [name, count(classes), count(samples)]),
)}
${skippedFiles(skipped)}
${neverDrawn(classesNeverDrawn)}`;
  return { id: "data", title: "Data", body };
}

function skippedFiles(skipped: DataSummary["skipped"]): Markup {
  if (skipped.length === 0) return html`<p>No file was skipped.</p>`;
  const files = table(
    "Skipped files",
    [{ title: "File" }, { title: "Reason" }],
    skipped.map(({ file, reason }) => [html`<bdi>${file}</bdi>`, reason]),
  );
  return maybeFolded(`${counted(skipped.length, "file was", "files were")} skipped`, files, skipped.length);
}

function neverDrawn(classes: readonly string[]): Markup | null {
  if (classes.length === 0) return null;
  const names = html`<ul class="names">${classes.map((name) => html`<li><bdi>${name}</bdi></li>`)}</ul>`;
  return maybeFolded(
    `${counted(classes.length, "training class was", "training classes were")} never drawn`,
    names,
    classes.length,
  );
}

function maybeFolded(summary: string, body: Markup, length: number): Markup {
  return length > SHORT ? folded(summary, body) : html`<p>${summary}:</p>${body}`;
}
