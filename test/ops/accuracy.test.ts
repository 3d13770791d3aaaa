import { describe, expect, test } from "vitest";
import { input, type Tensor } from "../../src/graph/index.js";
import * as ops from "../../src/ops/index.js";
import { evaluate, type Values } from "../oracles/evaluate.js";
import { numbersOf, runGraph } from "./check.js";

const step = 10 ** 0.25;

/** Numbers of one sign at four places in each power of ten, as float32 holds them. */
function magnitudes(low: number, high: number): number[] {
  const numbers: number[] = [];
  for (let x = low; x <= high; x *= step) numbers.push(Math.fround(x));
  return numbers;
}

function negated(numbers: readonly number[]): number[] {
  return numbers.map((x) => -x);
}

const tiny = 1e-30;
const small = magnitudes(tiny, 0.5);
/** Numbers from below to just under 1, ever nearer. */
const towardsOne = magnitudes(1e-7, 0.5).map((gap) => Math.fround(1 - gap));
const all = magnitudes(tiny, 1e30);

interface Claim {
  readonly of: (x: Tensor) => Tensor;
  readonly x: readonly number[];
  /** Largest relative error in float32 and float64. */
  readonly within?: readonly [number, number];
}

const claims: Readonly<Record<string, Claim>> = {
  log1p: { of: ops.log1p, x: [...all, ...negated(small), ...negated(towardsOne)] },
  expm1: { of: ops.expm1, x: [...magnitudes(tiny, 80), ...negated(all)] },
  asinh: { of: ops.asinh, x: [...all, ...negated(all)] },
  acosh: { of: ops.acosh, x: [...magnitudes(1, 1e30), ...magnitudes(1e-6, 1).map((gap) => Math.fround(1 + gap))] },
  atanh: { of: ops.atanh, x: [...small, ...negated(small), ...towardsOne, ...negated(towardsOne)] },
  softplus: { of: ops.softplus, x: [...all, ...negated(magnitudes(tiny, 80))] },
  acos: { of: ops.acos, x: [...small, ...negated(small), ...towardsOne, ...negated(towardsOne)], within: [1e-6, 1e-6] },
  erf: { of: ops.erf, x: [...all, ...negated(all)], within: [1e-6, 1e-6] },
  tanh: { of: ops.tanh, x: [...all, ...negated(all)], within: [1e-6, 1e-14] },
  // ONNX Runtime's float32 kernel is accurate absolutely, not relatively, below -18.
  sigmoid: { of: ops.sigmoid, x: [...all, ...negated(magnitudes(tiny, 5))], within: [1e-6, 1e-14] },
  exp: { of: ops.exp, x: [...magnitudes(tiny, 80), ...negated(magnitudes(tiny, 80))] },
  log: { of: ops.log, x: [...all, ...towardsOne] },
};

const types = ["float32", "float64"] as const;

describe.each(types)("relative accuracy over all magnitudes (%s)", (dtype) => {
  test.each(Object.entries(claims))("%s", async (_, { of, x, within = [1e-6, 5e-15] }) => {
    const source = input("x", dtype, [x.length]);
    const y = of(source);
    const feeds = new Map<Tensor, Values>([[source, { shape: [x.length], data: x }]]);
    const [expected] = evaluate([y], feeds) as [Values];
    const [actual] = await runGraph([y], feeds);
    const errors = numbersOf(actual!).map((value, i) => {
      const exact = expected.data[i]!;
      return value === exact || Math.fround(exact) === value ? 0 : Math.abs(value - exact) / Math.abs(exact);
    });
    const worst = errors.reduce((at, error, i) => (error <= errors[at]! ? at : i), 0);
    expect(errors[worst], `at ${x[worst]}`).toBeLessThan(within[types.indexOf(dtype)]!);
  });
});
