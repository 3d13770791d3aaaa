import {
  constant,
  dimTerms,
  inputName,
  type Node,
  RECOMPUTED,
  randomDistribution,
  rebuild,
  shapeSize,
  type Tensor,
} from "../graph/index.js";
import { concat, equal } from "../ops/index.js";

const isFloat = ({ dtype }: Tensor) => dtype === "float32" || dtype === "float64";

const elementBytes = { float32: 4, float64: 8, int64: 8, bool: 1, uint8: 1 } as const;

/** Bytes of a value; a named size counts as 1. */
function bytesOf({ dtype, shape }: Tensor): number {
  const size = (dim: number | string) => dimTerms(dim).reduce((total, { coefficient }) => total + coefficient, 0);
  return shape.reduce<number>((total, dim) => total * size(dim), elementBytes[dtype]);
}

function totalBytes(tensors: readonly Tensor[]): number {
  return tensors.reduce((total, tensor) => total + bytesOf(tensor), 0);
}

/** Nodes whose values differ from run to run for other reasons than parameters: fed or drawn, or computed from such. */
function varying(nodes: readonly Node[]): Set<Node> {
  const found = new Set<Node>();
  for (const node of nodes) {
    const [first] = node.outputs;
    const isFed = first !== undefined && (inputName(first) ?? randomDistribution(first)) !== undefined;
    if (isFed || node.inputs.some((tensor) => found.has(tensor.node))) found.add(node);
  }
  return found;
}

/** Bytes that later nodes still read after each of `nodes`, of what these compute. */
function crossingBytes(nodes: readonly Node[]): number[] {
  const place = new Map(nodes.map((node, i) => [node, i]));
  const last = new Map<Tensor, number>();
  nodes.forEach((node, i) => {
    for (const tensor of node.inputs) if (place.has(tensor.node)) last.set(tensor, i);
  });
  const changes = new Float64Array(nodes.length + 1);
  for (const [tensor, end] of last) {
    changes[place.get(tensor.node)!]! += bytesOf(tensor);
    changes[end]! -= bytesOf(tensor);
  }
  let crossing = 0;
  return nodes.map((_, i) => {
    crossing += changes[i]!;
    return crossing;
  });
}

/** A line of nodes as a plan sees it: at each, the bytes that it makes, that gradients take at work on it, and that cross after it. */
interface Line {
  readonly made: readonly number[];
  readonly working: readonly number[];
  readonly crossing: readonly number[];
}

/**
 * Where to cut a line so that its gradients never need more than `limit` bytes: those that cross at the cuts before a
 * segment, what the segment has made up to a node, and the work there. Of all such cuts those with the fewest bytes crossing;
 * undefined where there are none.
 */
function cutsWithin(limit: number, { made, working, crossing }: Line): number[] | undefined {
  const end = made.length;
  const before = new Array<number>(end + 1).fill(Number.POSITIVE_INFINITY);
  const from = new Array<number>(end + 1).fill(0);
  before[0] = 0;
  for (let start = 0; start < end; start++) {
    let held = before[start]!;
    for (let i = start; i < end; i++) {
      held += made[i]!;
      if (held + working[i]! > limit) break;
      const cost = before[start]! + crossing[i]!;
      if (cost >= before[i + 1]!) continue;
      before[i + 1] = cost;
      from[i + 1] = start;
    }
  }
  if (before[end] === Number.POSITIVE_INFINITY) return undefined;
  const cuts: number[] = [];
  for (let cut = from[end]!; cut > 0; cut = from[cut]!) cuts.unshift(cut);
  return cuts;
}

/** The cuts that need least memory, to a hundredth; none where they would not save anything. */
function leastCuts(line: Line): number[] {
  let held = 0;
  let enough = 0;
  line.made.forEach((bytes, i) => {
    held += bytes;
    enough = Math.max(enough, held + line.working[i]!);
  });
  let cuts: number[] = [];
  for (let tooLittle = 0; enough - tooLittle > 0.01 * enough; ) {
    const limit = (tooLittle + enough) / 2;
    const found = cutsWithin(limit, line);
    if (found === undefined) tooLittle = limit;
    else [cuts, enough] = [found, limit];
  }
  return cuts;
}

/**
 * Which of `nodes` (a forward graph in topological order) are to be computed again when their gradients are taken: the
 * number of the segment of each. Segments are cut wherever few bytes cross, so that the memory of the reverse pass is
 * least: for n equal layers about 2 sqrt(n) of them. The last segment, and what comes before anything in `wanted`, is
 * kept and not listed; where no cut saves anything, the map is empty.
 */
export function recomputedSegments(nodes: readonly Node[], wanted: ReadonlySet<Node>): Map<Node, number> {
  const changing = varying(nodes);
  const computed = nodes.filter((node) => node.inputs.length > 0 && changing.has(node));
  const first = computed.findIndex((node) => wanted.has(node));
  const line = first < 0 ? [] : computed.slice(first);
  const made = line.map(({ outputs }) => totalBytes(outputs));
  // Gradients of a node's outputs and inputs are there at the same time.
  const working = line.map(({ inputs, outputs }) => totalBytes(outputs) + totalBytes(inputs));
  const cuts = leastCuts({ made, working, crossing: crossingBytes(line) });
  const segments = new Map<Node, number>();
  cuts.forEach((cut, i) => {
    for (const node of line.slice(cuts[i - 1] ?? 0, cut)) segments.set(node, i);
  });
  return segments;
}

/** The first element of a tensor, as float32 [1]. */
function firstOf(tensor: Tensor): Tensor {
  return tensor
    .reshape([shapeSize(tensor.shape)])
    .slice({ axis: 0, end: 1 })
    .cast("float32");
}

/**
 * The number 1, which can only be known after `tensors`: what is multiplied by it is computed after them, and is equal to
 * itself to the bit. No optimiser sees through it, and neither NaN nor infinities change it.
 */
function oneAfter(tensors: readonly Tensor[]): Tensor {
  const filled = tensors.filter(({ shape }) => !shape.includes(0));
  if (filled.length === 0) return constant(1);
  const sample = concat(filled.map(firstOf));
  return equal(sample, sample).cast("float32").mul(0).sum().add(1).stopGradient();
}

/** What a segment is computed again from, and what has been. */
interface Clones {
  readonly one: Tensor;
  readonly standIns: Map<Tensor, Tensor>;
}

/**
 * Activation recomputation (Chen, Xu, Zhang and Guestrin, "Training Deep Nets with Sublinear Memory Cost", 2016). Gradient
 * rules of a segment see copies of its values, computed again once the gradient has reached the segment and every
 * source's gradient before is finished; so the first values can be forgotten as soon as the forward pass has used them.
 */
export class Recomputation {
  private readonly segments: ReadonlyMap<Node, number>;
  private readonly changing: ReadonlySet<Node>;
  private readonly clones = new Map<number, Clones>();
  private readonly awaited = new Set<Tensor>();

  constructor(nodes: readonly Node[], wanted: ReadonlySet<Node>) {
    this.segments = recomputedSegments(nodes, wanted);
    this.changing = varying(nodes);
  }

  /**
   * What the rule of `node` sees in place of its inputs or outputs. A segment begins after the gradients that have `arrived`
   * at the first of its nodes, and after those that are `finished` by then.
   */
  standIns(
    node: Node,
    tensors: readonly Tensor[],
    arrived: readonly (Tensor | undefined)[],
    finished: () => readonly Tensor[],
  ): readonly Tensor[] {
    const segment = this.segments.get(node);
    if (segment === undefined) return tensors;
    const clones = this.clones.get(segment) ?? { one: this.oneAfter(arrived, finished()), standIns: new Map() };
    this.clones.set(segment, clones);
    return tensors.map((tensor) => this.standIn(tensor, segment, clones));
  }

  private oneAfter(arrived: readonly (Tensor | undefined)[], finished: readonly Tensor[]): Tensor {
    const news = finished.filter((tensor) => !this.awaited.has(tensor));
    for (const tensor of news) this.awaited.add(tensor);
    return oneAfter([...arrived.filter((tensor) => tensor !== undefined), ...news]);
  }

  private standIn(tensor: Tensor, segment: number, clones: Clones): Tensor {
    const known = clones.standIns.get(tensor);
    if (known !== undefined) return known;
    const { node } = tensor;
    if (!this.changing.has(node)) return tensor;
    const outputs =
      this.segments.get(node) === segment
        ? rebuild(
            node,
            node.inputs.map((input) => this.standIn(input, segment, clones)),
            node.attributes,
            node.scope === "" ? RECOMPUTED : `${node.scope}/${RECOMPUTED}`,
          )
        : node.outputs;
    node.outputs.forEach((output, i) => {
      const isEntry = outputs[i] === output && isFloat(output);
      clones.standIns.set(output, isEntry ? output.mul(clones.one.cast(output.dtype)) : outputs[i]!);
    });
    return clones.standIns.get(tensor)!;
  }
}
