import type { TopLevelSpec } from "vega-lite";
import { figureColours } from "../theme.js";
import { type Figure, figureConfig, SCHEMA } from "./figure.js";
import { key } from "./legend.js";

/** One line of {@link intervalsFigure}. */
export interface IntervalRow {
  readonly name: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** How sure: `clear` stands out, `plain` does not, `reference` is what the others are held against. */
  readonly emphasis: "clear" | "plain" | "reference";
}

/** What {@link intervalsFigure} draws. */
export interface IntervalsFigure {
  readonly id: string;
  readonly title: string;
  /** Ours, never a name from the data: the drawing program looks titles up among the properties of objects. */
  readonly axis: string | null;
  /** Format of the axis, in d3's language. */
  readonly format: string;
  /** Where the axis is labelled, if not where it suits. */
  readonly ticks?: readonly number[];
  /** Upright rule, such as no difference. */
  readonly reference?: number;
  readonly rows: readonly IntervalRow[];
  readonly alternative: string;
  readonly caption?: Figure["caption"];
  readonly legend?: Figure["legend"];
}

const ROW = 22;
const NAME_SIZE = 12;
/** Longer names would leave no room for the picture on a phone. */
const LONGEST_NAME = 26;
/** Width of a letter in a wide font; the drawing program knows no fonts and would leave far too much room. */
const LETTER = 7;

const COLOURS = { clear: figureColours.accent, plain: figureColours.baseline1, reference: figureColours.second };

/** One line a row, top to bottom: name, point, and interval. */
export function intervalsFigure({
  id,
  title,
  axis,
  format,
  ticks,
  reference,
  rows,
  ...about
}: IntervalsFigure): Figure {
  const finite = rows.filter(({ value }) => Number.isFinite(value));
  const keys = finite.map((_, at) => key(at));
  const values = finite.map(({ name, value, low = value, high = value, emphasis }, at) => ({
    row: keys[at]!,
    name: shortened(name),
    value,
    low: Number.isFinite(low) ? low : value,
    high: Number.isFinite(high) ? high : value,
    emphasis,
  }));
  const kinds = Object.keys(COLOURS);
  const color = {
    field: "emphasis",
    type: "nominal",
    scale: { domain: kinds, range: Object.values(COLOURS) },
    legend: null,
  } as const;
  const x = { field: "value", type: "quantitative" } as const;
  return {
    id,
    title,
    ...about,
    spec: {
      $schema: SCHEMA,
      width: 200,
      height: Math.max(finite.length, 1) * ROW,
      autosize: "none",
      padding: {
        left: Math.ceil(14 + LETTER * Math.max(...values.map(({ name }) => name.length), 4)),
        right: 14,
        top: 4,
        bottom: axis === null ? 26 : 44,
      },
      config: figureConfig,
      data: { values },
      encoding: { y: { field: "row", type: "nominal", sort: keys, axis: null, scale: { domain: keys } } },
      layer: [
        ...(reference === undefined ? [] : [referenceRule(reference)]),
        {
          mark: { type: "rule", strokeWidth: 2.4, opacity: 0.75 },
          encoding: {
            x: {
              field: "low",
              type: "quantitative",
              title: axis,
              scale: { zero: false, padding: 8 },
              axis: { format, labelOverlap: true, ...(ticks ? { values: ticks } : { tickCount: 5 }) },
            },
            x2: { field: "high" },
            color,
          },
        },
        { mark: { type: "point", filled: true, size: 62, opacity: 1 }, encoding: { x, color } },
        {
          mark: { type: "text", align: "right", fontSize: NAME_SIZE, color: figureColours.ink },
          encoding: { x: { value: -10 }, text: { field: "name", type: "nominal" } },
        },
      ],
    } as TopLevelSpec,
  };
}

function referenceRule(at: number) {
  return {
    data: { values: [{ at }] },
    mark: { type: "rule", color: figureColours.muted, strokeDash: [4, 4], strokeWidth: 1.2 },
    encoding: { x: { field: "at", type: "quantitative" }, y: null },
  };
}

function shortened(name: string): string {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name;
}
