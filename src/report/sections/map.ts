import type { EmbeddingMap } from "../data.js";
import { embeddingMapFigure } from "../figures/embedding-map.js";
import { renderFigure } from "../figures/figure.js";
import { html } from "../markup.js";
import type { Section } from "./section.js";

/** The embedding seen in two dimensions. */
export async function mapSection(map: EmbeddingMap): Promise<Section> {
  return {
    id: "map",
    title: "Map",
    body: html`<div class="card">${await renderFigure(embeddingMapFigure(map))}</div>`,
  };
}
