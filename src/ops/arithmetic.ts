import type { Tensor } from "../graph/index.js";
import { finite, greaterEqual, lessEqual, where } from "./comparison.js";
import { floats, methods, numbers, type Operand } from "./define.js";
import { log } from "./functions.js";
import { binary, unary } from "./pointwise.js";
import { divisor, positiveDivisor } from "./singular.js";

/** -x */
export const neg = unary("neg", {
  allowed: numbers,
  scalar: (x) => -x,
  gradient: (g) => neg(g),
  linear: true,
  lower: "Neg",
});
/** |x|; its derivative at 0 is 0. */
export const abs = unary("abs", {
  allowed: numbers,
  scalar: Math.abs,
  gradient: (g, x) => mul(g, sign(x)),
  lower: "Abs",
});
/** -1, 0 or 1. */
export const sign = unary("sign", { allowed: numbers, scalar: Math.sign, lower: "Sign" });
/** Square root; its derivative at 0 is taken as 0. */
export const sqrt = unary("sqrt", {
  scalar: Math.sqrt,
  gradient: (g, _, y) => div(g, positiveDivisor(mul(y, 2))),
  lower: "Sqrt",
});
/** 1 / sqrt(x); its derivative at 0 is taken as 0. */
export const rsqrt = unary("rsqrt", {
  scalar: (x) => 1 / Math.sqrt(x),
  gradient: (g, x, y) => mul(mul(g, -0.5), div(finite(y), positiveDivisor(x))),
  lower: (call, x) => call("Reciprocal", call("Sqrt", x)),
});
/** 1 / x; its derivative at 0 is taken as 0. */
export const reciprocal = unary("reciprocal", {
  scalar: (x) => 1 / x,
  gradient: (g, x) => div(neg(g), divisor(square(x))),
  lower: "Reciprocal",
});
/** x^2 */
export const square = (x: Tensor): Tensor => mul(x, x);
/** Largest whole number not above x. */
export const floor = unary("floor", { scalar: Math.floor, lower: "Floor" });
/** Smallest whole number not below x. */
export const ceil = unary("ceil", { scalar: Math.ceil, lower: "Ceil" });
/** Nearest whole number, halves to even. */
export const round = unary("round", {
  scalar: (x) => {
    const nearest = Math.round(x);
    return Math.abs(x % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
  },
  lower: "Round",
});
/** The value without its gradient. */
export const stopGradient = unary("stopGradient", {
  allowed: [...numbers, "bool"],
  scalar: (x) => x,
  lower: "Identity",
});

/** a + b */
export const add = binary("add", { scalar: (a, b) => a + b, gradient: (g) => [g, g], linear: true, lower: "Add" });
/** a - b */
export const sub = binary("sub", { scalar: (a, b) => a - b, gradient: (g) => [g, neg(g)], linear: true, lower: "Sub" });
/** a b, element by element. */
export const mul = binary("mul", {
  scalar: (a, b) => a * b,
  gradient: (g, a, b) => [mul(g, b), mul(g, a)],
  lower: "Mul",
});
/** a / b, for int64 cut towards 0; where b is 0 the derivative is taken as 0. */
export const div = binary("div", {
  scalar: (a, b) => a / b,
  gradient: (g, a, b) => {
    const safe = divisor(b);
    const da = div(g, safe);
    return [da, neg(mul(da, div(a, safe)))];
  },
  lower: "Div",
});
/** a^b; where the derivative is infinite or undefined it is taken as 0. */
export const pow = binary("pow", {
  allowed: floats,
  scalar: (a, b) => a ** b,
  gradient: (g, a, b, y) => [mul(g, finite(mul(b, pow(a, sub(b, 1))))), mul(g, finite(mul(y, log(a))))],
  lower: "Pow",
});
/** The larger of both; where they are equal the gradient goes to `a`. */
export const maximum = binary("maximum", {
  scalar: Math.max,
  gradient: (g, a, b) => {
    const first = greaterEqual(a, b);
    return [where(first, g, 0), where(first, 0, g)];
  },
  linear: true,
  lower: "Max",
});
/** The smaller of both; where they are equal the gradient goes to `a`. */
export const minimum = binary("minimum", {
  scalar: Math.min,
  gradient: (g, a, b) => {
    const first = lessEqual(a, b);
    return [where(first, g, 0), where(first, 0, g)];
  },
  linear: true,
  lower: "Min",
});

/** x limited to [low, high]; the gradient passes where x is inside, the ends included. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return minimum(maximum(x, low), high);
}

const unaries = { neg, abs, sign, sqrt, rsqrt, reciprocal, square, floor, ceil, round, stopGradient };
const binaries = { add, sub, mul, div, pow, maximum, minimum };
methods({ ...unaries, ...binaries, clip });

type UnaryMethods = { [K in keyof typeof unaries]: () => Tensor };
type BinaryMethods = { [K in keyof typeof binaries]: (other: Operand) => Tensor };

declare module "../graph/tensor.js" {
  interface Tensor extends UnaryMethods, BinaryMethods {
    clip(low: number, high: number): Tensor;
  }
}
