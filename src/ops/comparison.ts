import { mismatch, type Op, type Tensor } from "../graph/index.js";
import { abs } from "./arithmetic.js";
import { checkBroadcast, checkTypes, methods, numbers, type Operand, simple, toTensors } from "./define.js";
import { binary, unary } from "./pointwise.js";

function comparison(name: string, lower: string, scalar: (a: number, b: number) => boolean, allowed = numbers) {
  return binary(name, { lower, scalar: (a, b) => Number(scalar(a, b)), result: "bool", allowed });
}

/** a = b; like every comparison it gives a bool tensor. */
export const equal = comparison("equal", "Equal", (a, b) => a === b, [...numbers, "bool"]);
/** a < b */
export const less = comparison("less", "Less", (a, b) => a < b);
/** a <= b */
export const lessEqual = comparison("lessEqual", "LessOrEqual", (a, b) => a <= b);
/** a > b */
export const greater = comparison("greater", "Greater", (a, b) => a > b);
/** a >= b */
export const greaterEqual = comparison("greaterEqual", "GreaterOrEqual", (a, b) => a >= b);
/** Both, of bool tensors. */
export const logicalAnd = comparison("logicalAnd", "And", (a, b) => a !== 0 && b !== 0, ["bool"]);
/** One of them or both, of bool tensors. */
export const logicalOr = comparison("logicalOr", "Or", (a, b) => a !== 0 || b !== 0, ["bool"]);
/** One of them but not both, of bool tensors. */
export const logicalXor = comparison("logicalXor", "Xor", (a, b) => (a !== 0) !== (b !== 0), ["bool"]);
/** The opposite of a bool tensor. */
export const logicalNot = unary("logicalNot", { allowed: ["bool"], scalar: (x) => Number(x === 0), lower: "Not" });
/** a is not b; true where either is NaN. */
export const notEqual = (a: Operand, b: Operand): Tensor => logicalNot(equal(a, b));
/** True where x is not a number. */
export const isNotANumber = (x: Tensor): Tensor => notEqual(x, x);

const whereOp: Op = {
  name: "where",
  infer: ([condition, a, b]) => {
    if (condition!.dtype !== "bool")
      throw mismatch("a bool condition", "compare first, such as x.greater(0)", "dtype-mismatch");
    const dtype = checkTypes([a!, b!], numbers);
    return [{ dtype, shape: checkBroadcast(condition!.shape, checkBroadcast(a!.shape, b!.shape)) }];
  },
  gradient: ({ inputs: [condition], gradients: [g] }) =>
    g ? [undefined, where(condition!, g, 0), where(condition!, 0, g)] : [],
  lower: (emit, inputs) => [emit.add("Where", inputs)],
  scalar: (condition, a, b) => (condition ? a! : b!),
};

/**
 * `a` where the bool `condition` holds, else `b`; all three broadcast. No gradient flows into the other branch, whatever
 * infinities or NaN were computed there.
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return simple(whereOp, condition, ...toTensors(a, b));
}

/** `value` where the bool `mask` holds, else x. */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  return where(mask, value, x);
}

/** x with infinities and NaN replaced by 0. */
export function finite(x: Tensor): Tensor {
  return where(less(abs(x), Number.POSITIVE_INFINITY), x, 0);
}

const unaries = { isNotANumber, logicalNot, finite };
const binaries = {
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
methods({ ...unaries, ...binaries, maskedFill });

type UnaryMethods = { [K in keyof typeof unaries]: () => Tensor };
type BinaryMethods = { [K in keyof typeof binaries]: (other: Operand) => Tensor };

declare module "../graph/tensor.js" {
  interface Tensor extends UnaryMethods, BinaryMethods {
    maskedFill(mask: Tensor, value: number): Tensor;
  }
}
