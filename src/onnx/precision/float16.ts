import { elementTypes, type ModelProto, type NodeProto, type TensorProto } from "../schema.js";
import { floatsOf, intAttribute, nodeOf, tensorOf, withGraph } from "./edit.js";
import { LARGEST_HALF, numberToHalf } from "./half.js";

/** Weights shorter than this are kept: their bytes do not count, and constants of a formula are among them. */
const SHORTEST = 64;

function fits(values: Float32Array): boolean {
  return values.every((value) => Math.abs(value) <= LARGEST_HALF);
}

/**
 * The model with its weights in half precision, half as large. Each is cast back where it is read; ONNX Runtime does that
 * once, when it loads the file, so that speed and arithmetic are those of float32 on every device.
 */
export function toFloat16(model: ModelProto): ModelProto {
  const casts: NodeProto[] = [];
  const initializers = model.graph.initializer.map((tensor): TensorProto => {
    if (tensor.dataType !== elementTypes.float32 || tensor.name === undefined) return tensor;
    const values = floatsOf(tensor);
    if (values.length < SHORTEST || !fits(values)) return tensor;
    const half = `${tensor.name}:float16`;
    casts.push(nodeOf("Cast", [half], tensor.name, [intAttribute("to", elementTypes.float32)]));
    return tensorOf(half, "float16", tensor.dims, Uint16Array.from(values, numberToHalf));
  });
  return withGraph(model, [...casts, ...model.graph.node], initializers);
}
