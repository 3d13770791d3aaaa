import { SimileError } from "../errors/index.js";
import type { ReportData, Thumbnail } from "./data.js";
import { html, type Markup } from "./markup.js";

const EMBEDDED_IMAGE = /^data:image\/(?:png|jpeg|webp|gif|avif);base64,[A-Za-z0-9+/]+={0,2}$/;

/** An image, or its label where there is none: a report never fetches anything. */
export function thumbnail(image: Thumbnail | undefined, alternative: string): Markup {
  if (image === undefined)
    return html`<span class="thumbnail missing" role="img" aria-label="${alternative}">no image</span>`;
  return html`<img class="thumbnail" src="${image}" alt="${alternative}" loading="lazy" decoding="async" />`;
}

/** Throws `SimileError` (`report-image`) for the first image that is not a raster image inside the data themselves. */
export function checkThumbnails({ neighbourSheets = [], map }: ReportData): void {
  for (const { title, rows } of neighbourSheets) {
    for (const { query, neighbours } of rows) {
      for (const item of [query, ...neighbours]) checkThumbnail(item.image, `${title}: ${item.label}`);
    }
  }
  for (const { image, label } of map?.points ?? []) checkThumbnail(image, `map: ${label}`);
}

function checkThumbnail(image: Thumbnail | undefined, where: string): void {
  if (image === undefined || EMBEDDED_IMAGE.test(image)) return;
  throw new SimileError({
    code: "report-image",
    where,
    expected: "a data URI with a base64 png, jpeg, webp, gif or avif",
    received: image.slice(0, 40),
    remedy: "embed the image itself; a report loads nothing from elsewhere",
  });
}
