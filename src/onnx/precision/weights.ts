import type { NodeProto, TensorProto } from "../schema.js";
import { floatsOf, type GraphEdit, intOf } from "./edit.js";

/**
 * Largest whole number of a weight. Seven bits and not eight: where the processor lacks instructions for it, ONNX
 * Runtime adds pairs of products of bytes in 16 bits, which eight bits can overflow, so that results would depend on
 * the machine.
 */
const LARGEST = 63;

/** Ranges below this count as none: their units would be too small for float32. */
export const SMALLEST_RANGE = 1e-30;

/** A layer of products whose weights the file holds. */
export interface WeightedNode {
  readonly node: NodeProto;
  readonly weight: TensorProto;
  /** Axis of the weight that runs over outputs. */
  readonly axis: number;
}

/** The node as a layer that can be computed in whole numbers, or undefined. */
export function weightedNode(node: NodeProto, edit: GraphEdit): WeightedNode | undefined {
  const weight = edit.weight(node.input[1]);
  if (weight === undefined || edit.weight(node.input[0]) !== undefined) return undefined;
  switch (node.opType) {
    case "Conv":
      return { node, weight, axis: 0 };
    case "MatMul":
      return weight.dims.length === 2 ? { node, weight, axis: 1 } : undefined;
    case "Gemm":
      return intOf(node, "transA", 0) === 0 && isPlainGemm(node)
        ? { node, weight, axis: 1 - intOf(node, "transB", 0) }
        : undefined;
    default:
      return undefined;
  }
}

function isPlainGemm(node: NodeProto): boolean {
  return node.attribute.every(({ name, f }) => !["alpha", "beta"].includes(name) || f === 1);
}

/** Weights as whole numbers, with the size of one unit for each output. */
export interface QuantizedWeight {
  readonly values: Int8Array;
  readonly scales: Float32Array;
}

/** Symmetric whole numbers of seven bits, each output channel on a scale of its own. */
export function quantizeWeight(weight: TensorProto, axis: number): QuantizedWeight {
  const numbers = floatsOf(weight);
  const channels = weight.dims[axis]!;
  const inner = weight.dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const channelOf = (at: number) => Math.floor(at / inner) % channels;
  const largest = new Float32Array(channels);
  numbers.forEach((value, at) => {
    largest[channelOf(at)] = Math.max(largest[channelOf(at)]!, Math.abs(value));
  });
  // A channel of zeros, or as good as, may have any scale but 0.
  const scales = largest.map((value) => (value > SMALLEST_RANGE ? value / LARGEST : 1));
  return { values: Int8Array.from(numbers, (value, at) => roundToEven(value / scales[channelOf(at)]!)), scales };
}

/** The nearest whole number, halves to the even one, as ONNX rounds. */
export function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
