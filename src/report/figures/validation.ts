import type { TrainingCurves } from "../data.js";
import { count, percent } from "../numbers.js";
import { figureColours } from "../theme.js";
import type { Figure } from "./figure.js";
import { key, legend } from "./legend.js";
import { stepsSpec } from "./steps.js";

const COLOURS = [figureColours.accent, figureColours.second, figureColours.third, figureColours.fourth];

/** Metrics on the validation classes over the steps, with a rule at the step whose parameters were kept. */
export function validationFigure({ validation, bestStep }: TrainingCurves): Figure {
  const names = [...new Set(validation.flatMap(({ metrics }) => Object.keys(metrics)))];
  const colours = names.map((_, at) => COLOURS[at % COLOURS.length]!);
  const values = validation.flatMap(({ step, metrics }) =>
    Object.entries(metrics)
      .filter(([, value]) => Number.isFinite(value))
      .map(([metric, value]) => ({ step, series: key(names.indexOf(metric)), metric, value })),
  );
  const kept =
    bestStep === undefined ? null : `The dashed rule marks step ${count(bestStep)}, whose parameters were kept.`;
  return {
    id: "validation",
    title: "Validation classes",
    legend: legend(
      "Metrics, by colour",
      names.map((name, at) => ({ name, colour: colours[at]!, glyph: "●" })),
    ),
    alternative: describeValidation(values, names, kept),
    caption: kept,
    spec: stepsSpec({
      title: null,
      format: "~%",
      layers: (y) => [
        {
          data: { values: bestStep === undefined ? [] : [{ step: bestStep }] },
          mark: { type: "rule", color: figureColours.muted, strokeDash: [4, 4], strokeWidth: 1.2 },
        },
        {
          data: { values },
          mark: { type: "line", strokeWidth: 2.2, point: { size: 26, filled: true } },
          encoding: {
            y,
            color: {
              field: "series",
              type: "nominal",
              scale: { domain: names.map((_, at) => key(at)), range: colours },
              legend: null,
            },
          },
        },
      ],
    }),
  };
}

function describeValidation(
  values: readonly { readonly metric: string; readonly value: number }[],
  names: readonly string[],
  kept: string | null,
): string {
  const courses = names.map((name) => {
    const course = values.filter(({ metric }) => metric === name);
    return `${name} goes from ${percent(course[0]?.value)} to ${percent(course.at(-1)?.value)}`;
  });
  return `Line chart of metrics on the validation classes: ${courses.join("; ")}.${kept ? ` ${kept}` : ""}`;
}
