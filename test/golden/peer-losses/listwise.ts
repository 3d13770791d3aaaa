import type { Tensor } from "../../../src/graph/index.js";
import {
  dynamicSoftMargin,
  fastAp,
  histogram,
  instance,
  pnp,
  rankedList,
  thresholdConsistentMargin,
} from "../../../src/losses/index.js";
import { eye, oneHot } from "../../../src/ops/index.js";
import { pairRelation } from "../../../src/relations/index.js";
import { asList, asNumber, asNumbers, asRecord, asString, type GoldenRecord } from "../format.js";
import { peerRelation } from "../peer-relations.js";
import type { PeerConfig, PeerLoss, PeerLossBuilder } from "./peer.js";

type InputRule = NonNullable<PeerLoss["input"]>;

/** Triplets of the file as [query, positive, negative], or all that its labels allow. */
function triplets({ labels, indicesTuple }: GoldenRecord, where: string): number[][] {
  if (!indicesTuple) return allTriplets(asNumbers(labels, where));
  const { kind, indices } = asRecord(indicesTuple, where);
  const columns = asList(indices, where).map((column) => asNumbers(column, where));
  const [a, p, c, n] = columns as [number[], number[], number[], number[]];
  if (kind === "triplets") return a.map((query, i) => [query, p[i]!, c[i]!]);
  return a.flatMap((query, i) => c.flatMap((other, j) => (other === query ? [[query, p[i]!, n[j]!]] : [])));
}

function allTriplets(labels: readonly number[]): number[][] {
  const at = labels.map((_, i) => i);
  const positives = (i: number) => at.filter((j) => j !== i && labels[j] === labels[i]);
  const negatives = (i: number) => at.filter((j) => labels[j] !== labels[i]);
  return at.flatMap((i) => positives(i).flatMap((p) => negatives(i).map((n) => [i, p, n])));
}

/** Unordered pairs that occur in a triplet, each once. */
const uniquePairs: InputRule = (graph, inputs, embeddings) => {
  const rows = triplets(inputs, graph.prefix);
  const unique = (other: number) => {
    const keys = new Set(rows.map((row) => [row[0]!, row[other]!].sort((a, b) => a - b).join()));
    return [...keys].map((key) => key.split(",").map(Number));
  };
  const columns = (name: string, pairs: number[][]) =>
    [0, 1].map((side) =>
      graph.integers(
        `${name}${side}`,
        pairs.map((pair) => pair[side]!),
      ),
    ) as [Tensor, Tensor];
  const [positiveQuery, positive] = columns("positive", unique(1));
  const [negativeQuery, negative] = columns("negative", unique(2));
  const indices = { positiveQuery, positive, negativeQuery, negative };
  const queries = embeddings.shape[0] as number;
  return { ...pairRelation(indices, { queries, dtype: "float64" }), query: embeddings, key: embeddings };
};

/** The peer takes rows of the embeddings for those of the references. */
const ownRowsAsReferences: InputRule = (graph, inputs, query, references) => {
  const keys = references?.shape[0] as number | undefined;
  const relation = peerRelation(graph, inputs, { queries: query.shape[0] as number, keys });
  return { ...relation, query, key: keys === undefined ? query : query.slice({ axis: 0, end: keys }) };
};

/** The peer takes the rank of a label for the row of the target. */
const labelRankTargets: InputRule = (graph, { labels }, embeddings) => {
  const given = asNumbers(labels, graph.prefix);
  const ranks = [...new Set(given)].sort((a, b) => a - b);
  const targets = oneHot(
    graph.integers(
      "ranks",
      given.map((label) => ranks.indexOf(label)),
    ),
    given.length,
    "float64",
  );
  const negative = targets.neg().add(1);
  const own = graph.integers("labels", given);
  return { positive: targets, negative, keysAreQueries: false, labels: own, query: embeddings, key: embeddings };
};

/** Row i of the references is the positive of row i, all others its negatives. */
const rowsMatch: InputRule = (graph, inputs, query, references) => {
  if (inputs.labels) {
    const sizes = { queries: query.shape[0] as number, keys: references?.shape[0] as number | undefined };
    return { ...peerRelation(graph, inputs, sizes, { bounded: true }), query, key: references ?? query };
  }
  const key = references ?? query;
  const positive = eye(query.shape[0]!, key.shape[0]!, "float64");
  return { positive, negative: positive.neg().add(1), keysAreQueries: false, query, key };
};

function numberOr(peer: PeerConfig, name: string, preset: number): number {
  return typeof peer.params[name] === "number" ? peer.number(name) : preset;
}

/** Losses of whole rankings or batches by the peer's class name. */
export const listwiseLosses: Readonly<Record<string, PeerLossBuilder>> = {
  FastAPLoss: (peer) => {
    const power = asNumber(asRecord(peer.config.distance, peer.where).power, peer.where);
    const loss = fastAp({ bins: peer.number("num_bins"), farthest: 2 ** power, distance: peer.distance });
    return { loss, tuples: "query-weights" };
  },
  HistogramLoss: (peer) => {
    const bins = numberOr(peer, "n_bins", 2 / numberOr(peer, "delta", 0.02));
    return { loss: histogram({ bins, distance: peer.distance }), input: uniquePairs, terms: {} };
  },
  RankedListLoss: (peer) => ({
    loss: rankedList({
      margin: peer.number("margin"),
      boundary: numberOr(peer, "alpha", 1 + peer.number("margin") / 2),
      negativeTemperature: peer.number("Tn"),
      positiveTemperature: peer.number("Tp"),
      balance: peer.number("imbalance"),
      detachWeights: false,
      smoothing: 1e-5,
      distance: peer.distance,
    }),
  }),
  PNPLoss: (peer) => ({
    loss: pnp({
      variant: asString(peer.params.variant, peer.where) as "O",
      temperature: peer.number("anneal"),
      alpha: peer.number("alpha"),
      b: peer.number("b"),
      countQuery: true,
      distance: peer.distance,
    }),
    bounded: true,
    terms: {},
  }),
  ThresholdConsistentMarginLoss: (peer) => ({
    loss: thresholdConsistentMargin({
      positiveMargin: peer.number("margin_plus"),
      negativeMargin: peer.number("margin_minus"),
      positiveWeight: peer.number("lambda_plus"),
      negativeWeight: peer.number("lambda_minus"),
      distance: peer.distance,
    }),
    input: ownRowsAsReferences,
    terms: {},
  }),
  DynamicSoftMarginLoss: (peer) => ({
    loss: dynamicSoftMargin({
      triplets: peer.inputs.labels || peer.inputs.indicesTuple ? "all" : "hardest",
      bins: peer.number("num_bins"),
      smallest: peer.number("min_val"),
      momentum: peer.number("momentum"),
      detach: false,
      normalizeBatch: false,
      dtype: "float64",
      distance: peer.distance,
    }),
    input: rowsMatch,
    terms: {},
  }),
  InstanceLoss: (peer) => ({
    loss: instance({ scale: peer.number("gamma"), distance: peer.distance }),
    input: labelRankTargets,
  }),
};
