import {
  backwardScope,
  checked,
  formatShape,
  mismatch,
  type Node,
  reachableNodes,
  sameShape,
  type Tensor,
} from "../graph/index.js";
import { add, onesLike, sumTo, zerosLike } from "../ops/index.js";
import { Guard } from "./guard.js";
import { Recomputation } from "./recompute.js";

/** Settings of {@link grad}. */
export interface GradOptions {
  /**
   * Compute most values of the forward pass a second time where gradients need them, rather than keep them: less memory for
   * about one more forward pass (see {@link Recomputation}). The gradients are the same. Default false.
   */
  readonly recompute?: boolean;
}

/** Nodes on a path from a member of `sources` to an output. */
function dependents(nodes: readonly Node[], sources: readonly Tensor[]): Set<Node> {
  const dependent = new Set(sources.map((source) => source.node));
  for (const node of nodes) if (node.inputs.some((tensor) => dependent.has(tensor.node))) dependent.add(node);
  return dependent;
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
export function grad(
  output: Tensor,
  sources: readonly Tensor[],
  seed?: Tensor,
  { recompute = false }: GradOptions = {},
): Tensor[] {
  checked("grad", seed ? [output, seed] : [output], () => checkSeed(output, seed));
  const nodes = reachableNodes([output]);
  const wanted = dependents(nodes, sources);
  const guard = new Guard(nodes);
  const gradients = new Map<Tensor, Tensor>([[output, seed ?? onesLike(output)]]);
  const recomputation = recompute ? new Recomputation(nodes, wanted) : undefined;
  const finished = () => sources.flatMap((source) => gradients.get(source) ?? []);
  for (const node of nodes.toReversed()) {
    if (!node.inputs.some((tensor) => wanted.has(tensor.node))) continue;
    backwardScope(node, () =>
      inputGradients(node, { known: gradients, guard, finished, recomputation }).forEach((gradient, i) => {
        const tensor = node.inputs[i] as Tensor;
        if (gradient === undefined || !wanted.has(tensor.node)) return;
        const sum = gradients.get(tensor);
        gradients.set(tensor, sum === undefined ? gradient : add(guard.clean(sum), guard.clean(gradient)));
      }),
    );
  }
  return sources.map((source) => {
    const gradient = gradients.get(source);
    return gradient === undefined ? zerosLike(source) : guard.clean(gradient);
  });
}

/** A reverse pass under way. */
interface Pass {
  readonly known: ReadonlyMap<Tensor, Tensor>;
  readonly guard: Guard;
  readonly recomputation: Recomputation | undefined;
  /** Gradients of sources as far as they are known. */
  finished(): readonly Tensor[];
}

/** What one node's rule gives for its inputs, summed to their shapes. */
function inputGradients(node: Node, { known, guard, recomputation, finished }: Pass): readonly (Tensor | undefined)[] {
  const { op, inputs, outputs, attributes } = node;
  const gradients = guard.incoming(
    node,
    outputs.map((tensor) => known.get(tensor)),
  );
  if (op.gradient === undefined || gradients.every((gradient) => gradient === undefined)) return [];
  const seen = (tensors: readonly Tensor[]) => recomputation?.standIns(node, tensors, gradients, finished) ?? tensors;
  const context = { inputs: seen(inputs), outputs: seen(outputs), attributes, gradients };
  return op.gradient(context).map((gradient, i) => {
    if (gradient === undefined) return undefined;
    guard.watch(node, gradient, gradients);
    const { shape } = inputs[i] as Tensor;
    return sameShape(gradient.shape, shape) ? gradient : sumTo(guard.clean(gradient), shape);
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
