import { constantValue, type Node, type Parameter, reachableNodes, sameShape, type Tensor } from "../graph/index.js";

/** Ops whose kernel reads each element before it writes the one in the same place, in whatever form it is optimised. */
const writers = new Set(["add", "sub", "maximum", "minimum", "where"]);

/** Ops whose result may share the memory of their input, or be merged into the nodes that use it. */
const movements = new Set(["reshape", "transpose", "cast", "expand", "split", "slice", "flip", "stopGradient"]);

/** True when the optimiser may make the node's users read its input instead, later than the node itself would have. */
function isDeferrable(node: Node, aliases: ReadonlySet<Tensor>): boolean {
  if (movements.has(node.op.name)) return true;
  return (
    node.op.scalar !== undefined &&
    node.inputs.every((tensor) => aliases.has(tensor) || constantValue(tensor) !== undefined)
  );
}

/** Nodes that may read the memory of `parameter`, also through views of it and through what is merged into its users. */
function readers(parameter: Parameter, nodes: readonly Node[]): { found: Node[]; aliases: Set<Tensor> } {
  const aliases = new Set<Tensor>([parameter]);
  const found: Node[] = [];
  for (const node of nodes) {
    if (!node.inputs.some((tensor) => aliases.has(tensor))) continue;
    found.push(node);
    if (isDeferrable(node, aliases)) for (const output of node.outputs) aliases.add(output);
  }
  return { found, aliases };
}

/**
 * Whether `update` may be written over `parameter` while the graph runs: every node that may read the old value must come
 * before the one that writes the new, and that one may read it only in the place it writes.
 */
export function canUpdateInPlace(parameter: Parameter, update: Tensor, nodes: readonly Node[]): boolean {
  const writer = update.node;
  if (!writers.has(writer.op.name)) return false;
  const before = new Set(reachableNodes([update]));
  const { found, aliases } = readers(parameter, nodes);
  const movesUnderWriter = writer.inputs.some(
    (tensor) => aliases.has(tensor) && (movements.has(tensor.node.op.name) || !sameShape(tensor.shape, update.shape)),
  );
  return !movesUnderWriter && found.every((node) => before.has(node));
}
