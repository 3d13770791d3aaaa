import type { Credit } from "../data.js";
import { html, type Markup } from "../markup.js";
import type { FactSheet } from "../standings.js";
import { type Section, table } from "./section.js";

/** The configuration, to repeat the run. */
export function configurationSection(yaml: string): Section {
  return {
    id: "configuration",
    title: "Configuration",
    body: html`<pre tabindex="0" aria-label="Configuration as YAML"><code>${yaml}</code></pre>`,
  };
}

/** Whose work the report shows. */
export function creditsSection(credits: readonly Credit[]): Section {
  const rows = credits.map((credit) => [linked(credit), credit.author, credit.licence]);
  return {
    id: "credits",
    title: "Credits",
    body: table("Works shown or used", [{ title: "Work" }, { title: "By" }, { title: "Licence" }], rows),
  };
}

/** What the numbers depend on. */
export function versionsSection(versions: Readonly<Record<string, string>>): Section {
  const columns = [{ title: "Part" }, { title: "Version" }];
  return { id: "versions", title: "Versions", body: table("Versions", columns, Object.entries(versions)) };
}

/** Facts by name. */
export function factsSection({ title, facts }: FactSheet, at: number): Section {
  const columns = [{ title: "What" }, { title: "Value" }];
  return { id: `facts-${at}`, title, body: table(title, columns, Object.entries(facts)) };
}

/** Only ordinary web addresses become links: `javascript:` and its like stay text. */
function linked({ work, url }: Credit): Markup {
  if (url === undefined) return html`${work}`;
  if (!/^https?:\/\//i.test(url)) return html`${work} (${url})`;
  return html`<a href="${url}" rel="noopener noreferrer">${work}</a>`;
}
