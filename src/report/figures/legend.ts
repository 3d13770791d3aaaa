import { html, type Markup } from "../markup.js";

/** One entry: what a colour and a sign stand for. */
export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  /** The sign as a character. */
  readonly glyph: string;
}

/** A legend in HTML: it stays readable where the picture is small, and its names never pass through the drawing program. */
export function legend(title: string, entries: readonly LegendEntry[]): Markup {
  const items = entries.map(
    ({ name, colour, glyph }) =>
      html`<li><span class="glyph" style="color:${colour}" aria-hidden="true">${glyph}</span> ${name}</li>`,
  );
  return html`<ul class="legend" aria-label="${title}">${items}</ul>`;
}

/**
 * What the n-th named thing is called inside a specification. Names themselves are unfit to be values of a scale: Vega looks them up
 * among the properties of objects, and a class may be called `constructor`.
 */
export function key(index: number): string {
  return `#${index}`;
}
