import type { TrainingCurves } from "../data.js";
import { renderFigure } from "../figures/figure.js";
import { trainingLossFigure } from "../figures/training-loss.js";
import { validationFigure } from "../figures/validation.js";
import { html } from "../markup.js";
import type { Section } from "./section.js";

/** Loss and validation metrics over the steps, side by side. A curve without points is left out. */
export async function trainingSection(curves: TrainingCurves): Promise<Section> {
  const figures = [
    ...(curves.loss.length > 0 ? [trainingLossFigure(curves)] : []),
    ...(curves.validation.length > 0 ? [validationFigure(curves)] : []),
  ];
  return {
    id: "training",
    title: "Training",
    body: html`<div class="pair">
${await Promise.all(figures.map(renderFigure))}
</div>`,
  };
}
