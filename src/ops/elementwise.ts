import { type DType, type Emitter, mismatch, type Op, type Tensor } from "../graph/index.js";
import { checkBroadcast, checkTypes, floats, methods, numbers, type Operand, simple, toTensors } from "./define.js";
import { sumTo } from "./reduce.js";

/** Largest finite number of a type. */
export function largest(dtype: DType): number {
  return dtype === "float64" ? Number.MAX_VALUE : 3.4028234663852886e38;
}

/**
 * `b` for use as a divisor in a gradient: 0 becomes infinity, so that the derivative at a singular point is 0. This
 * keeps NaN out of gradients through unselected branches, at the norm of a zero vector, at sqrt(0) and log(0).
 */
function divisor(b: Tensor): Tensor {
  return where(equal(b, 0), Number.POSITIVE_INFINITY, b);
}

/** `x` with infinities replaced by the largest finite number: 0 times it is 0. */
function bounded(x: Tensor): Tensor {
  return minimum(x, largest(x.dtype));
}

type Unary = {
  readonly allowed?: readonly DType[];
  readonly scalar: (x: number) => number;
  /** Gradient of the input from the output's, or none where it is zero everywhere. */
  readonly gradient?: (g: Tensor, x: Tensor, y: Tensor) => Tensor;
  /** ONNX operator, or nodes to write. */
  readonly lower: string | ((emit: Emitter, x: string, dtype: DType) => string);
  /** Set when ONNX Runtime has the operator for float32 only. */
  readonly float32Only?: boolean;
};

function unary(name: string, rule: Unary): (x: Tensor) => Tensor {
  const { lower, gradient } = rule;
  const op: Op = {
    name,
    infer: ([x]) => {
      checkTypes([x!], rule.allowed ?? floats);
      return [x!];
    },
    ...(gradient && {
      gradient: ({ inputs: [x], outputs: [y], gradients: [g] }) => [g && gradient(g, x!, y!)],
    }),
    lower: (emit, [x], node) => {
      const dtype = node.outputs[0]!.dtype;
      if (typeof lower !== "string") return [lower(emit, x!, dtype)];
      if (!rule.float32Only || dtype === "float32") return [emit.add(lower, [x!])];
      return [emit.cast(emit.add(lower, [emit.cast(x!, "float32")]), dtype)];
    },
    scalar: rule.scalar,
  };
  return (x) => simple(op, x);
}

/** -x */
export const neg = unary("neg", { allowed: numbers, scalar: (x) => -x, gradient: (g) => neg(g), lower: "Neg" });
/** |x|; its derivative at 0 is 0. */
export const abs = unary("abs", {
  allowed: numbers,
  scalar: Math.abs,
  gradient: (g, x) => mul(g, sign(x)),
  lower: "Abs",
});
/** -1, 0 or 1. */
export const sign = unary("sign", { allowed: numbers, scalar: Math.sign, lower: "Sign" });
/** e^x */
export const exp = unary("exp", { scalar: Math.exp, gradient: (g, _, y) => mul(g, bounded(y)), lower: "Exp" });
/** Natural logarithm; its derivative at 0 is taken as 0. */
export const log = unary("log", { scalar: Math.log, gradient: (g, x) => div(g, divisor(x)), lower: "Log" });
/** log(1 + x), accurate for small x (Kahan's quotient). */
export const log1p = unary("log1p", {
  scalar: Math.log1p,
  gradient: (g, x) => div(g, divisor(add(x, 1))),
  lower: (emit, x, dtype) => {
    const one = emit.scalar(1, dtype);
    const u = emit.add("Add", [x, one]);
    const difference = emit.add("Sub", [u, one]);
    // x itself where 1 + x rounds to 1; log(u) where u is infinite, for infinity over infinity would be NaN.
    const tiny = emit.add("Equal", [difference, emit.scalar(0, dtype)]);
    const logarithm = emit.add("Log", [u]);
    const far = emit.add("Greater", [emit.add("Abs", [x]), emit.scalar(1, dtype)]);
    const quotient = emit.add("Div", [x, emit.add("Where", [tiny, one, difference])]);
    const corrected = emit.add("Mul", [logarithm, quotient]);
    return emit.add("Where", [tiny, x, emit.add("Where", [far, logarithm, corrected])]);
  },
});
/** e^x - 1, accurate for small x: 2 tanh(x/2) / (1 - tanh(x/2)). */
export const expm1 = unary("expm1", {
  scalar: Math.expm1,
  gradient: (g, x) => mul(g, bounded(exp(x))),
  lower: (emit, x, dtype) => {
    const one = emit.scalar(1, dtype);
    const u = emit.add("Exp", [x]);
    const direct = emit.add("Sub", [u, one]);
    const small = emit.add("Less", [emit.add("Abs", [x]), emit.scalar(0.5, dtype)]);
    const logarithm = emit.add("Log", [u]);
    const exact = emit.add("Equal", [direct, emit.scalar(0, dtype)]);
    const kahan = emit.add("Mul", [direct, emit.add("Div", [x, emit.add("Where", [exact, one, logarithm])])]);
    return emit.add("Where", [exact, x, emit.add("Where", [small, kahan, direct])]);
  },
});
/** Square root; its derivative at 0 is taken as 0. */
export const sqrt = unary("sqrt", {
  scalar: Math.sqrt,
  gradient: (g, _, y) => div(g, divisor(mul(y, 2))),
  lower: "Sqrt",
});
/** 1 / sqrt(x) */
export const rsqrt = unary("rsqrt", {
  scalar: (x) => 1 / Math.sqrt(x),
  gradient: (g, x, y) => mul(mul(g, -0.5), div(bounded(y), divisor(x))),
  lower: (emit, x) => emit.add("Reciprocal", [emit.add("Sqrt", [x])]),
});
/** 1 / x */
export const reciprocal = unary("reciprocal", {
  scalar: (x) => 1 / x,
  gradient: (g, x) => div(neg(g), divisor(square(x))),
  lower: "Reciprocal",
});
/** x^2 */
export const square = (x: Tensor): Tensor => mul(x, x);
export const sin = unary("sin", { scalar: Math.sin, gradient: (g, x) => mul(g, cos(x)), lower: "Sin" });
export const cos = unary("cos", { scalar: Math.cos, gradient: (g, x) => neg(mul(g, sin(x))), lower: "Cos" });
export const tanh = unary("tanh", {
  scalar: Math.tanh,
  gradient: (g, _, y) => mul(g, sub(1, square(y))),
  lower: "Tanh",
});
export const atan = unary("atan", {
  scalar: Math.atan,
  gradient: (g, x) => div(g, add(square(x), 1)),
  lower: "Atan",
  float32Only: true,
});
/** Arc cosine; values outside [-1, 1] count as the nearer end, where the derivative is taken as 0. */
export const acos = unary("acos", {
  scalar: (x) => Math.acos(Math.max(-1, Math.min(1, x))),
  gradient: (g, x) => neg(div(g, divisor(sqrt(maximum(mul(sub(1, x), add(x, 1)), 0))))),
  lower: (emit, x, dtype) => {
    const inside = emit.add("Clip", [x, emit.scalar(-1, dtype), emit.scalar(1, dtype)]);
    if (dtype === "float32") return emit.add("Acos", [inside]);
    return emit.cast(emit.add("Acos", [emit.cast(inside, "float32")]), dtype);
  },
});
/** log(x + sqrt(x^2 + 1)), odd and accurate near 0. */
export const asinh = (x: Tensor): Tensor => {
  const a = abs(x);
  const squared = square(a);
  return mul(sign(x), log1p(add(a, div(squared, add(sqrt(add(squared, 1)), 1)))));
};
/** log(x + sqrt(x^2 - 1)) for x >= 1, accurate near 1; its derivative at 1 is taken as 0. */
export const acosh = (x: Tensor): Tensor => {
  const t = maximum(sub(x, 1), 0);
  return log1p(add(t, sqrt(mul(t, add(t, 2)))));
};
/** log((1 + x) / (1 - x)) / 2, accurate near 0. */
export const atanh = (x: Tensor): Tensor => mul(log1p(div(mul(x, 2), sub(1, x))), 0.5);
/** Error function (float64 is computed in float32, for want of a kernel). */
export const erf = unary("erf", {
  scalar: errorFunction,
  gradient: (g, x) => mul(g, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  lower: "Erf",
  float32Only: true,
});
/** 1 / (1 + e^-x) */
export const sigmoid = unary("sigmoid", {
  scalar: (x) => 1 / (1 + Math.exp(-x)),
  gradient: (g, _, y) => mul(g, mul(y, sub(1, y))),
  lower: "Sigmoid",
});
/** log(1 + e^x), without overflow. */
export const softplus = unary("softplus", {
  scalar: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  gradient: (g, x) => mul(g, sigmoid(x)),
  lower: (emit, x, dtype) => {
    if (dtype === "float32") return emit.add("Softplus", [x]);
    const one = emit.scalar(1, dtype);
    const tail = emit.add("Log", [emit.add("Add", [emit.add("Exp", [emit.add("Neg", [emit.add("Abs", [x])])]), one])]);
    return emit.add("Add", [emit.add("Relu", [x]), tail]);
  },
});
/** max(x, 0); its derivative at 0 is 0. */
export const relu = unary("relu", {
  scalar: (x) => Math.max(x, 0),
  gradient: (g, x) => where(greater(x, 0), g, 0),
  lower: "Relu",
});
export const floor = unary("floor", { scalar: Math.floor, lower: "Floor" });
export const ceil = unary("ceil", { scalar: Math.ceil, lower: "Ceil" });
/** Nearest whole number, halves to even. */
export const round = unary("round", {
  scalar: (x) => {
    const nearest = Math.round(x);
    return Math.abs(x % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
  },
  lower: "Round",
});
/** x where positive, slope * x elsewhere. */
export const leakyRelu = (x: Tensor, slope = 0.01): Tensor => where(greater(x, 0), x, mul(x, slope));
/** x * Phi(x), exact (Hendrycks and Gimpel, 2016). */
export const gelu = (x: Tensor): Tensor => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
/** x * sigmoid(x), also called swish. */
export const silu = (x: Tensor): Tensor => mul(x, sigmoid(x));
/** The value without its gradient. */
export const stopGradient = unary("stopGradient", {
  allowed: ["float32", "float64", "int64", "bool"],
  scalar: (x) => x,
  lower: "Identity",
});
/** True where x is not a number. */
export const isNotANumber = (x: Tensor): Tensor => notEqual(x, x);

/** Abramowitz and Stegun's series and continued fraction; used only to fold constants. */
function errorFunction(x: number): number {
  const a = Math.abs(x);
  if (a > 6) return Math.sign(x);
  let term = a;
  let sum = a;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (-a * a) / n;
    sum += term / (2 * n + 1);
  }
  return Math.sign(x) * Math.min(1, (2 / Math.sqrt(Math.PI)) * sum);
}

type Binary = {
  readonly allowed?: readonly DType[];
  readonly result?: DType;
  readonly scalar: (a: number, b: number) => number;
  readonly gradient?: (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => [Tensor, Tensor];
  readonly lower: string;
};

function binary(name: string, rule: Binary): (a: Operand, b: Operand) => Tensor {
  const { gradient } = rule;
  const op: Op = {
    name,
    infer: ([a, b]) => {
      const dtype = checkTypes([a!, b!], rule.allowed ?? numbers);
      return [{ dtype: rule.result ?? dtype, shape: checkBroadcast(a!.shape, b!.shape) }];
    },
    ...(gradient && {
      gradient: ({ inputs: [a, b], outputs: [y], gradients: [g] }) => {
        if (g === undefined) return [];
        const [da, db] = gradient(g, a!, b!, y!);
        return [sumTo(da, a!.shape), sumTo(db, b!.shape)];
      },
    }),
    lower: (emit, inputs) => [emit.add(rule.lower, inputs)],
    scalar: rule.scalar,
  };
  return (a, b) => simple(op, ...toTensors(a, b));
}

export const add = binary("add", { scalar: (a, b) => a + b, gradient: (g) => [g, g], lower: "Add" });
export const sub = binary("sub", { scalar: (a, b) => a - b, gradient: (g) => [g, neg(g)], lower: "Sub" });
export const mul = binary("mul", {
  scalar: (a, b) => a * b,
  gradient: (g, a, b) => [mul(g, b), mul(g, a)],
  lower: "Mul",
});
/** a / b; where b is 0 the derivative is taken as 0. */
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
  gradient: (g, a, b, y) => [
    mul(g, mul(b, finite(pow(a, sub(b, 1))))),
    mul(g, mul(finite(y), log(where(greater(a, 0), a, 1)))),
  ],
  lower: "Pow",
});
/** The larger of both; where they are equal the gradient goes to `a`. */
export const maximum = binary("maximum", {
  scalar: Math.max,
  gradient: (g, a, b) => {
    const first = greaterEqual(a, b);
    return [where(first, g, 0), where(first, 0, g)];
  },
  lower: "Max",
});
/** The smaller of both; where they are equal the gradient goes to `a`. */
export const minimum = binary("minimum", {
  scalar: Math.min,
  gradient: (g, a, b) => {
    const first = lessEqual(a, b);
    return [where(first, g, 0), where(first, 0, g)];
  },
  lower: "Min",
});

/** Infinities and NaN replaced by 0. */
function finite(x: Tensor): Tensor {
  return where(less(abs(x), Number.POSITIVE_INFINITY), x, 0);
}

function comparison(name: string, lower: string, scalar: (a: number, b: number) => boolean, allowed = numbers) {
  return binary(name, { lower, scalar: (a, b) => Number(scalar(a, b)), result: "bool", allowed });
}

export const equal = comparison("equal", "Equal", (a, b) => a === b, [...numbers, "bool"]);
export const less = comparison("less", "Less", (a, b) => a < b);
export const lessEqual = comparison("lessEqual", "LessOrEqual", (a, b) => a <= b);
export const greater = comparison("greater", "Greater", (a, b) => a > b);
export const greaterEqual = comparison("greaterEqual", "GreaterOrEqual", (a, b) => a >= b);
export const logicalAnd = comparison("logicalAnd", "And", (a, b) => a !== 0 && b !== 0, ["bool"]);
export const logicalOr = comparison("logicalOr", "Or", (a, b) => a !== 0 || b !== 0, ["bool"]);
export const logicalXor = comparison("logicalXor", "Xor", (a, b) => (a !== 0) !== (b !== 0), ["bool"]);
export const logicalNot = unary("logicalNot", { allowed: ["bool"], scalar: (x) => Number(x === 0), lower: "Not" });
export const notEqual = (a: Operand, b: Operand): Tensor => logicalNot(equal(a, b));

const whereOp: Op = {
  name: "where",
  infer: ([condition, a, b]) => {
    if (condition!.dtype !== "bool")
      throw mismatch("a bool condition", "compare first, such as x.greater(0)", "dtype-mismatch");
    const dtype = checkTypes([a!, b!], numbers);
    return [{ dtype, shape: checkBroadcast(condition!.shape, checkBroadcast(a!.shape, b!.shape)) }];
  },
  gradient: ({ inputs: [condition, a, b], gradients: [g] }) =>
    g === undefined
      ? []
      : [undefined, sumTo(where(condition!, g, 0), a!.shape), sumTo(where(condition!, 0, g), b!.shape)],
  lower: (emit, inputs) => [emit.add("Where", inputs)],
  scalar: (condition, a, b) => (condition ? a! : b!),
};

/** `a` where the bool `condition` holds, else `b`; all three broadcast. No gradient flows into the other branch. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return simple(whereOp, condition, ...toTensors(a, b));
}

/** `value` where the bool `mask` holds, else x. */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  return where(mask, value, x);
}

/** x limited to [low, high]; the gradient passes where x is inside, the ends included. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return minimum(maximum(x, low), high);
}

const unaries = {
  neg,
  abs,
  sign,
  exp,
  log,
  log1p,
  expm1,
  sqrt,
  rsqrt,
  reciprocal,
  square,
  sin,
  cos,
  tanh,
  atan,
  acos,
  asinh,
  acosh,
  atanh,
  erf,
  sigmoid,
  softplus,
  relu,
  gelu,
  silu,
  floor,
  ceil,
  round,
  stopGradient,
  isNotANumber,
  logicalNot,
};
const binaries = {
  add,
  sub,
  mul,
  div,
  pow,
  maximum,
  minimum,
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
};
methods({ ...unaries, ...binaries, leakyRelu, maskedFill, clip });

type UnaryMethods = { [K in keyof typeof unaries]: () => Tensor };
type BinaryMethods = { [K in keyof typeof binaries]: (other: Operand) => Tensor };

declare module "../graph/tensor.js" {
  interface Tensor extends UnaryMethods, BinaryMethods {
    leakyRelu(slope?: number): Tensor;
    maskedFill(mask: Tensor, value: number): Tensor;
    clip(low: number, high: number): Tensor;
  }
}
