import { constantValue, type Node, type Parameter, sameShape, type Tensor } from "../graph/index.js";

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

/** For each node of a graph, in order, the ones it depends on: a row of bits, one for each node. */
function ancestorsOf(nodes: readonly Node[]): Map<Node, Uint32Array> {
  const words = Math.ceil(nodes.length / 32);
  const rows = new Map<Node, Uint32Array>();
  for (const [place, node] of nodes.entries()) {
    const row = new Uint32Array(words);
    for (const { node: source } of node.inputs) {
      const above = rows.get(source)!;
      // What a node depends on comes before it.
      for (let word = 0; word <= place >> 5; word++) row[word]! |= above[word]!;
    }
    row[place >> 5]! |= 1 << (place & 31);
    rows.set(node, row);
  }
  return rows;
}

/** Tells which parameters of a graph may be overwritten while it runs. */
export class InPlaceUpdates {
  private readonly places: ReadonlyMap<Node, number>;
  private readonly ancestors: ReadonlyMap<Node, Uint32Array>;
  private readonly users = new Map<Tensor, Node[]>();

  /** @param nodes of the whole graph, inputs before their users */
  constructor(nodes: readonly Node[]) {
    this.places = new Map(nodes.map((node, place) => [node, place]));
    this.ancestors = ancestorsOf(nodes);
    for (const node of nodes) {
      for (const tensor of node.inputs) {
        const users = this.users.get(tensor);
        if (users === undefined) this.users.set(tensor, [node]);
        else users.push(node);
      }
    }
  }

  /**
   * Whether `update` may be written over `parameter` while the graph runs: every node that may read the old value must come
   * before the one that writes the new, and that one may read it only in the place it writes.
   */
  allow(parameter: Parameter, update: Tensor): boolean {
    const writer = update.node;
    if (!writers.has(writer.op.name)) return false;
    const { found, aliases } = this.readers(parameter);
    const movesUnderWriter = writer.inputs.some(
      (tensor) => aliases.has(tensor) && (movements.has(tensor.node.op.name) || !sameShape(tensor.shape, update.shape)),
    );
    return !movesUnderWriter && [...found].every((node) => this.dependsOn(writer, node));
  }

  private dependsOn(node: Node, other: Node): boolean {
    const place = this.places.get(other)!;
    return (this.ancestors.get(node)![place >> 5]! & (1 << (place & 31))) !== 0;
  }

  /** Nodes that may read the memory of `parameter`, also through views of it and through what is merged into its users. */
  private readers(parameter: Parameter): { found: Set<Node>; aliases: Set<Tensor> } {
    const aliases = new Set<Tensor>([parameter]);
    const found = new Set<Node>();
    // A set goes on with what is added to it meanwhile.
    for (const tensor of aliases) {
      for (const node of this.users.get(tensor) ?? []) {
        found.add(node);
        if (isDeferrable(node, aliases)) for (const output of node.outputs) aliases.add(output);
      }
    }
    return { found, aliases };
  }
}
