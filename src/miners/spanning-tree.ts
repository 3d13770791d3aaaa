import { z } from "zod";
import { dissimilarity, distanceOption, lp } from "../distances/index.js";
import { SimileError } from "../errors/index.js";
import { type Dim, multiplyDims, type Tensor } from "../graph/index.js";
import { arange, equal, full, gather, less, logicalAnd, logicalNot, logicalOr, where } from "../ops/index.js";
import type { Relation } from "../relations/index.js";
import { defineMiner, type Miner, type MinerEntry } from "./miner.js";

const options = z.strictObject({
  distance: distanceOption(lp),
});

/** Options of {@link spanningTree}. */
export type SpanningTreeOptions = z.input<typeof options>;

/**
 * Positives that are the edges of a minimum spanning tree of each class (Xu et al., Deep Asymmetric Metric Learning via
 * Rich Relationship Mining, CVPR 2019): each sample is linked to all of its class by a path of near neighbours, and none
 * is forced towards a far one. n - 1 pairs instead of n (n - 1) / 2, each in both directions; negatives stay. Equal
 * distances count in order of index.
 */
export function spanningTree(settings: SpanningTreeOptions = {}): Miner {
  const { distance } = options.parse(settings);
  return defineMiner("spanning-tree", (input) => {
    if (!input.keysAreQueries) {
      throw new SimileError({
        code: "separate-keys",
        where: "spanning-tree",
        expected: "keys that are the queries",
        received: "separate keys",
        remedy: "mine within the batch",
      });
    }
    const edges = minimumSpanningForest(
      dissimilarity(distance, input.query, input.key),
      input.positive,
      mostRounds(input),
    );
    return { positive: where(edges, input.positive, 0), triplets: undefined };
  });
}

/** Each round at least halves the number of trees that have not grown to a whole class. */
function mostRounds({ positivesPerQuery, positive }: Relation): number {
  const rows = positive.shape[0];
  const largest = positivesPerQuery === undefined ? (typeof rows === "number" ? rows : 2 ** 16) : positivesPerQuery + 1;
  return Math.ceil(Math.log2(Math.max(largest, 2)));
}

/**
 * Edges of minimum spanning trees of each connected part of a graph, bool [B, B], symmetric, by Boruvka's method: in each
 * round every tree takes its shortest edge to another one. distances [B, B]; weights [B, B], an edge where either
 * direction is above 0; `rounds` at least the binary logarithm of the largest part.
 */
export function minimumSpanningForest(distances: Tensor, weights: Tensor, rounds: number): Tensor {
  const size = distances.shape[0]!;
  const any = weights.greater(0);
  const edge = logicalAnd(logicalOr(any, any.transpose()), logicalNot(equal(arange(size).unsqueeze(1), arange(size))));
  const rank = edgeRanks(distances, edge);
  let tree = arange(size);
  let chosen = distances.mul(0).greater(0);
  for (let round = 0; round < rounds; round++) {
    const same = equal(tree.unsqueeze(1), tree);
    const leaving = where(logicalAnd(edge, logicalNot(same)), rank, Number.POSITIVE_INFINITY);
    const shortest = where(same, leaving.min(1).unsqueeze(0), Number.POSITIVE_INFINITY).min({
      axes: 1,
      keepAxes: true,
    });
    const taken = logicalAnd(equal(leaving, shortest), less(leaving, Number.POSITIVE_INFINITY));
    chosen = logicalOr(chosen, logicalOr(taken, taken.transpose()));
    tree = joined(tree, same, taken, rounds);
  }
  return chosen;
}

/** Place of each edge among all, by length and then by index, the same in both directions: no two edges are equal. */
function edgeRanks(distances: Tensor, edge: Tensor): Tensor {
  const size = distances.shape[0]!;
  const flat: [Dim] = [multiplyDims(size, size)];
  const once = logicalAnd(edge, less(arange(size).unsqueeze(1), arange(size)));
  const order = where(once, distances, Number.POSITIVE_INFINITY).reshape(flat).sort({ axis: 0 }).indices;
  const place = full(flat, 0, "int64").scatterAdd(order, arange(flat[0]), 0);
  const upper = where(once, place.reshape([size, size]).cast(distances.dtype), 0);
  return upper.add(upper.transpose());
}

/** Trees joined by the edges they took. A tree is called after one of its samples. */
function joined(tree: Tensor, same: Tensor, taken: Tensor, rounds: number): Tensor {
  const size = tree.shape[0]!;
  // One sample of each tree has the edge; its partner's tree, plus 1, or 0 for trees without an edge.
  const ofSample = where(taken, tree.add(1).unsqueeze(0), 0).max(1);
  const ofTree = where(same, ofSample.unsqueeze(0), 0).max(1);
  const own = arange(size);
  let parent = where(ofTree.greater(0), ofTree.sub(1), tree);
  // Two trees may have taken the same edge: the one with the smaller name stays.
  parent = where(logicalAnd(equal(gather(parent, parent), own), less(own, parent)), own, parent);
  for (let round = 0; round < rounds; round++) parent = gather(parent, parent);
  return gather(parent, tree);
}

export const spanningTreeEntry: MinerEntry<typeof options> = {
  name: "spanning-tree",
  summary: "as positives only the edges of a minimum spanning tree of each class",
  paper: "Xu et al., Deep Asymmetric Metric Learning via Rich Relationship Mining, CVPR 2019",
  options,
  create: spanningTree,
};
