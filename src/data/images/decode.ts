import sharp from "sharp";
import { SimileError } from "../../errors/index.js";
import type { ImageContent, RawImage } from "../dataset.js";
import { decodeOrdinaryJpeg } from "./jpeg-decoder.js";
import { resample } from "./resample.js";

/** An upright picture as 8-bit sRGB samples [height, width, 3], row-major, with no transparency left. */
export interface RgbImage {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Options of {@link decodeImage}. */
export interface DecodeOptions {
  /** Largest number of pixels, checked before anything is decoded; default 2^26 (8192 x 8192). */
  readonly maxPixels?: number;
  /** Shrinks images the shorter side of which is longer than this (JPEG and WebP while decoding); default never. */
  readonly shorterSide?: number;
}

/** Default of `maxPixels`: above what cameras take, below what exhausts a machine when several decode at once. */
export const MAX_PIXELS = 2 ** 26;

/**
 * Decodes any image sharp reads: orientation from EXIF applied, transparency laid on white, grey, palette, CMYK and
 * 16-bit samples turned into 8-bit sRGB; the first frame of an animation. `where` names the image in errors:
 * `image-too-large` or `unreadable-image`, the latter also for images cut short.
 */
export async function decodeImage(
  content: ImageContent,
  where: string,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  const { maxPixels = MAX_PIXELS, shorterSide = Number.POSITIVE_INFINITY } = options;
  if (content.kind === "raw") return decodeRaw(content, where, maxPixels, shorterSide);
  if (content.bytes.length === 0) throw unreadable(where, "0 bytes");
  const jpeg = await decodeOrdinaryJpeg(content.bytes, maxPixels, shorterSide);
  if (jpeg) return jpeg;
  try {
    // `error` lets pass what decoders only warn of, such as stray bytes before a marker; cut files do not pass.
    const image = sharp(content.bytes, { limitInputPixels: maxPixels, failOn: "error" }).autoOrient();
    if (Number.isFinite(shorterSide)) {
      const side = Math.max(1, Math.round(shorterSide));
      image.resize(side, side, { fit: "outside", withoutEnlargement: true, kernel: "linear" });
    }
    const { data, info } = await image
      .flatten({ background: "#ffffff" })
      .toColourspace("srgb")
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw new Error(`${info.channels} channels`);
    return { pixels: data, width: info.width, height: info.height };
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (/pixel limit/.test(message)) throw tooLarge(where, maxPixels, "more", cause);
    throw unreadable(where, message.split("\n")[0] ?? "", cause);
  }
}

function decodeRaw(image: RawImage, where: string, maxPixels: number, shorterSide: number): RgbImage {
  const { width, height, channels, pixels } = image;
  if (width * height > maxPixels) throw tooLarge(where, maxPixels, `${width} x ${height}`);
  if (width < 1 || height < 1 || pixels.length !== width * height * channels) {
    throw unreadable(where, `${pixels.length} samples for ${width} x ${height} x ${channels}`);
  }
  const rgb = { pixels: channels === 3 ? pixels : toRgb(pixels, channels), width, height };
  const shrink = shorterSide / Math.min(width, height);
  if (shrink >= 1) return rgb;
  const size = { width: Math.round(width * shrink), height: Math.round(height * shrink) };
  const target = new Uint8Array(size.width * size.height * 3);
  resample(rgb, { left: 0, top: 0, width, height }, size, target);
  return { pixels: target, ...size };
}

/** Grey and transparent samples as RGB on white. */
function toRgb(samples: Uint8Array, channels: 1 | 2 | 4): Uint8Array {
  const count = samples.length / channels;
  const pixels = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) {
    const at = i * channels;
    const alpha = channels === 1 ? 255 : samples[at + channels - 1]!;
    for (let c = 0; c < 3; c++) {
      const value = samples[channels === 4 ? at + c : at]!;
      pixels[i * 3 + c] = Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return pixels;
}

function unreadable(where: string, received: string, cause?: unknown): SimileError {
  const remedy = "repair or remove the file";
  return new SimileError({ code: "unreadable-image", where, expected: "a whole image", received, remedy }, { cause });
}

function tooLarge(where: string, maxPixels: number, received: string, cause?: unknown): SimileError {
  const expected = `at most ${maxPixels} pixels`;
  const remedy = "shrink or remove the image, or raise maxPixels";
  return new SimileError({ code: "image-too-large", where, expected, received, remedy }, { cause });
}
