import {
  checked,
  formatShape,
  mismatch,
  type Node,
  reachableNodes,
  sameShape,
  type Tensor,
  uniformValue,
} from "../graph/index.js";
import { add, finite, onesLike, sumTo, zerosLike } from "../ops/index.js";

/** Nodes on a path from a member of `sources` to an output. */
function dependents(nodes: readonly Node[], sources: readonly Tensor[]): Set<Node> {
  const dependent = new Set(sources.map((source) => source.node));
  for (const node of nodes) if (node.inputs.some((tensor) => dependent.has(tensor.node))) dependent.add(node);
  return dependent;
}

/**
 * Nodes whose elements a later `where` may leave unselected. What was computed there may be infinite or NaN, and zero
 * times that would put NaN into the gradient of the branch that was selected.
 */
function unselectable(nodes: readonly Node[]): Set<Node> {
  const found = new Set<Node>();
  for (const node of nodes.toReversed()) {
    const branches = node.op.name === "where" ? node.inputs.slice(1) : [];
    const through = found.has(node) && !node.op.contracts ? node.inputs : branches;
    for (const tensor of through) found.add(tensor.node);
  }
  return found;
}

/** True for what is finite wherever `g` is: g itself, or g times or over a number. */
function isSafe(gradient: Tensor, g: Tensor): boolean {
  return (
    gradient === g || gradient.node.inputs.every((tensor) => tensor === g || Number.isFinite(uniformValue(tensor)))
  );
}

function checkSeed(output: Tensor, seed: Tensor | undefined): void {
  if (output.dtype !== "float32" && output.dtype !== "float64")
    throw mismatch("a float to differentiate", "cast what it is made of to a float", "dtype-mismatch");
  if (seed === undefined && output.rank !== 0)
    throw mismatch("a scalar to differentiate", "reduce it with sum() or mean(), or give a seed");
  if (seed !== undefined && (seed.dtype !== output.dtype || !sameShape(seed.shape, output.shape)))
    throw mismatch(
      `a seed of ${output.dtype} ${formatShape(output.shape)}`,
      "give one number for each of the output's",
    );
}

/**
 * Gradients of a scalar with respect to each of `sources`, as tensors made of the same ops, so that they can be
 * differentiated again. A source the scalar does not depend on gets zeros.
 *
 * @param seed gradient of `output` itself; default 1. With a seed, `output` may have any shape (a vector-Jacobian product).
 */
export function grad(output: Tensor, sources: readonly Tensor[], seed?: Tensor): Tensor[] {
  checked("grad", seed ? [output, seed] : [output], () => checkSeed(output, seed));
  const nodes = reachableNodes([output]);
  const wanted = dependents(nodes, sources);
  const guarded = unselectable(nodes);
  const gradients = new Map<Tensor, Tensor>([[output, seed ?? onesLike(output)]]);
  for (const node of nodes.toReversed()) {
    if (!node.inputs.some((tensor) => wanted.has(tensor.node))) continue;
    inputGradients(node, gradients, guarded).forEach((gradient, i) => {
      const tensor = node.inputs[i] as Tensor;
      if (gradient === undefined || !wanted.has(tensor.node)) return;
      const sum = gradients.get(tensor);
      gradients.set(tensor, sum === undefined ? gradient : add(sum, gradient));
    });
  }
  return sources.map((source) => gradients.get(source) ?? zerosLike(source));
}

/** What one node's rule gives for its inputs, made safe where it must be and summed to their shapes. */
function inputGradients(
  node: Node,
  known: ReadonlyMap<Tensor, Tensor>,
  guarded: ReadonlySet<Node>,
): readonly (Tensor | undefined)[] {
  const { op, inputs, outputs, attributes } = node;
  const gradients = outputs.map((tensor) => known.get(tensor));
  if (op.gradient === undefined || gradients.every((gradient) => gradient === undefined)) return [];
  const guard = op.nonlinear && guarded.has(node);
  return op.gradient({ inputs, outputs, attributes, gradients }).map((gradient, i) => {
    if (gradient === undefined) return undefined;
    const safe = guard && !isSafe(gradient, gradients[0]!) ? finite(gradient) : gradient;
    return sumTo(safe, inputs[i]!.shape);
  });
}

/** Value and gradients of a function of tensors, as {@link grad} gives them. */
export function valueAndGrad(
  fn: (...sources: Tensor[]) => Tensor,
  ...sources: Tensor[]
): { value: Tensor; gradients: Tensor[] } {
  const value = fn(...sources);
  return { value, gradients: grad(value, sources) };
}
