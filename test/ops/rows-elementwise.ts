import fc from "fast-check";
import type { Tensor } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import { broadcastPair, type Row, type SampleType, sampleOf, shapes, type ValueOptions, values } from "./sample.js";

const infinities = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

interface ElementwiseOptions extends ValueOptions {
  readonly dtypes?: readonly SampleType[];
  /** Range for gradients, where it differs. */
  readonly smooth?: ValueOptions;
  readonly tolerance?: Row["tolerance"];
}

function unary(
  apply: (x: Tensor) => Tensor,
  { dtypes = ["float"], smooth, tolerance, ...plain }: ElementwiseOptions = {},
): Row {
  return {
    ...(tolerance && { tolerance }),
    sample: (isSmooth) =>
      fc.tuple(shapes(), fc.constantFrom(...dtypes)).chain(([shape, dtype]) => {
        const options = isSmooth ? { ...plain, special: [], ...smooth } : plain;
        const special = dtype === "float" ? (options.special ?? []) : [];
        return values(shape, { ...options, special, dtype }).map((x) => sampleOf([x], ([t]) => apply(t!)));
      }),
  };
}

/** `second` overrides the range of the second operand. */
function binary(
  apply: (a: Tensor, b: Tensor) => Tensor,
  {
    dtypes = ["float", "int64"],
    smooth,
    tolerance,
    second,
    ...plain
  }: ElementwiseOptions & { second?: ValueOptions } = {},
): Row {
  return {
    ...(tolerance && { tolerance }),
    sample: (isSmooth) =>
      fc.tuple(broadcastPair(), fc.constantFrom(...dtypes)).chain(([[a, b], dtype]) => {
        const options = { ...plain, ...(isSmooth ? { special: [], ...smooth } : {}) };
        const special = dtype === "float" ? (options.special ?? []) : [];
        const low = dtype === "int64" ? { low: 1 } : {};
        return fc
          .tuple(
            values(a, { ...options, special, dtype }),
            // No whole number apart: numbers that tie have a kink of their own in maximum.
            values(b, { ...options, special, dtype, ...second, ...(second ? low : {}) }),
          )
          .map(([x, y]) => sampleOf([x, isSmooth ? shifted(y, dtype) : y], ([s, t]) => apply(s!, t!)));
      }),
  };
}

/** Second operands between the first one's numbers, so that no two are equal. */
function shifted<T extends { values: readonly number[] }>(input: T, dtype: SampleType): T {
  return dtype === "float" ? { ...input, values: input.values.map((value) => value + 1 / 128) } : input;
}

const everywhere = [0, -0, ...infinities, Number.NaN];
const wide = { low: -6, high: 6, special: [0, -0] };

export const unaryRows: Readonly<Record<string, Row>> = {
  neg: unary(ops.neg, { dtypes: ["float", "int64"], special: everywhere }),
  abs: unary(ops.abs, { dtypes: ["float", "int64"], special: everywhere }),
  sign: unary(ops.sign, { dtypes: ["float", "int64"], special: [0, ...infinities] }),
  sqrt: unary(ops.sqrt, { low: 0.25, high: 9, special: [0, -1, Number.POSITIVE_INFINITY] }),
  rsqrt: unary(ops.rsqrt, { low: 0.25, high: 9, special: [0, Number.POSITIVE_INFINITY] }),
  reciprocal: unary(ops.reciprocal, { low: 0.5, high: 5, special: [0, -2, ...infinities] }),
  square: unary(ops.square, { dtypes: ["float", "int64"], special: infinities }),
  floor: unary(ops.floor, { special: [-1, 0, 2] }),
  ceil: unary(ops.ceil, { special: [-1, 0, 2] }),
  round: unary(ops.round, { special: [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5] }),
  stopGradient: {
    stopsGradient: true,
    sample: () =>
      fc
        .tuple(shapes(), fc.constantFrom<SampleType>("float", "int64", "bool"))
        .chain(([shape, dtype]) => values(shape, { dtype }).map((x) => sampleOf([x], ([t]) => ops.stopGradient(t!)))),
  },
  exp: unary(ops.exp, { ...wide, special: [0, 1000, ...infinities] }),
  log: unary(ops.log, { low: 0.25, high: 9, special: [0, -1, Number.POSITIVE_INFINITY] }),
  log1p: unary(ops.log1p, { low: -0.75, high: 9, special: [0, -1, -2, Number.POSITIVE_INFINITY] }),
  expm1: unary(ops.expm1, { ...wide, special: [0, 1000, ...infinities] }),
  sin: unary(ops.sin, wide),
  cos: unary(ops.cos, wide),
  tanh: unary(ops.tanh, { ...wide, special: infinities }),
  atan: unary(ops.atan, { ...wide, special: infinities, tolerance: { float64: 1e-6 } }),
  acos: unary(ops.acos, { low: -0.75, high: 0.75, special: [-1, 1, -3, 3], tolerance: { float64: 1e-6 } }),
  asinh: unary(ops.asinh, { ...wide, special: [0, 1e12, -1e12, ...infinities] }),
  acosh: unary(ops.acosh, { low: 1.25, high: 9, special: [1, 0.5, 1e12, Number.POSITIVE_INFINITY] }),
  atanh: unary(ops.atanh, { low: -0.75, high: 0.75, special: [0, -1, 1, 2] }),
  erf: unary(ops.erf, { low: -4, high: 4, special: infinities, tolerance: { float64: 1e-6 } }),
  sigmoid: unary(ops.sigmoid, { ...wide, special: infinities }),
  softplus: unary(ops.softplus, { ...wide, special: [100, -100, ...infinities] }),
  relu: unary(ops.relu, { special: [0, ...infinities] }),
  leakyRelu: {
    sample: () =>
      fc
        .tuple(shapes(), fc.constantFrom(undefined, 0.25, 0, 2))
        .chain(([shape, slope]) => values(shape).map((x) => sampleOf([x], ([t]) => ops.leakyRelu(t!, slope), slope))),
  },
  gelu: unary(ops.gelu, { low: -3, high: 3, special: [0], tolerance: { float32: 2e-5, float64: 1e-6 } }),
  silu: unary(ops.silu, wide),
  isNotANumber: unary(ops.isNotANumber, { special: everywhere }),
  logicalNot: unary(ops.logicalNot, { dtypes: ["bool"] }),
  finite: unary(ops.finite, { special: everywhere }),
};

const logical = { dtypes: ["bool"] } as const;
const comparable = { special: [0, 0.5, ...infinities] };

export const binaryRows: Readonly<Record<string, Row>> = {
  add: binary(ops.add, { special: infinities }),
  sub: binary(ops.sub, { special: infinities }),
  mul: binary(ops.mul, { special: [0, ...infinities] }),
  div: binary(ops.div, { special: [0, ...infinities], second: { low: 0.5, high: 3 } }),
  pow: binary(ops.pow, {
    dtypes: ["float"],
    low: 0.25,
    high: 3,
    special: [0, -2, 2],
    second: { low: -2, high: 3, special: [-1, 0, 1, 2, 3] },
    tolerance: { float32: 3e-5 },
  }),
  maximum: binary(ops.maximum, comparable),
  minimum: binary(ops.minimum, comparable),
  equal: binary(ops.equal, { ...comparable, dtypes: ["float", "int64", "bool"] }),
  notEqual: binary(ops.notEqual, { ...comparable, dtypes: ["float", "int64", "bool"] }),
  less: binary(ops.less, comparable),
  lessEqual: binary(ops.lessEqual, comparable),
  greater: binary(ops.greater, comparable),
  greaterEqual: binary(ops.greaterEqual, comparable),
  logicalAnd: binary(ops.logicalAnd, logical),
  logicalOr: binary(ops.logicalOr, logical),
  logicalXor: binary(ops.logicalXor, logical),
};

export const choiceRows: Readonly<Record<string, Row>> = {
  where: {
    sample: () =>
      fc
        .tuple(broadcastPair(), fc.boolean(), fc.constantFrom<SampleType>("float", "int64"))
        .chain(([[a, b], swap, dtype]) =>
          fc
            .tuple(values(swap ? b : a, { dtype: "bool" }), values(a, { dtype }), values(b, { dtype }))
            .map((inputs) => sampleOf(inputs, ([condition, x, y]) => ops.where(condition!, x!, y!))),
        ),
  },
  maskedFill: {
    sample: () =>
      broadcastPair().chain(([a, b]) =>
        fc
          .tuple(values(a), values(b, { dtype: "bool" }))
          .map((inputs) => sampleOf(inputs, ([x, mask]) => ops.maskedFill(x!, mask!, -1.5))),
      ),
  },
  clip: {
    sample: () =>
      fc
        .tuple(shapes(), fc.constantFrom<[number, number]>([-1, 1], [0, 0.5], [-3, 3]))
        .chain(([shape, [low, high]]) =>
          values(shape).map((x) => sampleOf([x], ([t]) => ops.clip(t!, low, high), [low, high])),
        ),
  },
  cast: {
    sample: () =>
      fc
        .tuple(
          shapes(),
          fc.constantFrom<SampleType>("float", "int64", "bool"),
          fc.constantFrom("float", "int64", "bool", "other"),
        )
        .chain(([shape, from, to]) =>
          values(shape, { dtype: from, ...(from === "float" ? { special: [0] } : {}) }).map((x) =>
            sampleOf(
              [x],
              ([t], float) => {
                const other = float === "float32" ? "float64" : "float32";
                return ops.cast(t!, to === "float" ? float : to === "other" ? other : (to as "int64" | "bool"));
              },
              to,
            ),
          ),
        ),
    tolerance: { float64: 1e-6 },
  },
};
