import { type Attributes, constantValue, type Node, type Op, type Tensor, uniformValue } from "../graph/index.js";
import { equal, where } from "../ops/index.js";

/** Numbers at which functions with a singular point, a limited domain or a steep rise show it. */
const PROBES = [-1, 0, 1000];

/** Every choice of one number from each list. */
function choices(lists: readonly (readonly number[])[]): number[][] {
  return lists.reduce<number[][]>(
    (found, list) => found.flatMap((one) => list.map((number) => [...one, number])),
    [[]],
  );
}

function isFiniteConstant(tensor: Tensor): boolean {
  const values = constantValue(tensor) ?? [];
  for (const value of values) if (!Number.isFinite(Number(value))) return false;
  return true;
}

/** Whether a node may give infinities or NaN where its inputs are finite: log, exp and division may, sums may not. */
function isSingular({ op, inputs, outputs, attributes }: Node): boolean {
  if (Object.values(attributes).some((value) => typeof value === "number" && !Number.isFinite(value))) return true;
  if (!isFiniteConstant(outputs[0]!)) return true;
  const { scalar } = op as Op<Attributes>;
  if (scalar === undefined) return false;
  const operands = inputs.map((tensor) => uniformValue(tensor) ?? PROBES).map((numbers) => [numbers].flat());
  return choices(operands).some((numbers) => !Number.isFinite(scalar(...numbers)));
}

/**
 * Nodes that may hold infinities or NaN in elements which a later `where` leaves unselected. What is fed is taken to be
 * finite, and so is a sum of products over whole axes, in which one infinite element would have spoilt all others anyway.
 */
function unselectable(nodes: readonly Node[]): Set<Node> {
  const spoilt = new Set<Node>();
  for (const node of nodes) {
    const passesOn = !node.op.contracts && node.inputs.some((tensor) => spoilt.has(tensor.node));
    if (passesOn || isSingular(node)) spoilt.add(node);
  }
  const found = new Set<Node>();
  for (const node of nodes.toReversed()) {
    const through = found.has(node) ? node.inputs : node.op.name === "where" ? node.inputs.slice(1) : [];
    for (const tensor of through) if (spoilt.has(tensor.node)) found.add(tensor.node);
  }
  return found;
}

/** True for what is finite wherever `g` is: g itself, or g times or over a number. */
function keepsFinite(gradient: Tensor, g: Tensor): boolean {
  return (
    gradient === g || gradient.node.inputs.every((tensor) => tensor === g || Number.isFinite(uniformValue(tensor)))
  );
}

/**
 * Keeps NaN out of gradients. A branch that `where` does not select has gradient zero, but zero times an infinity computed
 * there is NaN. Element by element it would stay in its place, so it need be replaced by 0 only before it could reach
 * another: before gradients are added or summed, and at the end.
 */
export class Guard {
  private readonly unselectable: ReadonlySet<Node>;
  private readonly suspects = new Set<Tensor>();

  constructor(nodes: readonly Node[]) {
    this.unselectable = unselectable(nodes);
  }

  /** `gradient` with 0 for NaN, if there may be any. */
  clean(gradient: Tensor): Tensor {
    return this.suspects.has(gradient) ? where(equal(gradient, gradient), gradient, 0) : gradient;
  }

  /** What the rule of `node` may see of the gradients of its outputs. */
  incoming(node: Node, gradients: readonly (Tensor | undefined)[]): readonly (Tensor | undefined)[] {
    return node.op.scalar === undefined ? gradients.map((gradient) => gradient && this.clean(gradient)) : gradients;
  }

  /** Remembers whether `gradient`, which the rule of `node` made of `incoming`, may hold NaN. */
  watch(node: Node, gradient: Tensor, incoming: readonly (Tensor | undefined)[]): void {
    const isInherited = incoming.some((g) => g && this.suspects.has(g));
    const isNew = node.op.nonlinear && this.unselectable.has(node) && !keepsFinite(gradient, incoming[0]!);
    if (isInherited || isNew) this.suspects.add(gradient);
  }
}
