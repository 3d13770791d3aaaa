import { toStorage } from "../../graph/index.js";
import type { AttributeProto, NodeProto, TensorProto } from "../schema.js";
import { invalid, nodeLabel } from "./problem.js";
import type { StoredTensor } from "./tensors.js";

/** What an attribute of a Constant node stores. */
function storedBy(attribute: AttributeProto, read: (proto: TensorProto) => StoredTensor): StoredTensor | undefined {
  const { name, t, f = 0, i = 0, floats = [], ints = [] } = attribute;
  switch (name) {
    case "value":
      return t && read(t);
    case "value_float":
      return { dtype: "float32", shape: [], numbers: toStorage([f], "float32") };
    case "value_int":
      return { dtype: "int64", shape: [], numbers: toStorage([i], "int64") };
    case "value_floats":
      return { dtype: "float32", shape: [floats.length], numbers: toStorage(floats, "float32") };
    case "value_ints":
      return { dtype: "int64", shape: [ints.length], numbers: toStorage(ints, "int64") };
    default:
      return undefined;
  }
}

/** The numbers of a Constant node. */
export function readConstant(node: NodeProto, read: (proto: TensorProto) => StoredTensor): StoredTensor {
  for (const attribute of node.attribute) {
    const stored = storedBy(attribute, read);
    if (stored !== undefined) return stored;
  }
  const received = node.attribute.map(({ name }) => name).join(", ") || "no attribute";
  throw invalid(nodeLabel(node), "a constant of numbers", received);
}
