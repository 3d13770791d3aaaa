import type { TopLevelSpec } from "vega-lite";
import { html, type Insertable, jsonBlock, type Markup, printable, trusted } from "../markup.js";
import { figureColours, themed } from "../theme.js";

/** A figure: what is drawn, and what is said about it to those who see it and to those who do not. */
export interface Figure {
  /** Unique in the page; the specification is kept under this name. */
  readonly id: string;
  readonly title: string;
  /** Shown between title and picture. */
  readonly legend?: Markup | undefined;
  /** Vega-Lite, with its data inline. */
  readonly spec: TopLevelSpec;
  /** What the picture shows, for those who cannot see it: the finding, not the drawing. */
  readonly alternative: string;
  /** Shown below the picture. */
  readonly caption?: Insertable;
}

/** Draw a figure as inline SVG, with its specification beside it for reuse. */
export async function renderFigure({ id, title, legend, spec, alternative, caption }: Figure): Promise<Markup> {
  const svg = await toSvg(spec);
  return html`<figure id="${id}">
<h3>${title}</h3>
${legend && trusted(themed(legend.text))}
<div class="plot" role="img" aria-label="${alternative}">${trusted(themed(printable(svg)))}</div>
${caption ? html`<figcaption>${caption}</figcaption>` : null}
${jsonBlock(`${id}-specification`, spec)}
</figure>`;
}

/** A specification as an SVG document, drawn without a browser. */
export async function toSvg(spec: TopLevelSpec): Promise<string> {
  // Only now: they take longer to load than most commands to run.
  const [{ parse, View }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** What all figures share: quiet axes, the page's fonts, no per-mark descriptions (the figure has one as a whole). */
export const figureConfig = {
  aria: false,
  background: "transparent",
  font: "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  padding: 4,
  view: { stroke: null },
  axis: {
    labelColor: figureColours.muted,
    titleColor: figureColours.muted,
    titleFontWeight: "normal",
    titleFontSize: 12,
    labelFontSize: 12,
    gridColor: figureColours.grid,
    domainColor: figureColours.grid,
    tickColor: figureColours.grid,
    tickSize: 4,
    labelPadding: 4,
    titlePadding: 8,
  },
  legend: {
    labelColor: figureColours.ink,
    labelFontSize: 12,
    orient: "top",
    title: null,
    symbolStrokeWidth: 2.5,
    offset: 4,
  },
} as const satisfies TopLevelSpec["config"];

/** Version of Vega-Lite that every specification names. */
export const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";
