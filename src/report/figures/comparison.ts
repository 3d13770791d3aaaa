import type { ComparedSystem, Comparison } from "../data.js";
import { percent } from "../numbers.js";
import { figureColours } from "../theme.js";
import { type Figure, figureConfig, SCHEMA } from "./figure.js";
import { key, legend } from "./legend.js";

const BASELINE_COLOURS = [figureColours.baseline1, figureColours.baseline2, figureColours.baseline3];
// Heights in pixels of one bar, of a metric's name above its bars, and of the gap below them.
const BAR_STEP = 18;
const HEADING = 22;
const GROUP_GAP = 8;
/** The longest bar leaves the rest of the width to its value. */
const LABEL_ROOM = 1.2;

/** One group of bars a metric, one bar a system, with intervals as thin lines and the value at the end. */
export function comparisonFigure({ metrics, systems }: Comparison): Figure {
  const values = metrics.flatMap((metric, m) =>
    systems.flatMap(({ name, measurements }, s) => {
      const measurement = measurements[m];
      if (!measurement || !Number.isFinite(measurement.value)) return [];
      const { value, low = value, high = value } = measurement;
      const bar = { value, low, high, end: Math.max(value, high), text: percent(value) };
      return [{ group: key(m), metric, row: key(s), system: name, ...bar }];
    }),
  );
  const rows = systems.map((_, at) => key(at));
  const groups = metrics.map((_, at) => key(at));
  const colours = coloursOf(systems);
  const row = { field: "row", type: "nominal", sort: rows } as const;
  const groupHeight = HEADING + BAR_STEP * systems.length + GROUP_GAP;
  const yOffset = { ...row, scale: { range: [HEADING, groupHeight - GROUP_GAP], paddingInner: 0.18 } };
  const ends = values.map(({ end }) => end);
  return {
    id: "comparison",
    title: "Trained model and baselines",
    legend: legend(
      "Systems, by colour",
      systems.map(({ name }, at) => ({ name, colour: colours[at]!, glyph: "■" })),
    ),
    alternative: describeComparison(values),
    spec: {
      $schema: SCHEMA,
      width: 360,
      height: metrics.length * groupHeight,
      config: figureConfig,
      data: { values },
      encoding: {
        // The value stands at the end of its bar: an axis would only repeat it.
        x: {
          field: "value",
          type: "quantitative",
          axis: null,
          scale: { domain: [0, Math.max(...ends, 0.01) * LABEL_ROOM] },
        },
        y: { field: "group", type: "nominal", sort: groups, axis: null, scale: { padding: 0 } },
      },
      layer: [
        {
          data: { values: metrics.map((metric, at) => ({ group: groups[at], metric, value: 0 })) },
          mark: {
            type: "text",
            align: "left",
            fontSize: 13,
            color: figureColours.ink,
            dy: HEADING / 2 - groupHeight / 2,
          },
          encoding: { text: { field: "metric", type: "nominal" } },
        },
        {
          mark: "bar",
          encoding: { yOffset, color: { ...row, scale: { domain: rows, range: colours }, legend: null } },
        },
        {
          transform: [{ filter: "datum.high > datum.low" }],
          mark: { type: "rule", color: figureColours.ink, strokeWidth: 1.2 },
          encoding: { yOffset, x: { field: "low", type: "quantitative" }, x2: { field: "high" } },
        },
        {
          mark: { type: "text", align: "left", dx: 5, fontSize: 12, color: figureColours.muted },
          encoding: { yOffset, x: { field: "end", type: "quantitative" }, text: { field: "text", type: "nominal" } },
        },
      ],
    },
  };
}

function coloursOf(systems: readonly ComparedSystem[]): string[] {
  let baselines = 0;
  return systems.map(({ role }) =>
    role === "trained" ? figureColours.accent : BASELINE_COLOURS[baselines++ % BASELINE_COLOURS.length]!,
  );
}

function describeComparison(
  values: readonly { readonly metric: string; readonly system: string; readonly text: string }[],
): string {
  return `Bar chart of metrics by system: ${values.map(({ metric, system, text }) => `${system}, ${metric} ${text}`).join("; ")}.`;
}
