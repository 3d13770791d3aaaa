/**
 * Colours of the figures by role. A specification holds these light-theme values, so that it can be used elsewhere as it is; in
 * the page each value becomes a CSS variable of the same role and follows the reader's theme. Hence no two may be equal.
 */
export const figureColours = {
  ink: "#1d2531",
  muted: "#5c6878",
  grid: "#e1e5ea",
  accent: "#2458c6",
  second: "#c2571a",
  third: "#1b7f79",
  fourth: "#8a4fb5",
  faint: "#a9b9dc",
  baseline1: "#97a1af",
  baseline2: "#bcc4ce",
  baseline3: "#d5dae1",
  tile: "#fdfdfe",
} as const;

/** The same roles for dark paper. */
const darkFigureColours: Readonly<Record<keyof typeof figureColours, string>> = {
  ink: "#e7ebf1",
  muted: "#9ba7b7",
  grid: "#2c3542",
  accent: "#7ba6ff",
  second: "#f0965a",
  third: "#4fc4bb",
  fourth: "#c596ea",
  faint: "#435a8c",
  baseline1: "#7d8999",
  baseline2: "#5d6877",
  baseline3: "#475160",
  tile: "#eceef2",
};

/** Colour and shape tell classes apart on the map: legible on light and on dark, and without colour vision. */
export const classMarks = [
  { colour: "#3b7dd8", shape: "circle", glyph: "●" },
  { colour: "#e07b39", shape: "square", glyph: "■" },
  { colour: "#2f9e6e", shape: "triangle-up", glyph: "▲" },
  { colour: "#d1495b", shape: "diamond", glyph: "◆" },
  { colour: "#8e6bbf", shape: "cross", glyph: "✚" },
  { colour: "#b08a1e", shape: "triangle-down", glyph: "▼" },
  { colour: "#1f9aa8", shape: "triangle-right", glyph: "▶" },
  { colour: "#c45fa0", shape: "triangle-left", glyph: "◀" },
] as const;

/** Let a rendered figure follow the page's theme. */
export function themed(svg: string): string {
  return Object.entries(figureColours).reduce(
    (text, [role, value]) => text.replaceAll(value, `var(--figure-${role})`),
    svg,
  );
}

/** CSS declarations of the figure colours of one theme. */
export function figureVariables(theme: "light" | "dark"): string {
  const colours = theme === "light" ? figureColours : darkFigureColours;
  return Object.entries(colours)
    .map(([role, value]) => `--figure-${role}:${value};`)
    .join("");
}
