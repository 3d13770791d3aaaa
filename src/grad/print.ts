import {
  type AttributeValue,
  constantValue,
  formatShape,
  inputName,
  type Node,
  Parameter,
  reachableNodes,
  type Tensor,
} from "../graph/index.js";

function describeLeaf(tensor: Tensor): string | undefined {
  const name = inputName(tensor);
  if (name !== undefined) return `input "${name}"`;
  if (tensor instanceof Parameter) return tensor.trainable ? "parameter" : "state";
  const values = constantValue(tensor);
  if (values === undefined) return undefined;
  const shown = [...(values.slice(0, 4) as Iterable<number | bigint>)].join(", ");
  return values.length > 4 ? `constant ${shown}, ...` : `constant ${shown}`;
}

function describeNode(node: Node, label: (tensor: Tensor) => string): string {
  const shown = (value: AttributeValue) => (typeof value === "number" ? String(value) : JSON.stringify(value));
  const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}=${shown(value)}`);
  return `${node.op.name}(${[...node.inputs.map(label), ...attributes].join(", ")})`;
}

/**
 * A graph as text, one node a line: `%3 = matmul(%1, %2) : float32 [batch, 512]   # backbone/head`.
 */
export function printGraph(outputs: readonly Tensor[]): string {
  const names = new Map<Tensor, string>();
  const label = (tensor: Tensor) => names.get(tensor) ?? "?";
  const lines = reachableNodes(outputs).map((node) => {
    for (const output of node.outputs) names.set(output, `%${names.size}`);
    const body = describeLeaf(node.outputs[0]!) ?? describeNode(node, label);
    const types = node.outputs.map((output) => `${output.dtype} ${formatShape(output.shape)}`).join(", ");
    return `${node.outputs.map(label).join(", ")} = ${body} : ${types}${node.scope === "" ? "" : `   # ${node.scope}`}`;
  });
  return [...lines, `return ${outputs.map(label).join(", ")}`].join("\n");
}
