import type { Tensor } from "../graph/index.js";
import { full, minimum } from "../ops/index.js";

/** Equally spaced nodes: low, low + width, ... */
export interface HistogramNodes {
  readonly low: number;
  readonly width: number;
  /** Number of nodes, at least 2. */
  readonly count: number;
}

/** Where values lie among nodes: the node at or below (int64), and how far on to the next, 0 to 1. */
export function nodePositions(values: Tensor, { low, width, count }: HistogramNodes): { node: Tensor; share: Tensor } {
  const position = values
    .sub(low)
    .div(width)
    .clip(0, count - 1);
  const node = minimum(position.floor(), count - 2).stopGradient();
  return { node: node.cast("int64"), share: position.sub(node) };
}

/**
 * Histogram along the last axis whose bins are triangles around the nodes: each value gives its weight to the two nodes
 * next to it, in proportion to its nearness, so that the counts have derivatives. Values outside count at the end
 * nodes. values and weights [..., R] -> [..., count]; no tensor is larger than the values.
 */
export function softHistogram(values: Tensor, weights: Tensor, nodes: HistogramNodes): Tensor {
  const { node, share } = nodePositions(values, nodes);
  const empty = full([...values.shape.slice(0, -1), nodes.count], 0, values.dtype);
  const upper = share.mul(weights);
  return empty.scatterAdd(node, weights.sub(upper)).scatterAdd(node.add(1), upper);
}
