import type { TopLevelSpec } from "vega-lite";
import { figureConfig, SCHEMA } from "./figure.js";

type Layers = Extract<TopLevelSpec, { layer: unknown }>["layer"];

/** What curves over training steps share. */
export interface StepsFrame {
  readonly width?: number;
  readonly height?: number;
  /** Of the axis of values. */
  readonly title: string | null;
  readonly format?: string;
  /** Ends of the axis of values, if not those of the data. */
  readonly domain?: readonly [number, number];
  /** Layers of points {step, value}; those that take the encoding `y` they are given stand on the axis of values. */
  readonly layers: (y: object) => object[];
}

/** Curves over training steps. */
export function stepsSpec({ width = 340, height = 200, title, format, domain, layers }: StepsFrame): TopLevelSpec {
  const axis = { tickCount: 5, ...(format !== undefined && { format }) };
  return {
    $schema: SCHEMA,
    width,
    height,
    config: figureConfig,
    encoding: {
      x: {
        field: "step",
        type: "quantitative",
        title: "step",
        scale: { nice: false },
        axis: { grid: false, format: ",d", tickCount: 5 },
      },
    },
    layer: layers({
      field: "value",
      type: "quantitative",
      title,
      scale: { zero: false, ...(domain && { domain: [...domain] }) },
      axis,
    }) as Layers,
  };
}
