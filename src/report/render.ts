import type { ReportData } from "./data.js";
import { html, type Markup, trusted } from "./markup.js";
import { analysisSections } from "./sections/analysis.js";
import { dataSection } from "./sections/data.js";
import { diagnosesBox } from "./sections/diagnoses.js";
import { learningSection } from "./sections/learning.js";
import { mapSection } from "./sections/map.js";
import { neighboursSection } from "./sections/neighbours.js";
import { parametersSection } from "./sections/parameters.js";
import { profileSections } from "./sections/profile.js";
import { configurationSection, creditsSection, factsSection, versionsSection } from "./sections/provenance.js";
import { renderSection, type Section } from "./sections/section.js";
import { differencesSection, ranksSection, standingsSection } from "./sections/standings.js";
import { summarySection } from "./sections/summary.js";
import { trainingSection } from "./sections/training.js";
import { tuningSection } from "./sections/tuning.js";
import { STYLE } from "./style.js";
import { checkThumbnails } from "./thumbnail.js";

/** Nothing may be loaded and nothing may run, whatever the data say. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * The report as one HTML file: no scripts, nothing fetched, readable by light or dark, on a desk or on a phone, with or
 * without eyes. Figures are inline SVG; their Vega-Lite specifications are in the page, in
 * `script[type="application/json"]` blocks named `...-specification`.
 *
 * Every text of `data` is escaped. Throws `SimileError` (`report-image`) for an image that is not embedded.
 */
export async function renderReport(data: ReportData): Promise<string> {
  checkThumbnails(data);
  const sections = await sectionsOf(data);
  return `<!DOCTYPE html>\n${page(data, sections).text}\n`;
}

async function sectionsOf(data: ReportData): Promise<Section[]> {
  const {
    comparison,
    standings,
    analysis,
    profile,
    training,
    searches = [],
    learning = [],
    neighbourSheets = [],
    map,
  } = data;
  const { parameters, facts = [], configuration, credits = [], versions } = data;
  const analysed = analysis ? await analysisSections(analysis) : [];
  const profiled = profile ? await profileSections(profile) : [];
  const sections = await Promise.all([
    comparison && summarySection(comparison),
    standings && standingsSection(standings),
    standings?.methods.some(({ differences }) => differences) && differencesSection(standings),
    standings?.ranks && ranksSection(standings.ranks, standings.baseline),
    searches.length > 0 && tuningSection(searches),
    learning.length > 0 && learningSection(learning),
    neighbourSheets.length > 0 && neighboursSection(neighbourSheets),
    ...analysed,
    ...profiled,
    training && trainingSection(training),
    map && mapSection(map),
    data.data && dataSection(data.data),
    parameters && parametersSection(parameters),
    ...facts.map(factsSection),
    configuration !== undefined && configurationSection(configuration),
    credits.length > 0 && creditsSection(credits),
    versions && versionsSection(versions),
  ]);
  return sections.filter((section): section is Section => typeof section === "object");
}

function page({ title, description, createdAt, diagnoses = [] }: ReportData, sections: readonly Section[]): Markup {
  return html`<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta http-equiv="Content-Security-Policy" content="${POLICY}" />
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="brand">Simile report${createdAt ? html` · <time>${createdAt}</time>` : null}</p>
<h1>${title}</h1>
${description ? html`<p class="lead">${description}</p>` : null}
<nav aria-label="Sections"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main id="content">
${diagnoses.length > 0 ? diagnosesBox(diagnoses) : null}
${sections.map(renderSection)}</main>
</body>
</html>`;
}
