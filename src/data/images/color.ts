/** Factors of one colour change; 1, 1, 1 and 0 change nothing. */
export interface ColorChange {
  /** Multiplies all samples. */
  readonly brightness: number;
  /** Multiplies the distance to the mean grey of the picture. */
  readonly contrast: number;
  /** Multiplies the distance of each pixel to its own grey. */
  readonly saturation: number;
  /** Turn of the hue, in full turns: 1/3 makes red green. */
  readonly hue: number;
}

/** Luma of ITU-R BT.601, as torchvision's and Pillow's grey. */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * Changes brightness, contrast, saturation and hue of RGB `pixels` in place, in this order. The hue turns about the
 * grey axis, a linear map (torchvision goes through HSV), so all four together are one 3 x 3 matrix and one offset:
 * a single pass, and samples are cut to 0..255 only once.
 */
export function changeColor(pixels: Uint8Array, change: ColorChange): void {
  const { brightness, contrast } = change;
  const gain = brightness * contrast;
  // Saturation and hue leave grey as it is, so the offset passes through them unchanged.
  const offset = contrast === 1 ? 0 : (1 - contrast) * brightness * meanLuma(pixels);
  const [rr, rg, rb, gr, gg, gb, br, bg, bb] = colorMatrix(change).map((value) => value * gain) as NineNumbers;
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = [pixels[i]!, pixels[i + 1]!, pixels[i + 2]!];
    pixels[i] = toSample(rr * r + rg * g + rb * b + offset);
    pixels[i + 1] = toSample(gr * r + gg * g + gb * b + offset);
    pixels[i + 2] = toSample(br * r + bg * g + bb * b + offset);
  }
}

type NineNumbers = [number, number, number, number, number, number, number, number, number];

function toSample(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5;
}

function meanLuma(pixels: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    sum += LUMA[0] * pixels[i]! + LUMA[1] * pixels[i + 1]! + LUMA[2] * pixels[i + 2]!;
  }
  return (sum * 3) / pixels.length;
}

/** Hue after saturation, row-major 3 x 3. */
function colorMatrix({ saturation, hue }: ColorChange): number[] {
  const [cos, sin] = [Math.cos(2 * Math.PI * hue), Math.sin(2 * Math.PI * hue)];
  const same = cos + (1 - cos) / 3;
  const next = (1 - cos) / 3 + sin / Math.sqrt(3);
  const last = (1 - cos) / 3 - sin / Math.sqrt(3);
  const turn = [same, last, next, next, same, last, last, next, same];
  const saturate = (row: number, column: number) =>
    (row === column ? saturation : 0) + (1 - saturation) * LUMA[column]!;
  return turn.map((_, i) => {
    const [row, column] = [Math.floor(i / 3), i % 3];
    return [0, 1, 2].reduce((sum, k) => sum + turn[row * 3 + k]! * saturate(k, column), 0);
  });
}
