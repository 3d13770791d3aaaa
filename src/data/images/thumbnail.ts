import sharp from "sharp";
import type { RgbImage } from "./decode.js";

/** A picture as a WebP data URI of at most `side` pixels a side, to be embedded in pages. */
export async function thumbnailUri({ pixels, width, height }: RgbImage, side = 72): Promise<string> {
  const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .resize(side, side, { fit: "inside", withoutEnlargement: true })
    .webp({ quality: 80 })
    .toBuffer();
  return `data:image/webp;base64,${bytes.toString("base64")}`;
}
