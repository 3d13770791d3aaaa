import type { DType, Emitter, Node, Op, Tensor } from "../graph/index.js";
import { checkBroadcast, checkTypes, floats, numbers, type Operand, simple, toTensors } from "./define.js";

/** Writes an ONNX operator on values and numbers of one element type, and returns the name of the result. */
export type Call = (type: string, ...operands: readonly (string | number)[]) => string;

/** What there is to say about a function of one number. */
export interface UnaryRule {
  /** Element types; default the floats. */
  readonly allowed?: readonly DType[];
  readonly scalar: (x: number) => number;
  /** Gradient of the input from the output's, or none where it is zero everywhere. */
  readonly gradient?: (g: Tensor, x: Tensor, y: Tensor) => Tensor;
  /** Set when the gradient does not multiply by values of x or y. */
  readonly linear?: boolean;
  /** ONNX operator, or nodes to write. */
  readonly lower: string | ((call: Call, x: string) => string);
  /** How float64 is written, where that differs. */
  readonly lowerFloat64?: (call: Call, x: string) => string;
  /** Set when ONNX Runtime has the operator in float32 only. */
  readonly float32Only?: boolean;
}

function caller(emit: Emitter, dtype: DType): Call {
  return (type, ...operands) =>
    emit.add(
      type,
      operands.map((operand) => (typeof operand === "number" ? emit.scalar(operand, dtype) : operand)),
    );
}

function lowerUnary(rule: UnaryRule, emit: Emitter, x: string, dtype: DType): string {
  const call = caller(emit, dtype);
  if (dtype === "float64" && rule.lowerFloat64) return rule.lowerFloat64(call, x);
  if (dtype === "float64" && rule.float32Only) {
    return emit.cast(lowerUnary(rule, emit, emit.cast(x, "float32"), "float32"), dtype);
  }
  return typeof rule.lower === "string" ? call(rule.lower, x) : rule.lower(call, x);
}

/** A function of one tensor that works on each element by itself. */
export function unary(name: string, rule: UnaryRule): (x: Tensor) => Tensor {
  const { gradient } = rule;
  const op: Op = {
    name,
    infer: ([x]) => {
      checkTypes([x!], rule.allowed ?? floats);
      return [x!];
    },
    ...(gradient && {
      gradient: ({ inputs: [x], outputs: [y], gradients: [g] }) => [g && gradient(g, x!, y!)],
    }),
    nonlinear: !rule.linear,
    lower: (emit, [x], node) => [lowerUnary(rule, emit, x!, node.outputs[0]!.dtype)],
    scalar: rule.scalar,
  };
  return (x) => simple(op, x);
}

/** What there is to say about a function of two numbers. */
export interface BinaryRule {
  /** Element types; default all numbers. */
  readonly allowed?: readonly DType[];
  /** Element type of the result; default that of the operands. */
  readonly result?: DType;
  readonly scalar: (a: number, b: number) => number;
  /** Gradients of both operands, in the shape of the result. */
  readonly gradient?: (g: Tensor, a: Tensor, b: Tensor, y: Tensor) => readonly [Tensor, Tensor];
  /** Set when the gradient does not multiply by values of a, b or y. */
  readonly linear?: boolean;
  /** ONNX operator. */
  readonly lower: string;
}

/**
 * Operands of equal rank where the result ends in axes of size 1: ONNX Runtime would else broadcast to those element by
 * element, seven times as slowly.
 */
function alignRanks(emit: Emitter, operands: readonly string[], { inputs, outputs }: Node): readonly string[] {
  const { rank, shape } = outputs[0]!;
  if (shape.at(-1) !== 1) return operands;
  return operands.map((operand, i) => {
    const own = inputs[i]!.shape;
    return own.length === rank ? operand : emit.reshape(operand, [...shape.slice(own.length).map(() => 1), ...own]);
  });
}

/** A function of two tensors that broadcast; a number beside a tensor takes its element type. */
export function binary(name: string, rule: BinaryRule): (a: Operand, b: Operand) => Tensor {
  const { gradient } = rule;
  const op: Op = {
    name,
    infer: ([a, b]) => {
      const dtype = checkTypes([a!, b!], rule.allowed ?? numbers);
      return [{ dtype: rule.result ?? dtype, shape: checkBroadcast(a!.shape, b!.shape) }];
    },
    ...(gradient && {
      gradient: ({ inputs: [a, b], outputs: [y], gradients: [g] }) => (g ? gradient(g, a!, b!, y!) : []),
    }),
    nonlinear: !rule.linear,
    lower: (emit, inputs, node) => [emit.add(rule.lower, alignRanks(emit, inputs, node))],
    scalar: rule.scalar,
  };
  return (a, b) => simple(op, ...toTensors(a, b));
}
