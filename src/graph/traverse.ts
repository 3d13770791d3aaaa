import { formatShape, sameShape } from "./dim.js";
import { Parameter, rebuild } from "./leaf.js";
import { failWith, mismatch } from "./op.js";
import type { Node, Tensor } from "./tensor.js";

/** Every node that `outputs` depend on, inputs before their users. */
export function reachableNodes(outputs: readonly Tensor[]): Node[] {
  const found = new Set<Node>();
  const pending = outputs.map((output) => output.node);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const tensor of node.inputs) pending.push(tensor.node);
  }
  // Nodes are numbered as they are made, and a node can only use what was made before it.
  return [...found].sort((a, b) => a.id - b.id);
}

/** All parameters that `outputs` depend on, in order of creation. */
export function reachableParameters(outputs: readonly Tensor[]): Parameter[] {
  return reachableNodes(outputs).flatMap((node) => (node.outputs[0] instanceof Parameter ? [node.outputs[0]] : []));
}

/** Rebuilds a graph bottom-up: `replace` may give each tensor's stand-in; nodes above a change are made anew. */
export function rewrite(
  outputs: readonly Tensor[],
  replace: (tensor: Tensor, inputs: readonly Tensor[]) => Tensor | undefined,
): Tensor[] {
  const replaced = new Map<Tensor, Tensor>();
  const current = (tensor: Tensor) => replaced.get(tensor) ?? tensor;
  for (const node of reachableNodes(outputs)) {
    const inputs = node.inputs.map(current);
    let rebuilt: readonly Tensor[] | undefined;
    for (const output of node.outputs) {
      const direct = replace(output, inputs);
      if (direct === undefined) rebuilt ??= rebuild(node, inputs);
      const next = direct ?? (rebuilt as readonly Tensor[])[output.index]!;
      if (next !== output) replaced.set(output, next);
    }
  }
  return outputs.map(current);
}

/**
 * The same computation with some tensors replaced: parameters by their values after an inner step (MAML), an input by
 * another graph's output. Shapes must agree.
 */
export function substitute(outputs: readonly Tensor[], replacements: ReadonlyMap<Tensor, Tensor>): Tensor[] {
  for (const [old, next] of replacements) {
    if (old.dtype === next.dtype && sameShape(old.shape, next.shape)) continue;
    const expected = `a stand-in of ${old.dtype} ${formatShape(old.shape)}`;
    failWith("substitute", [next], mismatch(expected, "reshape or cast the stand-in"));
  }
  return rewrite(outputs, (tensor) => replacements.get(tensor));
}
