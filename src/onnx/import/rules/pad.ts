import { constant, type Tensor } from "../../../graph/index.js";
import { gather, pad, slice } from "../../../ops/index.js";
import { type Call, type RuleTable, rule } from "../call.js";
import { LARGEST_KNOWN } from "../value.js";

type Mode = "reflect" | "edge" | "wrap";

/** Index of the cell that stands at `position`, which may lie outside 0 to size - 1. */
function source(position: number, size: number, mode: Mode): number {
  if (mode === "edge") return Math.min(Math.max(position, 0), size - 1);
  const modulo = (value: number, by: number) => ((value % by) + by) % by;
  if (mode === "wrap") return modulo(position, size);
  if (size === 1) return 0;
  const folded = modulo(position, 2 * (size - 1));
  return Math.min(folded, 2 * (size - 1) - folded);
}

/** x with cells added that repeat its own, by index. */
function repeatCells(
  call: Call,
  x: Tensor,
  axis: number,
  [before, after]: readonly [number, number],
  mode: Mode,
): Tensor {
  if (before === 0 && after === 0) return x;
  const size = call.sizes(0, [axis])[0]!;
  const length = size + before + after;
  if (size === 0 || length > LARGEST_KNOWN) call.refuse(`1 to ${LARGEST_KNOWN} cells after padding`, `${length}`);
  const indices = Array.from({ length }, (_, i) => source(i - before, size, mode));
  return gather(x, constant(indices, { dtype: "int64" }), axis);
}

/** Negative padding cuts. */
function cut(x: Tensor, axis: number, [before, after]: readonly [number, number]): Tensor {
  if (before >= 0 && after >= 0) return x;
  return slice(x, { axis, start: Math.max(-before, 0), ...(after < 0 && { end: after }) });
}

function applyPad(call: Call): Tensor {
  const mode = call.attributes.choice("mode", ["constant", "reflect", "edge", "wrap"], "constant");
  const x = call.tensor(0);
  const pads = call.integers("pads", 1) ?? call.invalid("pads", "none");
  const value = call.attributes.has("value") ? call.attributes.float("value") : call.number(2, 0);
  const axes = call.has(3) ? call.axes(call.numbers(3), x.rank) : x.shape.map((_, axis) => axis);
  if (pads.length !== 2 * axes.length) call.invalid(`${2 * axes.length} pads`, `[${pads.join(", ")}]`);
  return axes.reduce((padded, axis, i) => {
    const both = [pads[i]!, pads[i + axes.length]!] as const;
    const kept = cut(padded, axis, both);
    const grow: readonly [number, number] = [Math.max(both[0], 0), Math.max(both[1], 0)];
    if (mode !== "constant") return repeatCells(call, kept, axis, grow, mode);
    return pad(kept, [...Array.from({ length: axis }, () => [0, 0] as const), grow], value);
  }, x);
}

/** Padding in all modes. */
export const padRules: RuleTable = {
  Pad: rule(applyPad, { settings: [1, 2, 3] }),
};
