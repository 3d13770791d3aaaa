import { applySingle, formatShape, mismatch, type Node, reachableNodes, type Tensor } from "../graph/index.js";
import { add, onesLike, zerosLike } from "../ops/index.js";

/** Nodes on a path from a member of `sources` to an output. */
function dependents(nodes: readonly Node[], sources: readonly Tensor[]): Set<Node> {
  const dependent = new Set(sources.map((source) => source.node));
  for (const node of nodes) if (node.inputs.some((tensor) => dependent.has(tensor.node))) dependent.add(node);
  return dependent;
}

/**
 * Gradients of a scalar with respect to each of `sources`, as tensors made of the same ops, so that they can be
 * differentiated again. A source the scalar does not depend on gets zeros.
 *
 * @param seed gradient of `output` itself; default 1. With a seed, `output` may have any shape (a vector-Jacobian product).
 */
export function grad(output: Tensor, sources: readonly Tensor[], seed?: Tensor): Tensor[] {
  if (seed === undefined && output.rank !== 0) {
    applySingle(
      {
        name: "grad",
        infer: () => {
          throw mismatch(
            "a scalar to differentiate",
            `reduce ${formatShape(output.shape)} with sum() or mean(), or give a seed`,
          );
        },
        lower: () => [],
      },
      [output],
      {},
    );
  }
  const nodes = reachableNodes([output]);
  const wanted = dependents(nodes, sources);
  const gradients = new Map<Tensor, Tensor>([[output, seed ?? onesLike(output)]]);
  for (const node of nodes.reverse()) {
    if (node.op.gradient === undefined || !node.inputs.some((tensor) => wanted.has(tensor.node))) continue;
    const incoming = node.outputs.map((tensor) => gradients.get(tensor));
    if (incoming.every((gradient) => gradient === undefined)) continue;
    const outgoing = node.op.gradient({
      inputs: node.inputs,
      outputs: node.outputs,
      attributes: node.attributes,
      gradients: incoming,
    });
    node.inputs.forEach((tensor, i) => {
      const gradient = outgoing[i];
      if (gradient === undefined || !wanted.has(tensor.node)) return;
      const sum = gradients.get(tensor);
      gradients.set(tensor, sum === undefined ? gradient : add(sum, gradient));
    });
  }
  return sources.map((source) => gradients.get(source) ?? zerosLike(source));
}

/** Value and gradients of a function of tensors, as {@link grad} gives them. */
export function valueAndGrad(
  fn: (...sources: Tensor[]) => Tensor,
  ...sources: Tensor[]
): { value: Tensor; gradients: Tensor[] } {
  const value = fn(...sources);
  return { value, gradients: grad(value, sources) };
}
