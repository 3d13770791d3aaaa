import type { Dim, Shape } from "../../../src/graph/index.js";
import { build, get, getBroadcast, moved, type Values } from "./array.js";
import type { Rule, Rules } from "./rule.js";

const reshape: Rule = ([x], { shape }, { sizes }) => [{ shape: sizes(shape as Shape), data: x!.data }];

const transpose: Rule = ([x], attributes) => {
  const permutation = attributes.permutation as readonly number[];
  const shape = permutation.map((axis) => x!.shape[axis]!);
  return [
    build(shape, (index) =>
      get(
        x!,
        permutation.map((_, axis) => index[permutation.indexOf(axis)]!),
      ),
    ),
  ];
};

const concat: Rule = (inputs, attributes) => {
  const axis = attributes.axis as number;
  const lengths = inputs.map((input) => input.shape[axis]!);
  const owner = lengths.flatMap((length, i) => Array.from({ length }, (_, place) => ({ i, place })));
  const shape = inputs[0]!.shape.map((size, i) => (i === axis ? owner.length : size));
  return [
    build(shape, (index) => {
      const { i, place } = owner[index[axis]!]!;
      return get(inputs[i]!, moved(index, axis, place));
    }),
  ];
};

/** `length` entries of x along `axis`, each `step` after the one before. */
function part(x: Values, axis: number, start: number, length: number, step = 1): Values {
  const shape = x.shape.map((size, i) => (i === axis ? length : size));
  return build(shape, (index) => get(x, moved(index, axis, start + step * index[axis]!)));
}

const split: Rule = ([x], attributes, context) => {
  const lengths = context.sizes(attributes.sizes as Shape);
  const axis = attributes.axis as number;
  return lengths.map((length, i) => {
    const start = lengths.slice(0, i).reduce((sum, before) => sum + before, 0);
    return part(x!, axis, start, length);
  });
};

const slice: Rule = ([x], attributes, { sizes }) => {
  const { axis, step } = attributes as { axis: number; step: number };
  const [start, end] = sizes([attributes.start as Dim, attributes.end as Dim]) as [number, number];
  return [part(x!, axis, start, Math.ceil((end - start) / step), step)];
};

const flip: Rule = ([x], attributes) => {
  const axis = attributes.axis as number;
  return [part(x!, axis, x!.shape[axis]! - 1, x!.shape[axis]!, -1)];
};

const pad: Rule = ([x], attributes, { sizes }) => {
  const { axis, value } = attributes as { axis: number; value: number };
  const [before, after] = sizes([attributes.before as Dim, attributes.after as Dim]) as [number, number];
  const length = x!.shape[axis]!;
  const shape = x!.shape.map((size, i) => (i === axis ? before + size + after : size));
  return [
    build(shape, (index) => {
      const place = index[axis]! - before;
      return place >= 0 && place < length ? get(x!, moved(index, axis, place)) : value;
    }),
  ];
};

const expand: Rule = ([x], { shape }, { sizes }) => [build(sizes(shape as Shape), (index) => getBroadcast(x!, index))];

const size: Rule = (_inputs, attributes, { sizes }) => [{ shape: [], data: sizes([attributes.size as Dim]) }];

const arange: Rule = (_inputs, attributes, { sizes }) => [build(sizes([attributes.size as Dim]), ([place]) => place!)];

export const movementRules: Rules = { reshape, transpose, concat, split, slice, flip, pad, expand, size, arange };
