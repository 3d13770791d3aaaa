import type { TrainingCurves } from "../data.js";
import { count, significant } from "../numbers.js";
import { figureColours } from "../theme.js";
import type { Figure } from "./figure.js";
import { smoothed, thinned } from "./series.js";
import { stepsSpec } from "./steps.js";

/** More points than pixels are of no use. */
const MOST_POINTS = 400;

/** The loss of every step, faint, under its moving average. */
export function trainingLossFigure({ loss }: TrainingCurves): Figure {
  const finite = loss.flatMap(({ step, loss: value }) =>
    value !== null && Number.isFinite(value) ? [{ step, value }] : [],
  );
  const raw = thinned(finite, MOST_POINTS);
  const average = smoothed(raw, raw.length / 12);
  const lost = loss.length - finite.length;
  return {
    id: "training-loss",
    title: "Training loss",
    alternative: describeLoss(average, finite.length),
    caption: [
      raw.length < finite.length
        ? `Faint: means of ${Math.ceil(finite.length / raw.length)} neighbouring steps; line: moving average.`
        : "Faint: every recorded step; line: moving average.",
      lost > 0 ? ` ${count(lost)} steps with a loss that was not finite are not shown.` : "",
    ],
    spec: stepsSpec({
      title: "loss",
      layers: (y) => [
        {
          data: { values: [...raw] },
          mark: { type: "line", color: figureColours.faint, strokeWidth: 1 },
          encoding: { y },
        },
        {
          data: { values: [...average] },
          mark: { type: "line", color: figureColours.accent, strokeWidth: 2.2 },
          encoding: { y },
        },
      ],
    }),
  };
}

function describeLoss(average: readonly { readonly step: number; readonly value: number }[], steps: number): string {
  const first = average[0];
  const last = average.at(-1);
  if (!first || !last) return "Line chart of the training loss, without any finite value.";
  return (
    `Line chart of the training loss at ${count(steps)} recorded steps: ` +
    `smoothed it goes from ${significant(first.value)} at step ${count(first.step)} to ${significant(last.value)} at step ${count(last.step)}.`
  );
}
