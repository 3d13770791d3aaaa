import { build, type Index, indexAt, line, moved, sizeOf, type Values } from "./array.js";
import type { Rule, Rules } from "./rule.js";

/** Every element joined with those at the same place on the other axes; the order of elements is row-major. */
function reduction(join: (elements: readonly number[]) => number): Rule {
  return ([x], attributes) => {
    const { axes, keepAxes } = attributes as { axes: readonly number[]; keepAxes: boolean };
    const kept = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const groups = Array.from({ length: sizeOf(kept) }, () => [] as number[]);
    x!.data.forEach((value, flat) => {
      const index = indexAt(flat, x!.shape).map((own, axis) => (axes.includes(axis) ? 0 : own));
      groups[kept.reduce((position, size, axis) => position * size + index[axis]!, 0)]!.push(value);
    });
    const shape = keepAxes ? kept : kept.filter((_, axis) => !axes.includes(axis));
    return [{ shape, data: groups.map(join) }];
  };
}

function largest(elements: readonly number[]): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const element of elements) if (!(element <= best)) best = element;
  return best;
}

/** Each element computed from its line along the attribute `axis` and its place there. */
function alongAxis(
  element: (line: readonly number[], place: number, attributes: Readonly<Record<string, unknown>>) => number,
): Rule {
  return ([x], attributes) => {
    const axis = attributes.axis as number;
    return [build(x!.shape, (index) => element(line(x!, index, axis), index[axis]!, attributes))];
  };
}

function logOfSum(elements: readonly number[]): number {
  const top = largest(elements);
  return top + Math.log(elements.reduce((sum, element) => sum + Math.exp(element - top), 0));
}

function place(best: (elements: readonly number[]) => number): Rule {
  return ([x], attributes) => {
    const { axis, keepAxes } = attributes as { axis: number; keepAxes: boolean };
    const kept = x!.shape.map((size, i) => (i === axis ? 1 : size));
    const found: Values = build(kept, (index: Index) => {
      const elements = line(x!, moved(index, axis, 0), axis);
      return elements.indexOf(best(elements));
    });
    return [keepAxes ? found : { shape: kept.filter((_, i) => i !== axis), data: found.data }];
  };
}

function runningSum(elements: readonly number[], at: number, attributes: Readonly<Record<string, unknown>>): number {
  return elements.reduce((sum, element, i) => {
    const before = attributes.reverse ? i > at : i < at;
    return before || (i === at && !attributes.exclusive) ? sum + element : sum;
  }, 0);
}

export const reduceRules: Rules = {
  sum: reduction((elements) => elements.reduce((sum, element) => sum + element, 0)),
  max: reduction(largest),
  min: reduction((elements) => -largest(elements.map((element) => -element))),
  softmax: alongAxis((elements, at) => Math.exp(elements[at]! - logOfSum(elements))),
  logSoftmax: alongAxis((elements, at) => elements[at]! - logOfSum(elements)),
  argMax: place((elements) => Math.max(...elements)),
  argMin: place((elements) => Math.min(...elements)),
  cumSum: alongAxis(runningSum),
};
