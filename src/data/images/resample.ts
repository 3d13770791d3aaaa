import type { RgbImage } from "./decode.js";

/** A rectangle of an image in pixels, at any fraction of one. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Extents of an image in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** For each output position: the first source position, the number of them, and their weights. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly stride: number;
  /** Whole numbers; those of one position add up to 2^bits. */
  readonly weights: Int32Array;
}

/** Bits of a weight across: 255 x 2^22 is below 2^31. */
const ACROSS_BITS = 22;
/** Fraction bits of a sample between the two passes, which keeps it within 15 bits. */
const BETWEEN_BITS = 7;
/** Bits of a weight down: 255 x 2^7 x 2^16 is below 2^31. */
const DOWN_BITS = 16;

/**
 * Triangle filter, widened when shrinking: what torchvision and Pillow call bilinear with antialiasing. `limit` is
 * the length of the source; `start` and `length` the part of it to spread over `count` positions.
 */
function triangleTaps(start: number, length: number, count: number, limit: number, bits: number): Taps {
  const scale = length / count;
  const support = Math.max(1, scale);
  const stride = Math.ceil(2 * support) + 1;
  const [first, counts] = [new Int32Array(count), new Int32Array(count)];
  const weights = new Int32Array(count * stride);
  const shares = new Float64Array(stride);
  for (let i = 0; i < count; i++) {
    const centre = start + (i + 0.5) * scale;
    const from = Math.max(0, Math.min(limit - 1, Math.floor(centre - support + 0.5)));
    const end = Math.max(from + 1, Math.min(limit, Math.floor(centre + support + 0.5)));
    let sum = 0;
    for (let j = from; j < end; j++) {
      shares[j - from] = Math.max(0, 1 - Math.abs(j + 0.5 - centre) / support);
      sum += shares[j - from]!;
    }
    // The running sum is what gets rounded, so that all weights together are exactly one.
    let [running, rounded] = [0, 0];
    for (let j = 0; j < end - from; j++) {
      running += shares[j]! / sum;
      const upTo = Math.round(running * 2 ** bits);
      weights[i * stride + j] = upTo - rounded;
      rounded = upTo;
    }
    first[i] = from;
    counts[i] = end - from;
  }
  return { first, count: counts, stride, weights };
}

/**
 * Scales the part `box` of `image` to `size` and writes it into `target` [height, width, 3], mirrored left to right
 * when `flip` is set. Several times faster than a sharp pipeline for the small images networks see, cuts at fractions of
 * a pixel, and gives the same bits on every machine: whole numbers only, rounded once at the end (between the passes
 * samples keep seven bits more).
 */
export function resample(image: RgbImage, box: Box, size: Size, target: Uint8Array, flip = false): void {
  const across = triangleTaps(box.left, box.width, size.width, image.width, ACROSS_BITS);
  const down = triangleTaps(box.top, box.height, size.height, image.height, DOWN_BITS);
  const top = down.first[0]!;
  const bottom = down.first[size.height - 1]! + down.count[size.height - 1]!;
  const rows = resampleRows(image, across, top, bottom, size.width, flip);
  resampleColumns(rows, down, size.width * 3, size.height, target);
}

/** Scales rows `top` to `bottom` of `image` in width only; samples are x 2^7. */
function resampleRows(
  { pixels, width: imageWidth }: RgbImage,
  { first, count, stride, weights }: Taps,
  top: number,
  bottom: number,
  width: number,
  flip: boolean,
): Uint16Array {
  const rows = new Uint16Array((bottom - top) * width * 3);
  const shift = ACROSS_BITS - BETWEEN_BITS;
  const half = 1 << (shift - 1);
  for (let y = top; y < bottom; y++) {
    const row = y * imageWidth;
    let to = ((y - top) * width + (flip ? width - 1 : 0)) * 3;
    for (let x = 0; x < width; x++) {
      let [red, green, blue] = [half, half, half];
      let from = ((row + first[x]!) * 3) | 0;
      const end = (x * stride + count[x]!) | 0;
      for (let k = (x * stride) | 0; k < end; k++, from += 3) {
        const weight = weights[k]!;
        red = (red + Math.imul(weight, pixels[from]!)) | 0;
        green = (green + Math.imul(weight, pixels[from + 1]!)) | 0;
        blue = (blue + Math.imul(weight, pixels[from + 2]!)) | 0;
      }
      rows[to] = red >> shift;
      rows[to + 1] = green >> shift;
      rows[to + 2] = blue >> shift;
      to += flip ? -3 : 3;
    }
  }
  return rows;
}

/** Scales what {@link resampleRows} made in height, to whole samples. */
function resampleColumns(rows: Uint16Array, down: Taps, rowLength: number, height: number, target: Uint8Array): void {
  const shift = DOWN_BITS + BETWEEN_BITS;
  const half = 1 << (shift - 1);
  const sums = new Int32Array(rowLength);
  const top = down.first[0]!;
  for (let y = 0; y < height; y++) {
    const from = (down.first[y]! - top) * rowLength;
    const to = y * rowLength;
    const [a, b] = [down.weights[y * down.stride]!, down.weights[y * down.stride + 1]!];
    if (down.count[y]! <= 2) {
      // By far the most frequent when nothing shrinks; a single row finds a weight of 0 for the next.
      const next = down.count[y]! === 2 ? from + rowLength : from;
      for (let i = 0; i < rowLength; i++) {
        target[to + i] = (Math.imul(a, rows[from + i]!) + Math.imul(b, rows[next + i]!) + half) >>> shift;
      }
      continue;
    }
    sums.fill(half);
    for (let k = 0; k < down.count[y]!; k++)
      addRow(sums, down.weights[y * down.stride + k]!, rows, from + k * rowLength);
    for (let i = 0; i < rowLength; i++) target[to + i] = sums[i]! >>> shift;
  }
}

function addRow(sums: Int32Array, weight: number, rows: Uint16Array, from: number): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i]! + Math.imul(weight, rows[from + i]!)) | 0;
}

/** Turns `pixels` [height, width, 3] by `degrees` clockwise about the centre, in place; corners repeat the border. */
export function rotate(pixels: Uint8Array, { width, height }: Size, degrees: number): void {
  const source = pixels.slice();
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [centreX, centreY] = [(width - 1) / 2, (height - 1) / 2];
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const sourceX = clamp(centreX + cos * (x - centreX) + sin * (y - centreY), width - 1);
      const sourceY = clamp(centreY - sin * (x - centreX) + cos * (y - centreY), height - 1);
      const [left, top] = [Math.floor(sourceX), Math.floor(sourceY)];
      const [right, bottom] = [Math.min(left + 1, width - 1), Math.min(top + 1, height - 1)];
      const [u, v] = [sourceX - left, sourceY - top];
      for (let c = 0; c < 3; c++) {
        const upper = mix(source[(top * width + left) * 3 + c]!, source[(top * width + right) * 3 + c]!, u);
        const lower = mix(source[(bottom * width + left) * 3 + c]!, source[(bottom * width + right) * 3 + c]!, u);
        pixels[to + c] = mix(upper, lower, v) + 0.5;
      }
    }
  }
}

function clamp(value: number, limit: number): number {
  return Math.max(0, Math.min(limit, value));
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
