import { percent, significant } from "../numbers.js";
import { joinedScope, type ProfiledScope, type ProfileSummary, scopeTime } from "../profile.js";
import { figureColours } from "../theme.js";
import { type Figure, figureConfig, SCHEMA } from "./figure.js";
import { key, legend } from "./legend.js";

const WIDTH = 1040;
const ROW_HEIGHT = 26;
/** Of a letter at the size of the labels. */
const LETTER_WIDTH = 6.3;
/** Rows below the whole step. */
const DEEPEST = 7;

const kinds = [
  { name: "scopes", colour: figureColours.baseline3 },
  { name: "forward", colour: figureColours.accent },
  { name: "backward", colour: figureColours.second },
  { name: "outside the graph", colour: figureColours.third },
] as const;
type Kind = (typeof kinds)[number]["name"];

/** One box: as wide as its time, below what it is part of. */
interface Box {
  readonly name: string;
  readonly kind: Kind;
  readonly from: number;
  readonly time: number;
  readonly row: number;
}

/** Boxes of a scope and of all inside; time of its own at the end, its gradient apart. */
function scopeBoxes(scope: ProfiledScope, from: number, row: number): Box[] {
  const { name, forward, backward, inside } = joinedScope(scope);
  const shown = row < DEEPEST ? inside : [];
  const box: Box = { name, kind: "scopes", from, time: scopeTime(scope), row };
  let at = from;
  const boxes = shown.flatMap((part) => {
    const found = scopeBoxes(part, at, row + 1);
    at += scopeTime(part);
    return found;
  });
  const rest = (whole: number, of: "forward" | "backward") => whole - shown.reduce((sum, part) => sum + part[of], 0);
  const own: Box[] = [{ name: "forward", kind: "forward", from: at, time: rest(forward, "forward"), row: row + 1 }];
  own.push({
    name: "backward",
    kind: "backward",
    from: at + own[0]!.time,
    time: rest(backward, "backward"),
    row: row + 1,
  });
  return [box, ...boxes, ...own];
}

function boxesOf({ source, total, scopes, host, between, unattributed }: ProfileSummary): Box[] {
  const boxes: Box[] = [{ name: source, kind: "scopes", from: 0, time: total, row: 0 }];
  let from = 0;
  for (const scope of scopes) {
    boxes.push(...scopeBoxes(scope, from, 1));
    from += scopeTime(scope);
  }
  const rest: [string, Kind, number][] = [
    ["no known scope", "scopes", unattributed],
    ["between operators", "scopes", between],
    ...host.map(({ name, milliseconds }): [string, Kind, number] => [name, "outside the graph", milliseconds]),
  ];
  for (const [name, kind, time] of rest) {
    boxes.push({ name, kind, from, time, row: 1 });
    from += time;
  }
  return boxes;
}

/** As much of a name as a box has room for. */
function label(name: string, width: number): string {
  const letters = Math.floor((width - 8) / LETTER_WIDTH);
  if (letters < 3) return "";
  return name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
}

/** A step from left to right, by scope from top to bottom: each box is as wide as its time. */
export function icicleFigure(summary: ProfileSummary): Figure {
  const { total, scopes } = summary;
  // What could not be seen is left out.
  const boxes = boxesOf(summary).filter(({ time }) => (time / total) * WIDTH >= 0.4);
  const rows = Math.max(...boxes.map(({ row }) => row)) + 1;
  const values = boxes.map(({ name, kind, from, time, row }) => ({
    kind: key(kinds.findIndex((each) => each.name === kind)),
    from,
    to: from + time,
    middle: from + time / 2,
    row,
    below: row + 1,
    centre: row + 0.5,
    label: label(name, (time / total) * WIDTH),
  }));
  const x = { type: "quantitative" as const, scale: { domain: [0, total], nice: false } };
  const y = { type: "quantitative" as const, scale: { domain: [0, rows], reverse: true, nice: false }, axis: null };
  const [largest] = scopes;
  const most = largest && `; the largest scope is ${largest.name} with ${percent(scopeTime(largest) / total)}`;
  return {
    id: "icicle",
    title: "A step by scope",
    legend: legend(
      "Kinds of time, by colour",
      kinds.map(({ name, colour }) => ({ name, colour, glyph: "■" })),
    ),
    alternative: `Boxes as wide as their time: the step takes ${significant(total)} ms${most ?? ""}.`,
    caption:
      "Each box is as wide as its mean time a step and lies below what it is part of. At the bottom the operators of a scope and those of its gradient.",
    spec: {
      $schema: SCHEMA,
      width: WIDTH,
      height: rows * ROW_HEIGHT,
      config: figureConfig,
      data: { values },
      layer: [
        {
          mark: { type: "rect", stroke: figureColours.tile, strokeWidth: 1, opacity: 0.65 },
          encoding: {
            x: { field: "from", title: "milliseconds", ...x, axis: { grid: false, tickCount: 8 } },
            x2: { field: "to" },
            y: { field: "row", ...y },
            y2: { field: "below" },
            color: {
              field: "kind",
              type: "nominal",
              scale: { domain: kinds.map((_, at) => key(at)), range: kinds.map(({ colour }) => colour) },
              legend: null,
            },
          },
        },
        {
          mark: { type: "text", color: figureColours.ink, fontSize: 11.5 },
          encoding: {
            x: { field: "middle", ...x },
            y: { field: "centre", ...y },
            text: { field: "label", type: "nominal" },
          },
        },
      ],
    },
  };
}
