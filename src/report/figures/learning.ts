import { counted, percent } from "../numbers.js";
import type { LearningCurves } from "../standings.js";
import { figureColours } from "../theme.js";
import type { Figure } from "./figure.js";
import { key } from "./legend.js";
import { thinned } from "./series.js";
import { stepsSpec } from "./steps.js";

const MOST_POINTS = 100;
/** With fewer, a line alone hardly shows where something was measured. */
const FEW_POINTS = 8;

/** Where a picture stands on the page. */
export interface LearningPlace {
  readonly id: string;
  /** Ends of the axis of values, shared by pictures that are compared. */
  readonly domain?: readonly [number, number];
}

/** The validation score of every final run of one method over its steps, one line a run. */
export function learningFigure({ method, metric, courses }: LearningCurves, place: LearningPlace): Figure {
  const values = courses.flatMap((course, at) =>
    thinned(
      course.filter(({ value }) => Number.isFinite(value)),
      MOST_POINTS,
    ).map((point) => ({ ...point, run: key(at) })),
  );
  const sparse = courses.every((course) => course.length <= FEW_POINTS);
  const bests = courses.map((course) => Math.max(...course.map(({ value }) => value)));
  const range = bests.length > 0 ? `best ${percent(Math.min(...bests))} to ${percent(Math.max(...bests))}` : "no run";
  const runs = counted(courses.length, "run", "runs");
  return {
    id: place.id,
    title: method,
    alternative: `Line chart of ${metric} over the steps in ${runs} of ${method}: ${range}.`,
    caption: `${runs}, ${range}`,
    spec: stepsSpec({
      width: 270,
      height: 130,
      title: null,
      format: "~%",
      ...(place.domain && { domain: place.domain }),
      layers: (y) => [
        {
          data: { values },
          mark: {
            type: "line",
            color: figureColours.accent,
            strokeWidth: 1.3,
            opacity: 0.55,
            ...(sparse && { point: { size: 12, filled: true, color: figureColours.accent } }),
          },
          encoding: { y, detail: { field: "run", type: "nominal" } },
        },
      ],
    }),
  };
}
