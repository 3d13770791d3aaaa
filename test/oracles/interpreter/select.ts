import type { Dim } from "../../../src/graph/index.js";
import { build, flatAt, get, indexAt, line, moved, type Values } from "./array.js";
import type { Rule, Rules } from "./rule.js";

/** Negative indices count from the end. */
function inside(index: number, size: number): number {
  const place = index < 0 ? index + size : index;
  if (!(place >= 0 && place < size)) throw new RangeError(`index ${index} of ${size}`);
  return place;
}

const gather: Rule = ([x, indices], attributes) => {
  const axis = attributes.axis as number;
  const depth = indices!.shape.length;
  const shape = [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)];
  return [
    build(shape, (index) => {
      const chosen = get(indices!, index.slice(axis, axis + depth));
      return get(x!, [...index.slice(0, axis), inside(chosen, x!.shape[axis]!), ...index.slice(axis + depth)]);
    }),
  ];
};

/** x with every update added where `target` says. */
function added(x: Values, updates: Values, target: (index: readonly number[]) => readonly number[]): Values {
  const data = [...x.data];
  updates.data.forEach((value, flat) => {
    const at = flatAt(target(indexAt(flat, updates.shape)), x.shape);
    data[at] = data[at]! + value;
  });
  return { shape: x.shape, data };
}

const scatterRows: Rule = ([x, indices, updates]) => {
  const depth = indices!.shape.length;
  return [
    added(x!, updates!, (index) => [inside(get(indices!, index.slice(0, depth)), x!.shape[0]!), ...index.slice(depth)]),
  ];
};

const gatherElements: Rule = ([x, indices], attributes) => {
  const axis = attributes.axis as number;
  return [build(indices!.shape, (index) => get(x!, moved(index, axis, inside(get(indices!, index), x!.shape[axis]!))))];
};

const scatterAdd: Rule = ([x, indices, updates], attributes) => {
  const axis = attributes.axis as number;
  return [added(x!, updates!, (index) => moved(index, axis, inside(get(indices!, index), x!.shape[axis]!)))];
};

const topK: Rule = ([x], attributes, { sizes }) => {
  const { axis, largest } = attributes as { axis: number; largest: boolean };
  const [k] = sizes([attributes.k as Dim]);
  const shape = x!.shape.map((size, i) => (i === axis ? k! : size));
  const ranked = (index: readonly number[]) =>
    line(x!, index, axis)
      .map((value, place) => ({ value, place }))
      .sort((a, b) => (a.value === b.value ? a.place - b.place : largest ? b.value - a.value : a.value - b.value));
  return [
    build(shape, (index) => ranked(index)[index[axis]!]!.value),
    build(shape, (index) => ranked(index)[index[axis]!]!.place),
  ];
};

export const selectRules: Rules = { gather, scatterRows, gatherElements, scatterAdd, topK };
