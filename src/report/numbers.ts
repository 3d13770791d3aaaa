import type { Measurement } from "./data.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 12345 as `12,345`. */
export function count(value: number): string {
  return whole.format(value);
}

/** 12345 and "class" as `12,345 classes`; the plural is given, English has too many. */
export function counted(value: number, singular: string, plural: string): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** A share as a percentage with one decimal: .4731 as `47.3 %` (with a narrow no-break space), an unknown one as a dash. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined || !Number.isFinite(share) ? "–" : `${(100 * share).toFixed(1)}\u202F%`;
}

/** The ends of an interval as `46.1–48.5`, or nothing. */
export function interval({ low, high }: Measurement): string {
  if (low === undefined || high === undefined) return "";
  return `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}`;
}

/** A difference of shares in percentage points, signed: .0123 as `+1.23`. */
export function points(difference: number): string {
  return Number.isFinite(difference) ? `${difference < 0 ? "−" : "+"}${Math.abs(100 * difference).toFixed(2)}` : "–";
}

/** A probability of chance: three decimals, the smallest as `< 0.001`. */
export function pValue(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** A setting as short as three digits allow: `0.0001`, `256`, `0.358`. */
export function setting(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Three significant digits, which is what a distance is worth. */
export function significant(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const rounded = Number(value.toPrecision(3));
  const size = Math.abs(rounded);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return rounded.toExponential();
  return size >= 100 ? String(rounded) : value.toPrecision(3);
}
