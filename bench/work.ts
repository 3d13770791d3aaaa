import { type Node, Parameter, reachableNodes, staticSize, type Tensor } from "../src/graph/index.js";

/** Multiplications of a product or a convolution; 0 for every other node. */
function multiplications({ op, inputs, outputs }: Node): number {
  const [left, right] = inputs;
  const size = staticSize(outputs[0]!.shape);
  if (op.name === "matmul") return size * Number(left!.shape.at(-1));
  // [outputs, inputs / groups, ...kernel]: each result is a sum over all but the first axis.
  if (op.name === "conv2d") return size * staticSize(right!.shape.slice(1));
  return 0;
}

/**
 * Floating-point operations of the products and convolutions that `output` is made of. In training each counts again for
 * the gradient of every factor that a trained parameter reaches, which is the least a step can do.
 */
export function productFlop(output: Tensor, { training = false } = {}): number {
  const taught = new Set<Node>();
  let flop = 0;
  for (const node of reachableNodes([output])) {
    const [result] = node.outputs;
    if (result instanceof Parameter ? result.trainable : node.inputs.some((tensor) => taught.has(tensor.node))) {
      taught.add(node);
    }
    const gradients = training ? node.inputs.slice(0, 2).filter((tensor) => taught.has(tensor.node)).length : 0;
    flop += 2 * multiplications(node) * (1 + gradients);
  }
  return flop;
}
