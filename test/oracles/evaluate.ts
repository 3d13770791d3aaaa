import {
  constantValue,
  evaluateDim,
  formatShape,
  type Node,
  reachableNodes,
  type Shape,
  type Tensor,
} from "../../src/graph/index.js";
import type { Values } from "./interpreter/array.js";
import { elementwiseRules } from "./interpreter/elementwise.js";
import { imageRules } from "./interpreter/image.js";
import { matmulRules } from "./interpreter/matmul.js";
import { movementRules } from "./interpreter/movement.js";
import { reduceRules } from "./interpreter/reduce.js";
import type { Rules } from "./interpreter/rule.js";
import { selectRules } from "./interpreter/select.js";

export type { Values } from "./interpreter/array.js";

/** How every op is computed, by its name. */
export const rules: Rules = {
  ...elementwiseRules,
  ...reduceRules,
  ...movementRules,
  ...matmulRules,
  ...selectRules,
  ...imageRules,
};

/** Values of named sizes, from the shapes of what is fed. */
function namedSizes(feeds: ReadonlyMap<Tensor, Values>): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const [tensor, { shape }] of feeds) {
    tensor.shape.forEach((dim, axis) => {
      if (typeof dim === "string") sizes.set(dim, shape[axis]!);
    });
  }
  return sizes;
}

function compute(node: Node, known: ReadonlyMap<Tensor, Values>, sizes: (shape: Shape) => number[]): readonly Values[] {
  const [output] = node.outputs as [Tensor];
  const constant = constantValue(output);
  if (constant !== undefined)
    return [{ shape: sizes(output.shape), data: Array.from(constant as Float64Array, Number) }];
  const rule = rules[node.op.name];
  if (rule === undefined) throw new Error(`the oracle has no rule for ${node.op.name}, and no value was fed for it`);
  const inputs = node.inputs.map((tensor) => known.get(tensor) as Values);
  return rule(inputs, node.attributes, { dtype: output.dtype, sizes });
}

/**
 * The reference interpreter: walks the graph and computes every node in float64 by the plain rule of its op. Shapes must
 * come out as the graph says.
 *
 * @param feeds a value for every input, parameter and random leaf
 */
export function evaluate(outputs: readonly Tensor[], feeds: ReadonlyMap<Tensor, Values>): Values[] {
  const named = namedSizes(feeds);
  const sizes = (shape: Shape) => shape.map((dim) => evaluateDim(dim, named));
  const known = new Map(feeds);
  for (const node of reachableNodes(outputs)) {
    if (known.has(node.outputs[0] as Tensor)) continue;
    const results = compute(node, known, sizes);
    node.outputs.forEach((tensor, i) => {
      const { shape, data } = results[i] as Values;
      if (shape.join() !== sizes(tensor.shape).join() || data.length !== shape.reduce((a, b) => a * b, 1))
        throw new Error(`${node.op.name} gives [${shape}], the graph says ${formatShape(tensor.shape)}`);
      known.set(tensor, results[i] as Values);
    });
  }
  return outputs.map((tensor) => known.get(tensor) as Values);
}
