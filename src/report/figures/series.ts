/** A value at a training step. */
export interface SeriesPoint {
  readonly step: number;
  readonly value: number;
}

/**
 * At most `most` points: neighbouring ones are averaged, so that a page does not carry a hundred thousand numbers that
 * no eye can tell apart. Short series are kept as they are.
 */
export function thinned(points: readonly SeriesPoint[], most: number): readonly SeriesPoint[] {
  if (points.length <= most) return points;
  return Array.from({ length: most }, (_, bucket) => {
    const from = Math.floor((bucket * points.length) / most);
    const members = points.slice(from, Math.floor(((bucket + 1) * points.length) / most));
    return { step: mean(members.map((point) => point.step)), value: mean(members.map((point) => point.value)) };
  });
}

/** Centred moving average over `width` points (rounded to odd), with what there is of the window at both ends. */
export function smoothed(points: readonly SeriesPoint[], width: number): readonly SeriesPoint[] {
  const reach = Math.floor(width / 2);
  return points.map(({ step }, at) => {
    const window = points.slice(Math.max(at - reach, 0), at + reach + 1);
    return { step, value: mean(window.map((point) => point.value)) };
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
