/** How values between cells are made. */
export interface Interpolation {
  readonly mode: "nearest" | "linear" | "cubic";
  /** The cubic kernel's a; -0.75 as in PyTorch, -0.5 as in TensorFlow. */
  readonly cubic: number;
  /** Weights of cells outside the picture count as 0, and the others are scaled up. */
  readonly excludeOutside: boolean;
  /** Widen the kernel when the picture shrinks. */
  readonly antialias: boolean;
}

interface Axis {
  readonly size: number;
  readonly length: number;
  readonly scale: number;
}

/** Where cell `i` of the result lies in the original, by ONNX's rules for each transformation. */
export function coordinate(
  rule: string,
  i: number,
  { size, length, scale }: Axis,
  [start, end]: readonly [number, number],
): number {
  switch (rule) {
    case "asymmetric":
      return i / scale;
    case "align_corners":
      return length === 1 ? 0 : (i * (size - 1)) / (length - 1);
    case "pytorch_half_pixel":
      return length > 1 ? (i + 0.5) / scale - 0.5 : 0;
    case "tf_half_pixel_for_nn":
      return (i + 0.5) / scale;
    case "half_pixel_symmetric": {
      const adjustment = length / (scale * size);
      return (size / 2) * (1 - adjustment) + (i + 0.5) / scale - 0.5;
    }
    case "tf_crop_and_resize":
      return length > 1
        ? start * (size - 1) + (i * (end - start) * (size - 1)) / (length - 1)
        : 0.5 * (start + end) * (size - 1);
    default:
      return (i + 0.5) / scale - 0.5;
  }
}

/** The cell nearest to a place, halves as the rule says. */
export function nearestIndex(rule: string, place: number, size: number): number {
  const half = place - Math.floor(place) === 0.5;
  const nearest =
    rule === "floor" || (rule === "round_prefer_floor" && half)
      ? Math.floor(place)
      : rule === "ceil"
        ? Math.ceil(place)
        : Math.floor(place + 0.5);
  return Math.min(Math.max(nearest, 0), size - 1);
}

function kernel({ mode, cubic: a }: Interpolation, distance: number): number {
  const x = Math.abs(distance);
  if (mode === "linear") return Math.max(0, 1 - x);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

/** The weight of each cell in the value at a place. */
export function weightsAt(how: Interpolation, place: number, size: number, scale: number): number[] {
  const widening = how.antialias && scale < 1 ? 1 / scale : 1;
  const reach = (how.mode === "linear" ? 1 : 2) * widening;
  const row = Array.from({ length: size }, () => 0);
  let total = 0;
  for (let cell = Math.ceil(place - reach); cell <= Math.floor(place + reach); cell++) {
    const weight = kernel(how, (cell - place) / widening);
    const isOutside = cell < 0 || cell >= size;
    if (isOutside && how.excludeOutside) continue;
    total += weight;
    row[Math.min(Math.max(cell, 0), size - 1)]! += weight;
  }
  return total === 0 ? row : row.map((weight) => weight / total);
}
