/** HTML that is safe to insert as it is. Only `html` and `trusted` make it. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What `html` can insert: text is escaped, markup is kept, lists are joined, nothing is nothing. */
export type Insertable = string | number | Markup | null | undefined | false | readonly Insertable[];

/** Tagged template for HTML in which every inserted text is escaped: file names and labels are hostile input. */
export function html(parts: TemplateStringsArray, ...inserted: readonly Insertable[]): Markup {
  return new Markup(parts.reduce((text, part, at) => text + insertion(inserted[at - 1]) + part));
}

/** Declare text to be HTML already. For our own constants and for what a renderer of ours produced. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function insertion(value: Insertable): string {
  if (value === null || value === undefined || value === false) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(insertion).join("");
  return escapeText(String(value));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML, fit for content and for quoted attributes, and `printable`. */
export function escapeText(text: string): string {
  return printable(text.replace(/[&<>"']/g, (character) => ENTITIES[character]!));
}

/** Control characters except the white space HTML knows, lone surrogates, directional overrides, non-characters. */
const UNPRINTABLE = /(?![\t\n\r])\p{Cc}|\p{Cs}|[\u202A-\u202E\u2066-\u2069\uFFFE\uFFFF]/gu;

/**
 * Text with U+FFFD for characters that HTML forbids, and for the invisible ones that turn writing around, with which a
 * file name can pretend to be another.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\uFFFD");
}

/** A value as a block of JSON that no browser runs, and that cannot end its own element. */
export function jsonBlock(id: string, value: unknown): Markup {
  const json = JSON.stringify(value)
    .replace(/[<>&\u2028\u2029]/g, unicodeEscape)
    .replace(UNPRINTABLE, unicodeEscape);
  return html`<script type="application/json" id="${id}">${trusted(json)}</script>`;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
