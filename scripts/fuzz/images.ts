import sharp from "sharp";
import { decodeImage } from "../../src/data/index.js";
import type { FuzzTarget } from "./target.js";

/** Pictures of every format that sets of images come in. */
export const images: FuzzTarget = {
  name: "images",
  async cases() {
    const pixels = Uint8Array.from({ length: 12 * 8 * 3 }, (_, i) => (i * 37) % 256);
    const picture = () => sharp(pixels, { raw: { width: 12, height: 8, channels: 3 } });
    const made = {
      jpeg: picture().jpeg(),
      progressive: picture().jpeg({ progressive: true }).withMetadata({ orientation: 6 }),
      png: picture().png(),
      palette: picture().png({ palette: true }),
      webp: picture().webp(),
      gif: picture().gif(),
      tiff: picture().tiff(),
      avif: picture().avif({ effort: 0 }),
    };
    return Promise.all(
      Object.entries(made).map(async ([name, image]) => ({
        name,
        sound: new Uint8Array(await image.toBuffer()),
        read: (bytes: Uint8Array) => decodeImage({ kind: "encoded", bytes }, "fuzz", { maxPixels: 2 ** 20 }),
      })),
    );
  },
};
