import { renderFigure } from "../figures/figure.js";
import { icicleFigure } from "../figures/icicle.js";
import { html } from "../markup.js";
import { count, percent, setting, significant } from "../numbers.js";
import { joinedScope, type ProfiledScope, type ProfileSummary, profiledParts, scopeTime } from "../profile.js";
import { folded, type Section, table } from "./section.js";

const SHOWN = 15;
const MOST_NODES = 200;

/** Where a step's time goes: as a picture, by part, by scope, by operator and by node. */
export async function profileSections(summary: ProfileSummary): Promise<Section[]> {
  return [await stepSection(summary), scopesSection(summary), operatorsSection(summary)];
}

const numeric = (title: string) => ({ title, numeric: true });

async function stepSection(summary: ProfileSummary): Promise<Section> {
  const { total, fastest, slowest, steps, warmup } = summary;
  const rows = profiledParts(summary).map(({ name, milliseconds }) => [
    name,
    significant(milliseconds),
    percent(milliseconds / total),
  ]);
  const spread = `${significant(total)} ms a step: the mean of ${count(steps)} (${significant(fastest)} to ${significant(slowest)} ms) after ${count(warmup)} to warm up.`;
  return {
    id: "step",
    title: "A step",
    body: html`<p>${spread}</p>
<div class="card">${await renderFigure(icicleFigure(summary))}</div>
<h3>Parts of the step</h3>
${table("Parts of a step", [{ title: "Part" }, numeric("ms"), numeric("Share")], rows)}`,
  };
}

/** Rows of scopes and of what is inside down to `depth`, those of little time left out. */
function scopeRows(scopes: readonly ProfiledScope[], total: number, depth: number, path = ""): string[][] {
  if (depth === 0) return [];
  return scopes
    .filter((scope) => scopeTime(scope) >= total / 1000)
    .map(joinedScope)
    .flatMap(({ name, forward, backward, inside }) => [
      [
        `${path}${name}`,
        significant(forward),
        significant(backward),
        significant(forward + backward),
        percent((forward + backward) / total),
      ],
      ...scopeRows(inside, total, depth - 1, `${path}${name}/`),
    ]);
}

function scopesSection({ scopes, total }: ProfileSummary): Section {
  const columns = [
    { title: "Scope" },
    numeric("Forward, ms"),
    numeric("Backward, ms"),
    numeric("Both, ms"),
    numeric("Share"),
  ];
  return {
    id: "scopes",
    title: "Scopes",
    body: html`${table("Time by scope", columns, scopeRows(scopes, total, 2))}
${folded("All scopes of a thousandth of the step or more", table("Time by scope, at all levels", columns, scopeRows(scopes, total, Number.POSITIVE_INFINITY)))}`,
  };
}

function operatorsSection({ operators, nodes, total }: ProfileSummary): Section {
  const byType = operators.map(({ op, count: runs, milliseconds }) => [
    op,
    setting(runs),
    significant(milliseconds),
    percent(milliseconds / total),
  ]);
  const byNode = nodes.map(({ name, op, milliseconds, inputs, outputs }) => [
    name,
    op,
    significant(milliseconds),
    `${inputs.join(", ")} → ${outputs.join(", ")}`,
  ]);
  const typeColumns = [{ title: "Operator" }, numeric("Runs a step"), numeric("ms"), numeric("Share")];
  const nodeColumns = [{ title: "Node" }, { title: "Operator" }, numeric("ms"), { title: "Shapes" }];
  return {
    id: "operators",
    title: "Operators",
    body: html`${table("Time by type of operator", typeColumns, byType.slice(0, SHOWN))}
<h3>Slowest nodes</h3>
${table("Slowest nodes", nodeColumns, byNode.slice(0, SHOWN))}
${
  byNode.length > SHOWN &&
  folded(
    `The slowest ${Math.min(byNode.length, MOST_NODES)} nodes`,
    table("Slowest nodes, further", nodeColumns, byNode.slice(0, MOST_NODES)),
  )
}`,
  };
}
