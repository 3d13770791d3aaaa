import type { AnalysisSummary } from "../analysis.js";
import { classesFigure, distancesFigure, hubnessFigure, spectrumFigure } from "../figures/analysis.js";
import { renderFigure } from "../figures/figure.js";
import { html } from "../markup.js";
import { count, percent, significant } from "../numbers.js";
import { folded, type Section, table } from "./section.js";

/** Rows of a table before the rest is folded away. */
const SHOWN = 12;

/** Geometry, retrieval class by class, and who is taken for whom. */
export async function analysisSections(summary: AnalysisSummary): Promise<Section[]> {
  return [
    await geometrySection(summary),
    await classesSection(summary),
    confusionSection(summary),
    hubsSection(summary),
  ];
}

async function geometrySection(summary: AnalysisSummary): Promise<Section> {
  const { density, hubness, complexity } = summary;
  const facts: [string, string, string][] = [
    ["Distance inside classes", significant(density.intra), "mean cosine distance of the pairs of a class"],
    ["Distance between classes", significant(density.inter), "mean cosine distance of class means"],
    ["Density ratio", significant(density.ratio), "the first over the second: small for compact classes far apart"],
    [
      "rho",
      significant(summary.rho),
      "divergence of a flat spectrum from this one: 0 when all directions are used alike",
    ],
    ["Directions in use", significant(summary.effectiveRank), `effective rank, of ${count(summary.spectrum.length)}`],
    ["Alignment", significant(summary.alignment), "mean squared distance of the pairs of a class, on the sphere"],
    ["Uniformity", significant(summary.uniformity), "log of the mean potential of all pairs: lower is more spread out"],
    [
      `Skewness of ${hubness.k}-occurrences`,
      significant(hubness.skewness),
      "0: everything is found alike; large: hubs",
    ],
    ["Never found", percent(hubness.antiHubs), `in nobody's list of ${hubness.k}`],
    [
      "Complexity",
      significant(complexity.value),
      `cumulative spectral gradient, from 0 to ${count(summary.classes - 1)}`,
    ],
  ];
  const figures = await Promise.all([spectrumFigure(summary), distancesFigure(summary)].map(renderFigure));
  const columns = [{ title: "Measure" }, { title: "Value", numeric: true }, { title: "What it is" }];
  return {
    id: "geometry",
    title: "Geometry",
    body: html`${table("Measures of the embedding", columns, facts)}
<div class="pair">${figures}</div>`,
  };
}

async function classesSection(summary: AnalysisSummary): Promise<Section> {
  const scores = table(
    "Retrieval",
    [
      { title: "Metric" },
      { title: "Mean over items", numeric: true },
      { title: "Mean over classes", numeric: true },
      { title: "Worst class", numeric: true },
    ],
    summary.scores.map(({ name, mean, classMean, worstClass }) => [
      name,
      percent(mean),
      percent(classMean),
      percent(worstClass),
    ]),
  );
  const columns = [{ title: "Class" }, { title: "P@1", numeric: true }, { title: "MAP@R", numeric: true }];
  const rows = summary.perClass.map(({ name, precisionAt1, averagePrecisionAtR }) => [
    html`<bdi>${name}</bdi>`,
    percent(precisionAt1),
    percent(averagePrecisionAtR),
  ]);
  const figures = await Promise.all([classesFigure(summary), hubnessFigure(summary)].map(renderFigure));
  return {
    id: "retrieval",
    title: "Retrieval by class",
    body: html`${scores}
<div class="pair">${figures}</div>
<h3>Worst classes</h3>
${table("Worst classes", columns, rows.slice(0, SHOWN))}
${rows.length > SHOWN ? folded(`All ${count(rows.length)} classes`, table("All classes, worst first", columns, rows)) : null}`,
  };
}

function confusionSection({ confused }: AnalysisSummary): Section {
  const columns = [
    { title: "Queries of" },
    { title: "found" },
    { title: "Share", numeric: true },
    { title: "Places", numeric: true },
  ];
  const rows = confused.map(({ from, to, share, count: places }) => [
    html`<bdi>${from}</bdi>`,
    html`<bdi>${to}</bdi>`,
    percent(share),
    count(places),
  ]);
  const note =
    "Share of the first R places of a class's queries that another class takes, R the number of right answers.";
  return {
    id: "confusion",
    title: "Confused classes",
    body:
      rows.length === 0
        ? html`<p>No query has a wrong item among its first R.</p>`
        : html`<p class="note">${note}</p>${table("Confused classes", columns, rows)}`,
  };
}

function hubsSection({ hubness }: AnalysisSummary): Section {
  const columns = [{ title: "Item" }, { title: "Lists", numeric: true }];
  const rows = hubness.hubs.map(({ name, count: lists }) => [html`<bdi>${name}</bdi>`, count(lists)]);
  return {
    id: "hubs",
    title: "Hubs",
    body: html`<p class="note">The items in most lists of ${hubness.k} neighbours; ${hubness.k} would be even.</p>${table("Hubs", columns, rows)}`,
  };
}
