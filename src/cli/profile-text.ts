import {
  joinedScope,
  type ProfiledNode,
  type ProfiledScope,
  type ProfileSummary,
  profiledParts,
} from "../report/index.js";
import { percent, table } from "./output.js";

/** Rows of the tables of operators and of nodes. */
const SHOWN = 12;
const NAME_WIDTH = 46;

function milliseconds(value: number): string {
  return value.toFixed(value < 9.995 ? 2 : 1);
}

/** Long names cut in front, where they are alike. */
function fit(text: string, width: number): string {
  return text.length <= width ? text : `...${text.slice(text.length - width + 3)}`;
}

/** Scopes as rows of name, forward, backward, sum and share, down to `depth`. */
function scopeRows(scopes: readonly ProfiledScope[], total: number, depth: number, indent = ""): string[][] {
  if (depth === 0) return [];
  return scopes
    .map(joinedScope)
    .flatMap(({ name, forward, backward, inside }) => [
      [
        fit(`${indent}${name}`, NAME_WIDTH),
        milliseconds(forward),
        backward === 0 ? "" : milliseconds(backward),
        milliseconds(forward + backward),
        percent((forward + backward) / total),
      ],
      ...scopeRows(inside, total, depth - 1, `${indent}  `),
    ]);
}

function shapes({ inputs, outputs }: ProfiledNode): string {
  const short = (types: readonly string[]) => types.map((type) => type.replace(/^float /, "")).join(" ");
  return `${short(inputs)} -> ${short(outputs)}`;
}

/** The summary for people. */
export function profileText(summary: ProfileSummary, depth: number): string {
  const { source, steps, warmup, total, fastest, slowest, scopes, operators, nodes } = summary;
  const shown = nodes.slice(0, SHOWN);
  return [
    source,
    `${milliseconds(total)} ms a step: mean of ${steps} (${milliseconds(fastest)} to ${milliseconds(slowest)}) after ${warmup} to warm up`,
    "",
    table(
      ["a step", "ms", "share"],
      profiledParts(summary).map(({ name, milliseconds: spent }) => [
        name,
        milliseconds(spent),
        percent(spent / total),
      ]),
    ),
    "",
    ...(scopes.length === 0
      ? []
      : [table(["scope", "forward", "backward", "ms", "share"], scopeRows(scopes, total, depth)), ""]),
    table(
      ["operator", "runs", "ms", "share"],
      operators
        .slice(0, SHOWN)
        .map(({ op, count, milliseconds: spent }) => [
          op,
          `${Number(count.toFixed(1))}`,
          milliseconds(spent),
          percent(spent / total),
        ]),
    ),
    "",
    "slowest nodes",
    ...shown.map(
      (node) =>
        `${milliseconds(node.milliseconds).padStart(9)} ms  ${node.op}  ${node.name}\n${" ".repeat(14)}${shapes(node)}`,
    ),
  ].join("\n");
}
