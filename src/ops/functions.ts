import type { Tensor } from "../graph/index.js";
import { add, div, mul, neg, sqrt, square, sub } from "./arithmetic.js";
import { methods } from "./define.js";
import { type Call, unary } from "./pointwise.js";
import { bounded, positiveDivisor } from "./singular.js";

/** e^x; where it overflows its derivative is the largest finite number. */
export const exp = unary("exp", { scalar: Math.exp, gradient: (g, _, y) => mul(g, bounded(y)), lower: "Exp" });
/** Natural logarithm; its derivative is taken as 0 at 0 and below. */
export const log = unary("log", { scalar: Math.log, gradient: (g, x) => div(g, positiveDivisor(x)), lower: "Log" });

/**
 * log(u) with the first-order correction for what rounding u = 1 + x lost (Higham, Accuracy and Stability, 1.14.1). From
 * |x| = 1 on nothing is lost, and infinity minus infinity would be NaN.
 */
function writeLog1p(call: Call, x: string): string {
  const u = call("Add", x, 1);
  const logarithm = call("Log", u);
  const lost = call("Div", call("Sub", call("Sub", u, 1), x), u);
  return call("Where", call("Less", call("Abs", x), 1), call("Sub", logarithm, lost), logarithm);
}

/** log(1 + x), accurate for small x; its derivative is taken as 0 at -1 and below. */
export const log1p = unary("log1p", {
  scalar: Math.log1p,
  gradient: (g, x) => div(g, positiveDivisor(add(x, 1))),
  lower: writeLog1p,
});
/** e^x - 1, accurate for small x: (u - 1) x / log u with u = e^x, in which the rounding errors of u cancel (Kahan). */
export const expm1 = unary("expm1", {
  scalar: Math.expm1,
  gradient: (g, x) => mul(g, bounded(exp(x))),
  lower: (call, x) => {
    const u = call("Exp", x);
    const direct = call("Sub", u, 1);
    const lost = call("Equal", direct, 0);
    const small = call("Less", call("Abs", x), 0.5);
    const quotient = call("Div", x, call("Where", lost, 1, call("Log", u)));
    return call("Where", lost, x, call("Where", small, call("Mul", direct, quotient), direct));
  },
});
/** Sine. */
export const sin = unary("sin", { scalar: Math.sin, gradient: (g, x) => mul(g, cos(x)), lower: "Sin" });
/** Cosine. */
export const cos = unary("cos", { scalar: Math.cos, gradient: (g, x) => neg(mul(g, sin(x))), lower: "Cos" });
/** Hyperbolic tangent. */
export const tanh = unary("tanh", {
  scalar: Math.tanh,
  gradient: (g, _, y) => mul(g, sub(1, square(y))),
  lower: "Tanh",
});
/** Arc tangent (float64 is computed in float32, for want of a kernel). */
export const atan = unary("atan", {
  scalar: Math.atan,
  gradient: (g, x) => div(g, add(square(x), 1)),
  lower: "Atan",
  float32Only: true,
});
/**
 * Arc cosine; values outside [-1, 1] count as the nearer end, where the derivative is taken as 0 (float64 is computed in
 * float32, for want of a kernel).
 */
export const acos = unary("acos", {
  scalar: (x) => Math.acos(Math.max(-1, Math.min(1, x))),
  gradient: (g, x) => neg(div(g, positiveDivisor(sqrt(mul(sub(1, x), add(x, 1)))))),
  lower: (call, x) => call("Acos", call("Clip", x, -1, 1)),
  float32Only: true,
});
/** log(x + sqrt(x^2 + 1)), accurate near 0. */
export const asinh = unary("asinh", {
  scalar: Math.asinh,
  gradient: (g, x) => div(g, sqrt(add(square(x), 1))),
  lower: "Asinh",
  lowerFloat64: (call, x) => {
    const a = call("Abs", x);
    // From 1e18 on a^2 / (sqrt(a^2 + 1) + 1) is a, and a^2 might overflow.
    const c = call("Min", a, 1e18);
    const share = call("Div", c, call("Add", call("Sqrt", call("Add", call("Mul", c, c), 1)), 1));
    return call("Mul", call("Sign", x), writeLog1p(call, call("Add", a, call("Mul", a, share))));
  },
});
/** log(x + sqrt(x^2 - 1)), accurate near 1; below 1, x counts as 1, where the derivative is taken as 0. */
export const acosh = unary("acosh", {
  scalar: (x) => Math.acosh(Math.max(1, x)),
  gradient: (g, x) => div(g, positiveDivisor(mul(sqrt(sub(x, 1)), sqrt(add(x, 1))))),
  lower: (call, x) => call("Acosh", call("Max", x, 1)),
  lowerFloat64: (call, x) => {
    const t = call("Max", call("Sub", x, 1), 0);
    const root = call("Mul", call("Sqrt", t), call("Sqrt", call("Add", t, 2)));
    return writeLog1p(call, call("Add", t, root));
  },
});
/** log((1 + x) / (1 - x)) / 2, accurate near 0; its derivative is taken as 0 at the ends of (-1, 1) and beyond. */
export const atanh = unary("atanh", {
  scalar: Math.atanh,
  gradient: (g, x) => div(g, positiveDivisor(mul(sub(1, x), add(x, 1)))),
  lower: "Atanh",
  lowerFloat64: (call, x) => {
    const a = call("Abs", x);
    const double = writeLog1p(call, call("Div", call("Mul", a, 2), call("Sub", 1, a)));
    return call("Mul", call("Sign", x), call("Mul", double, 0.5));
  },
});
/** Error function (float64 is computed in float32, for want of a kernel). */
export const erf = unary("erf", {
  scalar: errorFunction,
  gradient: (g, x) => mul(g, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  lower: "Erf",
  float32Only: true,
});

/**
 * 2 / sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!, all of one sign, so that nothing cancels (Abramowitz and Stegun,
 * 7.1.6); used only to fold constants.
 */
function errorFunction(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** log(1 + e^x), without overflow. */
export const softplus = unary("softplus", {
  scalar: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  gradient: (g, x) => mul(g, sigmoid(x)),
  lower: "Softplus",
  lowerFloat64: (call, x) => {
    const tail = writeLog1p(call, call("Exp", call("Neg", call("Abs", x))));
    return call("Add", call("Relu", x), tail);
  },
});
/** 1 / (1 + e^-x) */
export const sigmoid = unary("sigmoid", {
  scalar: (x) => 1 / (1 + Math.exp(-x)),
  gradient: (g, _, y) => mul(g, mul(y, sub(1, y))),
  lower: "Sigmoid",
  // ONNX Runtime merges x Sigmoid(x) into a node for which it has no float64 kernel.
  lowerFloat64: (call, x) => call("Reciprocal", call("Add", call("Exp", call("Neg", x)), 1)),
});

const unaries = {
  exp,
  log,
  log1p,
  expm1,
  sin,
  cos,
  tanh,
  atan,
  acos,
  asinh,
  acosh,
  atanh,
  erf,
  softplus,
  sigmoid,
};
methods(unaries);

type UnaryMethods = { [K in keyof typeof unaries]: () => Tensor };

declare module "../graph/tensor.js" {
  interface Tensor extends UnaryMethods {}
}
