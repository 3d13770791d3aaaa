import { broadcast, build, getBroadcast } from "./array.js";
import type { Rule, Rules } from "./rule.js";

/** The error function. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 2) {
    // Maclaurin series.
    let sum = 0;
    for (let n = 0, power = a; n < 60; n++) {
      sum += power / (2 * n + 1);
      power *= (-a * a) / (n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  // Continued fraction of the complement: e^(-a^2) / sqrt(pi) / (a + 1/2 / (a + 1 / (a + 3/2 / ...
  let tail = a;
  for (let n = 200; n >= 1; n--) tail = a + n / 2 / tail;
  return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / tail);
}

function roundHalfToEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

const functions: { readonly [op: string]: (...operands: number[]) => number } = {
  neg: (x) => -x!,
  abs: (x) => (x! < 0 ? -x! : x!),
  sign: (x) => (x! > 0 ? 1 : x! < 0 ? -1 : x!),
  sqrt: (x) => Math.sqrt(x!),
  rsqrt: (x) => 1 / Math.sqrt(x!),
  reciprocal: (x) => 1 / x!,
  floor: (x) => Math.floor(x!),
  ceil: (x) => Math.ceil(x!),
  round: (x) => roundHalfToEven(x!),
  stopGradient: (x) => x!,
  exp: (x) => Math.exp(x!),
  log: (x) => Math.log(x!),
  log1p: (x) => Math.log1p(x!),
  expm1: (x) => Math.expm1(x!),
  sin: (x) => Math.sin(x!),
  cos: (x) => Math.cos(x!),
  tanh: (x) => Math.tanh(x!),
  atan: (x) => Math.atan(x!),
  acos: (x) => Math.acos(x! > 1 ? 1 : Math.max(x!, -1)),
  asinh: (x) => Math.asinh(x!),
  acosh: (x) => Math.acosh(Math.max(x!, 1)),
  atanh: (x) => Math.atanh(x!),
  erf: (x) => erf(x!),
  softplus: (x) => (x! > 0 ? x! + Math.log1p(Math.exp(-x!)) : Math.log1p(Math.exp(x!))),
  sigmoid: (x) => (x! > 0 ? 1 / (1 + Math.exp(-x!)) : Math.exp(x!) / (1 + Math.exp(x!))),
  relu: (x) => (x! > 0 ? x! : Math.max(x!, 0)),
  logicalNot: (x) => (x ? 0 : 1),
  add: (a, b) => a! + b!,
  sub: (a, b) => a! - b!,
  mul: (a, b) => a! * b!,
  div: (a, b) => a! / b!,
  pow: (a, b) => a! ** b!,
  maximum: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a!, b!)),
  minimum: (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.min(a!, b!)),
  equal: (a, b) => (a === b ? 1 : 0),
  less: (a, b) => (a! < b! ? 1 : 0),
  lessEqual: (a, b) => (a! <= b! ? 1 : 0),
  greater: (a, b) => (a! > b! ? 1 : 0),
  greaterEqual: (a, b) => (a! >= b! ? 1 : 0),
  logicalAnd: (a, b) => (a && b ? 1 : 0),
  logicalOr: (a, b) => (a || b ? 1 : 0),
  logicalXor: (a, b) => (a ? (b ? 0 : 1) : b ? 1 : 0),
  where: (condition, a, b) => (condition ? a! : b!),
};

function elementwise(apply: (...operands: number[]) => number): Rule {
  return (inputs, _attributes, { dtype }) => {
    const shape = broadcast(inputs.map((input) => input.shape));
    const whole = dtype === "int64" ? Math.trunc : (x: number) => x;
    return [build(shape, (index) => whole(apply(...inputs.map((input) => getBroadcast(input, index)))))];
  };
}

const cast: Rule = ([x], { to }) => {
  const convert = to === "bool" ? (v: number) => Number(v !== 0) : to === "int64" ? Math.trunc : (v: number) => v;
  return [{ shape: x!.shape, data: x!.data.map(convert) }];
};

const leakyRelu: Rule = ([x], { slope }) => [
  { shape: x!.shape, data: x!.data.map((v) => (v > 0 ? v : v * (slope as number))) },
];

export const elementwiseRules: Rules = {
  ...Object.fromEntries(Object.entries(functions).map(([name, apply]) => [name, elementwise(apply)])),
  cast,
  leakyRelu,
};
