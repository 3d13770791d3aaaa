import type { TopLevelSpec } from "vega-lite";
import { counted, percent, setting } from "../numbers.js";
import type { SearchedParameter, SearchSummary, SearchTrial } from "../standings.js";
import { figureColours } from "../theme.js";
import { type Figure, figureConfig, SCHEMA } from "./figure.js";
import { key } from "./legend.js";

interface Axis {
  readonly name: string;
  /** 0 at the foot, 1 at the top; null where the trial has no value. */
  readonly place: (trial: SearchTrial) => number | null;
  readonly foot: string;
  readonly top: string;
}

const WIDTH = 220;
const HEIGHT = 140;
/** Room for half a label beyond the outer axes, and for two lines above the axes and one below. */
const PADDING = { left: 42, right: 42, top: 36, bottom: 22 };
const LETTER = 6;
const MOST_LETTERS = 13;

/** Every trial of one method as a line through its settings to its score; the chosen ones stand out. */
export function parallelFigure(search: SearchSummary, id: string): Figure {
  const { method, objective, trials } = search;
  const axes = axesOf(search);
  const scored = trials.filter(({ score }) => score !== null && Number.isFinite(score));
  // The best are drawn last, on top.
  const ordered = [...scored].sort(
    (a, b) => Number(a.chosen ?? false) - Number(b.chosen ?? false) || a.score! - b.score!,
  );
  const values = ordered.flatMap((trial, at) =>
    axes.flatMap((axis, x) => {
      const y = axis.place(trial);
      if (y === null) return [];
      const share = ordered.length < 2 ? 1 : at / (ordered.length - 1);
      return [{ trial: key(at), x, y, strength: 0.12 + 0.6 * share ** 2, chosen: trial.chosen === true }];
    }),
  );
  const letters = Math.min(MOST_LETTERS, Math.floor(WIDTH / Math.max(axes.length - 1, 1) / LETTER));
  const fitted = (text: string) => (text.length > letters ? `${text.slice(0, letters - 1)}…` : text);
  const labels = axes.flatMap(({ name, foot, top }, x) => [
    { x, y: 1, text: fitted(name), kind: "name" },
    { x, y: 1, text: fitted(top), kind: "top" },
    { x, y: 0, text: fitted(foot), kind: "foot" },
  ]);
  const best = ordered.reduce<number>((most, { score }) => Math.max(most, score!), Number.NEGATIVE_INFINITY);
  const failed = trials.length - scored.length;
  return {
    id,
    title: method,
    alternative: `Parallel coordinates of ${counted(scored.length, "trial", "trials")} of ${method} over ${search.parameters.map(({ name }) => name).join(", ")}; the best ${objective} is ${percent(best)}.`,
    caption: [
      counted(scored.length, "trial", "trials"),
      failed > 0 ? `, ${failed} failed` : null,
      Number.isFinite(best) ? `, best ${percent(best)}` : null,
    ],
    spec: {
      $schema: SCHEMA,
      width: WIDTH,
      height: HEIGHT,
      autosize: "none",
      padding: PADDING,
      config: figureConfig,
      encoding: {
        x: {
          field: "x",
          type: "quantitative",
          axis: null,
          scale: { domain: [0, Math.max(axes.length - 1, 1)], nice: false },
        },
        y: { field: "y", type: "quantitative", axis: null, scale: { domain: [0, 1], nice: false } },
      },
      layer: [
        {
          data: { values: axes.map((_, x) => ({ x, y: 0, top: 1 })) },
          mark: { type: "rule", color: figureColours.muted, strokeWidth: 1 },
          encoding: { y2: { field: "top" } },
        },
        lines(
          values.filter(({ chosen }) => !chosen),
          figureColours.accent,
          1.4,
        ),
        lines(
          values.filter(({ chosen }) => chosen),
          figureColours.second,
          2.2,
        ),
        ...(["name", "top", "foot"] as const).map((kind) => axisText(labels, kind)),
      ],
    } as TopLevelSpec,
  };
}

function lines(values: readonly object[], color: string, strokeWidth: number) {
  return {
    data: { values },
    mark: { type: "line", color, strokeWidth },
    encoding: {
      detail: { field: "trial", type: "nominal" },
      opacity: { field: "strength", type: "quantitative", scale: null },
    },
  };
}

const TEXTS = {
  name: { dy: -24, fontSize: 12, color: figureColours.ink },
  top: { dy: -9, fontSize: 11, color: figureColours.muted },
  foot: { dy: 12, fontSize: 11, color: figureColours.muted },
};

function axisText(labels: readonly { readonly kind: string }[], kind: keyof typeof TEXTS) {
  return {
    data: { values: labels.filter((label) => label.kind === kind) },
    mark: { type: "text", ...TEXTS[kind] },
    encoding: { text: { field: "text", type: "nominal" } },
  };
}

function axesOf({ parameters, trials }: SearchSummary): Axis[] {
  const scores = trials.flatMap(({ score }) => (score !== null && Number.isFinite(score) ? [score] : []));
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const score: Axis = {
    name: "score",
    place: (trial) => (trial.score === null ? null : share(trial.score, low, high)),
    foot: percent(low),
    top: percent(high),
  };
  return [...parameters.map((parameter) => axisOf(parameter)), ...(scores.length > 0 ? [score] : [])];
}

function axisOf({ name, low = 0, high = 1, log = false, choices }: SearchedParameter): Axis {
  const short = name.split(".").at(-1)!;
  if (choices) {
    const place = ({ values }: SearchTrial) => {
      const at = choices.indexOf(String(values[name]));
      return at < 0 ? null : share(at, 0, choices.length - 1);
    };
    return { name: short, place, foot: choices[0] ?? "", top: choices.at(-1) ?? "" };
  }
  const scale = log ? Math.log : (value: number) => value;
  const place = ({ values }: SearchTrial) => {
    const value = scale(Number(values[name]));
    return Number.isNaN(value) ? null : share(value, scale(low), scale(high));
  };
  return { name: short, place, foot: setting(low), top: setting(high) };
}

/** Where a value lies between two ends, kept within them; the middle where the ends meet. */
function share(value: number, low: number, high: number): number {
  return high > low ? Math.min(Math.max((value - low) / (high - low), 0), 1) : 0.5;
}
