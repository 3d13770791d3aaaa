import type { ParameterSummary } from "../data.js";
import { html } from "../markup.js";
import { count } from "../numbers.js";
import { type Section, table } from "./section.js";

/** How many numbers the model consists of, group by group, and which of them were trained. */
export function parametersSection({ groups }: ParameterSummary): Section {
  const total = groups.reduce((sum, group) => sum + group.count, 0);
  const trained = groups.reduce((sum, group) => sum + (group.trained ? group.count : 0), 0);
  const columns = [
    { title: "Group" },
    { title: "Parameters", numeric: true },
    { title: "Trained" },
    { title: "Learning rate", numeric: true },
  ];
  const rows = groups.map(({ name, count: size, trained: learns, learningRateMultiplier = 1 }) => [
    name,
    count(size),
    learns ? "yes" : "no",
    learns ? `× ${learningRateMultiplier}` : "–",
  ]);
  return {
    id: "parameters",
    title: "Parameters",
    body: html`<p class="note">${count(total)} parameters, of which ${count(trained)} were trained.</p>
${table("Parameters by group", columns, rows)}`,
  };
}
