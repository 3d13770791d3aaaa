import fc from "fast-check";
import { constant } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import { broadcasting, count, type Row, type SampleType, sampleOf, shapes, shapeWithAxis, values } from "./sample.js";

const types = fc.constantFrom<SampleType>("float", "int64", "bool");

/** Another shape with as many elements. */
function sameSize(shape: readonly number[]): fc.Arbitrary<number[]> {
  const size = count(shape);
  if (size === 0) return fc.constantFrom([0], [2, 0], [0, 3, 1], [...shape].reverse());
  const factors = [2, 3].flatMap((prime) => {
    const powers: number[] = [];
    for (let rest = size; rest % prime === 0; rest /= prime) powers.push(prime);
    return powers;
  });
  return fc
    .tuple(fc.shuffledSubarray(factors, { minLength: factors.length }), fc.boolean(), fc.boolean())
    .map(([order, joined, one]) => [...(joined ? [size] : order), ...(one ? [1] : [])]);
}

/** A part of [0, length): start, end and step, each from the front or from the end. */
function bounds(length: number): fc.Arbitrary<{ start?: number; end?: number; step?: number }> {
  return fc
    .tuple(
      fc.integer({ min: 0, max: length }),
      fc.integer({ min: 0, max: length }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 7 }),
    )
    .map(([a, b, step, form]) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      return {
        ...(form & 1 ? { start: form & 4 && start > 0 ? start - length || 0 : start } : {}),
        ...(form & 2 ? { end: form & 4 && end < length ? end - length : end } : {}),
        step,
      };
    });
}

const square = fc.integer({ min: 0, max: 4 });

export const movementRows: Readonly<Record<string, Row>> = {
  reshape: {
    sample: () =>
      fc.tuple(shapes(), types, fc.boolean()).chain(([shape, dtype, open]) =>
        fc.tuple(values(shape, { dtype }), sameSize(shape)).map(([x, target]) => {
          const asked = open && target.length > 0 && !target.includes(0) ? [...target.slice(0, -1), -1] : target;
          return sampleOf([x], ([t]) => ops.reshape(t!, asked), asked);
        }),
      ),
  },
  flatten: {
    sample: () =>
      shapeWithAxis().chain(({ shape, axis }) =>
        values(shape).map((x) => sampleOf([x], ([t]) => ops.flatten(t!, axis), axis)),
      ),
  },
  unsqueeze: {
    sample: () =>
      shapes(0, 3).chain((shape) =>
        fc
          .tuple(values(shape), fc.integer({ min: -shape.length - 1, max: shape.length }))
          .map(([x, axis]) => sampleOf([x], ([t]) => ops.unsqueeze(t!, axis), axis)),
      ),
  },
  squeeze: {
    sample: () =>
      shapeWithAxis().chain(({ shape, axis }) => {
        const one = shape.map((size, i) => (i === (axis + shape.length) % shape.length ? 1 : size));
        return values(one).map((x) => sampleOf([x], ([t]) => ops.squeeze(t!, axis), axis));
      }),
  },
  transpose: {
    sample: () =>
      fc.tuple(shapes(), types).chain(([shape, dtype]) => {
        const axes = shape.map((_, axis) => axis);
        const order = fc.option(fc.shuffledSubarray(axes, { minLength: axes.length }), { nil: undefined });
        return fc
          .tuple(values(shape, { dtype }), order)
          .map(([x, permutation]) => sampleOf([x], ([t]) => ops.transpose(t!, permutation), permutation));
      }),
  },
  concat: {
    sample: () =>
      fc
        .tuple(shapeWithAxis(), fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }), types)
        .chain(([{ shape, axis }, lengths, dtype]) => {
          const at = (axis + shape.length) % shape.length;
          const parts = lengths.map((length) =>
            values(
              shape.map((size, i) => (i === at ? length : size)),
              { dtype },
            ),
          );
          return fc.tuple(...parts).map((inputs) => sampleOf(inputs, (tensors) => ops.concat(tensors, axis), axis));
        }),
  },
  stack: {
    sample: () =>
      fc
        .tuple(shapes(0, 3), fc.integer({ min: 1, max: 3 }))
        .chain(([shape, copies]) =>
          fc
            .tuple(
              fc.tuple(...Array.from({ length: copies }, () => values(shape))),
              fc.integer({ min: -shape.length - 1, max: shape.length }),
            )
            .map(([inputs, axis]) => sampleOf(inputs, (tensors) => ops.stack(tensors, axis), axis)),
        ),
  },
  split: {
    sample: () =>
      fc
        .tuple(shapeWithAxis(), fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 }), fc.boolean())
        .chain(([{ shape, axis }, sizes, equal]) => {
          const parts = equal ? sizes.map(() => sizes[0]!) : sizes;
          const total = parts.reduce((a, b) => a + b, 0);
          const at = (axis + shape.length) % shape.length;
          return values(shape.map((size, i) => (i === at ? total : size))).map((x) =>
            sampleOf([x], ([t]) => ops.split(t!, equal ? parts.length : parts, axis), [axis, parts]),
          );
        }),
  },
  slice: {
    sample: () =>
      fc.tuple(shapeWithAxis(), fc.integer({ min: 0, max: 6 }), types).chain(([{ shape, axis }, length, dtype]) => {
        const at = (axis + shape.length) % shape.length;
        return fc
          .tuple(
            values(
              shape.map((size, i) => (i === at ? length : size)),
              { dtype },
            ),
            bounds(length),
          )
          .map(([x, part]) => sampleOf([x], ([t]) => ops.slice(t!, { axis, ...part }), { axis, ...part }));
      }),
  },
  dilate: {
    sample: () =>
      fc.tuple(shapeWithAxis(), fc.integer({ min: 1, max: 3 })).chain(([{ shape, axis }, step]) => {
        const at = (axis + shape.length) % shape.length;
        return values(shape).map((x) => sampleOf([x], ([t]) => ops.dilate(t!, at, step), [at, step]));
      }),
  },
  flip: {
    sample: () =>
      fc
        .tuple(shapeWithAxis(), types)
        .chain(([{ shape, axis }, dtype]) =>
          values(shape, { dtype }).map((x) => sampleOf([x], ([t]) => ops.flip(t!, axis), axis)),
        ),
  },
  pad: {
    sample: () =>
      fc
        .tuple(
          shapes(1, 3),
          fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 0, maxLength: 3 }),
          fc.constantFrom(undefined, 1, -3),
        )
        .chain(([shape, sizes, value]) => {
          const used = sizes.slice(0, shape.length);
          return values(shape).map((x) => sampleOf([x], ([t]) => ops.pad(t!, used, value), [used, value]));
        }),
  },
  expand: {
    sample: () =>
      broadcasting().chain(({ full, part }) =>
        values(part).map((x) => sampleOf([x], ([t]) => ops.expand(t!, full), full)),
      ),
  },
};

export const creationRows: Readonly<Record<string, Row>> = {
  full: {
    sample: () =>
      fc
        .tuple(shapes(), fc.constantFrom<"float" | "int64">("float", "int64"))
        .map(([shape, dtype]) =>
          sampleOf([], (_, float) => ops.full(shape, 3, dtype === "float" ? float : dtype), shape),
        ),
  },
  zerosLike: {
    sample: () => shapes().chain((shape) => values(shape).map((x) => sampleOf([x], ([t]) => ops.zerosLike(t!)))),
  },
  onesLike: {
    sample: () => shapes().chain((shape) => values(shape).map((x) => sampleOf([x], ([t]) => ops.onesLike(t!)))),
  },
  dimension: {
    sample: () =>
      shapeWithAxis().map(({ shape, axis }) =>
        sampleOf([], (_, float) => ops.dimension(shape, [(axis + shape.length) % shape.length], float), [shape, axis]),
      ),
  },
  arange: {
    sample: () => square.map((size) => sampleOf([], (_, float) => [ops.arange(size), ops.arange(size, float)], size)),
  },
  eye: {
    sample: () =>
      fc
        .tuple(square, fc.option(square, { nil: undefined }))
        .map(([rows, columns]) => sampleOf([], (_, float) => ops.eye(rows, columns, float), [rows, columns])),
  },
  lowerTriangle: { sample: () => square.map((size) => sampleOf([], () => ops.lowerTriangle(size), size)) },
  oneHot: {
    sample: () =>
      shapes(0, 3).chain((shape) =>
        values(shape, { dtype: "int64", low: 0, high: 3 }).map((x) =>
          sampleOf([x], ([t], float) => ops.oneHot(t!, 4, float)),
        ),
      ),
  },
  toTensor: {
    sample: () =>
      shapes().chain((shape) =>
        values(shape).map((x) =>
          sampleOf([x], ([t], float) => [
            ops.toTensor(t!),
            ops.toTensor(2.5, t),
            ops.toTensor([[1, 2]], constant(0, { dtype: float })),
          ]),
        ),
      ),
  },
};
