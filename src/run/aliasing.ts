import type { Node, Parameter, Tensor } from "../graph/index.js";
import { reachableNodes } from "../graph/index.js";

/** Ops whose result may share the memory of their input. */
const views = new Set(["reshape", "stopGradient", "cast", "expand", "split", "slice", "flip"]);

/** Nodes that read the memory of `parameter`, also through views of it. */
function readers(parameter: Parameter, nodes: readonly Node[]): Node[] {
  const aliases = new Set<Tensor>([parameter]);
  const found: Node[] = [];
  for (const node of nodes) {
    if (!node.inputs.some((tensor) => aliases.has(tensor))) continue;
    found.push(node);
    if (views.has(node.op.name)) for (const output of node.outputs) aliases.add(output);
  }
  return found;
}

/**
 * Whether `update` may be written over `parameter` while the graph runs: every node that reads the old value must come
 * before the one that writes the new, and that one may read it only element by element.
 */
export function canUpdateInPlace(parameter: Parameter, update: Tensor, nodes: readonly Node[]): boolean {
  const writer = update.node;
  if (
    writer.op.scalar === undefined ||
    writer.inputs.some((tensor) => tensor === parameter && tensor.shape.join() !== update.shape.join())
  ) {
    return false;
  }
  const before = new Set(reachableNodes([update]));
  return readers(parameter, nodes).every((node) => {
    const feedsWriterAView = views.has(node.op.name) && node.outputs.some((output) => writer.inputs.includes(output));
    return before.has(node) && (node === writer || !feedsWriterAView);
  });
}
