import { renderFigure } from "../figures/figure.js";
import { learningFigure } from "../figures/learning.js";
import { html } from "../markup.js";
import type { LearningCurves } from "../standings.js";
import type { Section } from "./section.js";

/** How the final runs learned, one picture a method. */
export async function learningSection(curves: readonly LearningCurves[]): Promise<Section> {
  const domain = domainOf(curves);
  const body = html`<p class="note">${curves[0]!.metric} over the steps of the final runs. All pictures have the same scale of values.</p>
<div class="grid">
${await Promise.all(curves.map((each, at) => renderFigure(learningFigure(each, { id: `learning-${at}`, ...(domain && { domain }) }))))}
</div>`;
  return { id: "learning", title: "Learning curves", body };
}

/** From the least to the most of all values, so that methods can be compared across pictures. */
function domainOf(curves: readonly LearningCurves[]): [number, number] | undefined {
  const values = curves.flatMap(({ courses }) => courses.flatMap((course) => course.map(({ value }) => value)));
  const finite = values.filter(Number.isFinite);
  const ends = finite.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  return ends[0] < ends[1] ? ends : undefined;
}
