import { SimileError } from "../../errors/index.js";
import type { NodeProto } from "../schema.js";

/** How errors name a node: `node "conv1" (Conv)`. */
export function nodeLabel({ name, opType, output }: NodeProto): string {
  return `node "${name || output[0] || ""}" (${opType})`;
}

/** Error of a node whose settings or inputs Simile does not read. */
export function unsupported(where: string, expected: string, received: string, remedy: string): SimileError {
  return new SimileError({ code: "unsupported-node", where, expected, received, remedy });
}

/** Error of a node that ONNX itself does not allow. */
export function invalid(where: string, expected: string, received: string): SimileError {
  const remedy = "the file breaks ONNX's rules; export it again, and check it with onnx.checker";
  return new SimileError({ code: "malformed-onnx", where, expected, received, remedy });
}
