import type { DType, Tensor } from "../../../graph/index.js";
import {
  abs,
  acos,
  acosh,
  add,
  asinh,
  atan,
  atanh,
  cast,
  ceil,
  cos,
  div,
  equal,
  exp,
  floor,
  greater,
  greaterEqual,
  isNotANumber,
  less,
  lessEqual,
  log,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  round,
  sign,
  sin,
  sqrt,
  square,
  sub,
  where,
} from "../../../ops/index.js";
import { type Call, type OpRule, type RuleTable, rule, unary } from "../call.js";
import { toDType } from "../tensors.js";

const isFloating = (dtype: DType): boolean => dtype === "float32" || dtype === "float64";

/** Decoded images (uint8) count as whole numbers once they are computed with. */
function computable(x: Tensor): Tensor {
  return x.dtype === "uint8" ? cast(x, "int64") : x;
}

/** A function of two tensors that broadcast. */
function binary(apply: (a: Tensor, b: Tensor, call: Call) => Tensor): OpRule {
  return rule((call) => {
    call.attributes.ignore("axis", "broadcast");
    return apply(computable(call.tensor(0)), computable(call.tensor(1)), call);
  });
}

/** A function of one or more tensors. */
function variadic(apply: (a: Tensor, b: Tensor) => Tensor): OpRule {
  return rule((call) => call.tensors.map(computable).reduce(apply));
}

function power(a: Tensor, b: Tensor, call: Call): Tensor {
  const fixed = call.value(1).fixed;
  if (fixed?.data.length === 1 && fixed.shape.length <= a.rank && isFloating(a.dtype)) {
    if (fixed.data[0] === 2) return square(a);
    if (fixed.data[0] === 0.5) return sqrt(a);
    if (fixed.data[0] === 1) return a;
  }
  if (isFloating(a.dtype)) return pow(a, cast(b, a.dtype));
  return cast(pow(cast(a, "float64"), cast(b, "float64")), a.dtype);
}

/** Cut towards zero. */
function truncate(x: Tensor): Tensor {
  return mul(sign(x), floor(abs(x)));
}

/** What is left of a division: with the sign of the dividend (`fmod`), or of the divisor. */
function remainder(a: Tensor, b: Tensor, { attributes }: Call): Tensor {
  const whole = !isFloating(a.dtype);
  const quotient = div(a, b);
  const left = sub(a, mul(b, whole ? quotient : truncate(quotient)));
  if (attributes.flag("fmod")) return left;
  if (!whole) return sub(a, mul(b, floor(quotient)));
  const differs = logicalAnd(logicalNot(equal(left, 0)), logicalXor(less(left, 0), less(b, 0)));
  return where(differs, add(left, b), left);
}

/** `where` of booleans too. */
function choose(call: Call): Tensor {
  const condition = call.tensor(0);
  const [a, b] = [computable(call.tensor(1)), computable(call.tensor(2))];
  if (a.dtype !== "bool") return where(condition, a, b);
  return logicalOr(logicalAnd(condition, a), logicalAnd(logicalNot(condition), b));
}

function applyCast(call: Call): Tensor {
  call.attributes.ignore("saturate");
  const to = call.attributes.int("to");
  return cast(call.tensor(0), toDType(to, call.where));
}

function isInfinite(x: Tensor, { attributes }: Call): Tensor {
  const bound = Number.POSITIVE_INFINITY;
  const above = attributes.flag("detect_positive", true) ? equal(x, bound) : isNever(x);
  return logicalOr(above, attributes.flag("detect_negative", true) ? equal(x, -bound) : isNever(x));
}

const isNever = (x: Tensor): Tensor => less(abs(x), 0);

/** The nearest whole number, halves to even; whole numbers stay. */
const rounding = (apply: (x: Tensor) => Tensor): OpRule => unary((x) => (isFloating(x.dtype) ? apply(x) : x));

/** Functions of single elements: arithmetic, comparison, logic, choice and change of type. */
export const elementwiseRules: RuleTable = {
  Abs: unary((x) => abs(computable(x))),
  Neg: unary(neg),
  Sign: unary((x) => sign(computable(x))),
  Sqrt: unary(sqrt),
  Reciprocal: unary(reciprocal),
  Floor: rounding(floor),
  Ceil: rounding(ceil),
  Round: rounding(round),
  Exp: unary(exp),
  Log: unary(log),
  Sin: unary(sin),
  Cos: unary(cos),
  Tan: unary((x) => div(sin(x), cos(x))),
  Sinh: unary((x) => mul(sub(exp(x), exp(neg(x))), 0.5)),
  Cosh: unary((x) => mul(add(exp(x), exp(neg(x))), 0.5)),
  Asin: unary((x) => sub(Math.PI / 2, acos(x))),
  Acos: unary(acos),
  Atan: unary(atan),
  Asinh: unary(asinh),
  Acosh: unary(acosh),
  Atanh: unary(atanh),
  IsNaN: unary(isNotANumber),
  IsInf: unary(isInfinite),
  Not: unary(logicalNot),
  Add: binary(add),
  Sub: binary(sub),
  Mul: binary(mul),
  Div: binary(div),
  Pow: binary(power),
  Mod: binary(remainder),
  Equal: binary(equal),
  Less: binary(less),
  LessOrEqual: binary(lessEqual),
  Greater: binary(greater),
  GreaterOrEqual: binary(greaterEqual),
  And: binary(logicalAnd),
  Or: binary(logicalOr),
  Xor: binary(logicalXor),
  Max: variadic(maximum),
  Min: variadic(minimum),
  Sum: variadic(add),
  Mean: rule((call) =>
    div(
      call.tensors.reduce((a, b) => add(a, b)),
      call.tensors.length,
    ),
  ),
  Where: rule(choose),
  Cast: rule(applyCast),
  CastLike: rule((call) => {
    call.attributes.ignore("saturate");
    return cast(call.tensor(0), call.tensor(1).dtype);
  }),
};
