import fc from "fast-check";
import type { Tensor } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import {
  broadcasting,
  type Row,
  type SampleType,
  sampleOf,
  shapes,
  shapeWithAxis,
  type ValueOptions,
  values,
} from "./sample.js";

const { POSITIVE_INFINITY: infinity } = Number;

/** Options of a reduction over `rank` axes: a number, a list in any order and sign, or none. */
function reduceOptions(rank: number): fc.Arbitrary<ops.ReduceOptions | number> {
  const list = fc
    .subarray(Array.from({ length: rank }, (_, axis) => axis))
    .chain((axes) =>
      fc
        .array(fc.boolean(), { minLength: rank, maxLength: rank })
        .map((signs) => axes.map((axis, i) => (signs[i] ? axis - rank : axis)).reverse()),
    );
  const options: fc.Arbitrary<ops.ReduceOptions | number> = fc.oneof(
    fc.constant({}),
    fc.record({ axes: list, keepAxes: fc.boolean() }),
  );
  return rank === 0 ? options : fc.oneof(options, fc.integer({ min: -rank, max: rank - 1 }));
}

interface ReduceRowOptions extends ValueOptions {
  readonly dtypes?: readonly SampleType[];
  readonly needsElements?: boolean;
  readonly tolerance?: Row["tolerance"];
}

function reduces(
  apply: (x: Tensor, options: ops.ReduceOptions | number) => Tensor,
  { dtypes = ["float"], needsElements = false, tolerance, ...options }: ReduceRowOptions = {},
): Row {
  return {
    ...(tolerance && { tolerance }),
    sample: (smooth) =>
      fc
        .tuple(
          shapes().filter((shape) => !needsElements || !shape.includes(0)),
          fc.constantFrom(...dtypes),
        )
        .chain(([shape, dtype]) =>
          fc
            .tuple(
              values(shape, { ...options, dtype, ...(smooth || dtype !== "float" ? { special: [] } : {}) }),
              reduceOptions(shape.length),
            )
            .map(([x, over]) => sampleOf([x], ([t]) => apply(t!, over), over)),
        ),
  };
}

function along(apply: (x: Tensor, axis: number) => Tensor, options: ValueOptions = {}, empty = true): Row {
  return {
    sample: (smooth) =>
      shapeWithAxis()
        .filter(({ shape }) => empty || !shape.includes(0))
        .chain(({ shape, axis }) =>
          values(shape, { ...options, ...(smooth ? { special: [] } : {}) }).map((x) =>
            sampleOf([x], ([t]) => apply(t!, axis), axis),
          ),
        ),
  };
}

function indexOf(apply: (x: Tensor, axis: number, keepAxes: boolean) => Tensor): Row {
  return {
    sample: () =>
      fc
        .tuple(
          shapeWithAxis().filter(({ shape }) => !shape.includes(0)),
          fc.boolean(),
          fc.constantFrom<SampleType>("float", "int64"),
        )
        .chain(([{ shape, axis }, keepAxes, dtype]) =>
          values(shape, { dtype, low: -1, high: 1 }).map((x) =>
            sampleOf([x], ([t]) => apply(t!, axis, keepAxes), [axis, keepAxes]),
          ),
        ),
  };
}

const numbers = ["float", "int64"] as const;
const extremes = { dtypes: numbers, needsElements: true, distinct: true, low: -40, high: 40 };

export const reduceRows: Readonly<Record<string, Row>> = {
  sum: reduces(ops.sum, { dtypes: numbers }),
  max: reduces(ops.max, extremes),
  min: reduces(ops.min, extremes),
  mean: reduces(ops.mean),
  variance: {
    sample: () =>
      fc
        .tuple(
          shapes(1).filter((shape) => !shape.includes(0)),
          fc.boolean(),
          fc.boolean(),
        )
        .chain(([shape, keepAxes, corrected]) => {
          const correction = corrected && shape[0]! > 1 ? 1 : 0;
          return values(shape).map((x) =>
            sampleOf([x], ([t]) => ops.variance(t!, { axes: 0, keepAxes, correction }), [keepAxes, correction]),
          );
        }),
    tolerance: { float32: 1e-4 },
  },
  prod: reduces(ops.prod, { dtypes: numbers, special: [0], low: -1.5, high: 1.5 }),
  logSumExp: reduces(ops.logSumExp, { low: -6, high: 6, special: [-infinity, 200, infinity] }),
  softmax: along(ops.softmax, { low: -6, high: 6, special: [-100, 100] }),
  logSoftmax: along(ops.logSoftmax, { low: -6, high: 6, special: [-100, 100] }),
  argMax: indexOf(ops.argMax),
  argMin: indexOf(ops.argMin),
  cumSum: {
    sample: () =>
      fc
        .tuple(
          shapeWithAxis(),
          fc.record({ reverse: fc.boolean(), exclusive: fc.boolean() }),
          fc.constantFrom<SampleType>(...numbers),
        )
        .chain(([{ shape, axis }, options, dtype]) =>
          values(shape, { dtype }).map((x) => sampleOf([x], ([t]) => ops.cumSum(t!, axis, options), [axis, options])),
        ),
  },
  norm: reduces(ops.norm, { special: [0], needsElements: true }),
  sumTo: {
    sample: () =>
      broadcasting().chain(({ full, part }) =>
        values(full).map((x) => sampleOf([x], ([t]) => ops.sumTo(t!, part), part)),
      ),
  },
};
