import { lp, snr } from "../../../src/distances/index.js";
import { constant, type Parameter, type Tensor } from "../../../src/graph/index.js";
import {
  manifold,
  quadruplet,
  reducedBy,
  regularized,
  selfSupervised,
  triplet,
  vicReg,
  weightedSum,
  whenAny,
} from "../../../src/losses/index.js";
import { asQueryWeights, defineMiner, type Miner } from "../../../src/miners/index.js";
import { eye, maximum, where } from "../../../src/ops/index.js";
import { mean, term } from "../../../src/reducers/index.js";
import type { Regularizer } from "../../../src/regularizers/index.js";
import { classRelation, type Relation, tripletRelation } from "../../../src/relations/index.js";
import { asList, asNumber, asNumbers, asRecord, asString, type GoldenValue } from "../format.js";
import { peerMiners } from "../peer-miners.js";
import { MissingPart, NotReproducible } from "../peer-parts.js";
import { eachOnce } from "../peer-relations.js";
import { buildLoss } from "../run-losses.js";
import type { PeerConfig, PeerLoss, PeerLossBuilder } from "./peer.js";

type InputRule = NonNullable<PeerLoss["input"]>;

/** Row i of the references is the other view of row i; without references each row is both. */
const views: InputRule = (_graph, _inputs, query, references) => {
  const positive = eye(query.shape[0]!, undefined, "float64");
  return { positive, negative: positive.neg().add(1), keysAreQueries: false, query, key: references ?? query };
};

const metaClasses: InputRule = (graph, { indicesTuple }, query) => {
  if (!indicesTuple) throw new NotReproducible("meta-classes are drawn at random; the draw is not recorded");
  const groups = asNumbers(asRecord(indicesTuple, graph.prefix).indices, graph.prefix);
  return { ...classRelation(graph.integers("groups", groups), { dtype: "float64" }), query, key: query };
};

const quadruplets: InputRule = (graph, inputs, query) => {
  const rows = asList(inputs.quadruplets, graph.prefix).map((row) => asNumbers(row, graph.prefix));
  const [anchor, positive, negative, secondNegative] = [0, 1, 2, 3].map((i) =>
    graph.integers(
      `column${i}`,
      rows.map((row) => row[i]!),
    ),
  );
  const given = { query: anchor!, positive: positive!, negative: negative! };
  const relation = tripletRelation(given, { queries: query.shape[0]!, dtype: "float64" });
  const list = relation.triplets as Extract<typeof relation.triplets, { kind: "list" }>;
  return { ...relation, triplets: { ...list, secondNegative }, query, key: query };
};

/** Roth et al. average the zero-mean cost over the queries of the triplets, not over the batch. */
function zeroMeanOfQueries({ inputs, where }: PeerConfig): Regularizer {
  const [queries] = asList(asRecord(inputs.indicesTuple, where).indices, where);
  const listed = asNumbers(queries, where);
  return {
    name: "zero-mean of queries",
    reducer: mean(),
    term: (vectors) => {
      const counts = Array.from({ length: vectors.shape[0] as number }, (_, i) => listed.filter((q) => q === i).length);
      return term("query", vectors.sum(1).abs(), { weight: constant(counts, { dtype: "float64" }) });
    },
  };
}

const usualDistance = { type: "LpDistance", normalize_embeddings: true, p: 2, power: 1 };
const cosineDistance = { ...usualDistance, type: "CosineSimilarity" };

/** Our miner for a miner that a loss of the file holds. */
export function peerMiner(value: GoldenValue | undefined, where: string) {
  if (!value) return undefined;
  const config = asRecord(value, where);
  const type = asString(config.type ?? config.miner, where);
  const builder = peerMiners[type];
  if (builder === undefined) throw new MissingPart(`miner ${type}`);
  const distance = config.distance ?? (type === "MultiSimilarityMiner" ? cosineDistance : usualDistance);
  return builder({ ...config, distance }, where, undefined as never);
}

/** The pairs of all triplets. */
const inTriplets = defineMiner("in triplets", ({ positive, negative }) => {
  const some = (x: Tensor) => x.max({ axes: 1, keepAxes: true }).greater(0);
  return { positive: where(some(negative), positive, 0), negative: where(some(positive), negative, 0) };
});

/** A miner's choice as the loss takes it. */
function minedFor({ loss, tuples }: PeerLoss, given: Miner | undefined): Miner | undefined {
  const chosen = given ?? (loss.name === "histogram" ? inTriplets : undefined);
  if (chosen === undefined) return undefined;
  if (tuples === "query-weights") return asQueryWeights(chosen);
  const changed = (change: (mined: Relation, all: Relation) => Relation): Miner => ({
    ...chosen,
    mine: (input) => change(chosen.mine(input), input),
  });
  if (loss.name === "angular")
    return changed((mined, { negative }) => ({ ...mined, negative: whenAny(mined.negative, negative) }));
  if (loss.name === "histogram") return changed(eitherWay);
  return tuples === "once" ? changed(eachOnce) : chosen;
}

/** Pairs that occur in either order, each once. */
function eitherWay(relation: Relation): Relation {
  const { positive, negative, ...rest } = eachOnce(relation);
  const both = (x: Tensor) => maximum(x, x.transpose());
  return { ...rest, positive: both(positive), negative: both(negative) };
}

/** Losses around losses, and those with an input of their own, by the peer's class name. */
export const wrappedLosses: Readonly<Record<string, PeerLossBuilder>> = {
  SelfSupervisedLoss: ({ config, params, inputs, where }) => {
    const inner = buildLoss(asRecord(config.inner, where), inputs, where);
    return {
      loss: selfSupervised({ loss: inner.loss, symmetric: params.symmetric === true }),
      input: views,
      terms: {},
    };
  },
  MultipleLosses: ({ config, params, inputs, where }) => {
    const inner = asList(config.losses, where).map((each) => buildLoss(asRecord(each, where), inputs, where));
    const weights = params.weights ? asNumbers(params.weights, where) : inner.map(() => 1);
    const chosen = inner.map((_, i) => peerMiner(config.miners ? asList(config.miners, where)[i] : undefined, where));
    const losses = inner.map((each, i) => {
      const own = minedFor(each, chosen[i]);
      return { loss: each.loss, weight: weights[i]!, ...(own && { miner: own }) };
    });
    return { loss: weightedSum({ losses }), bounded: inner.some((each) => each.bounded), terms: {} };
  },
  VICRegLoss: (peer) => ({
    loss: vicReg({
      invariance: peer.number("invariance_lambda"),
      variance: peer.number("variance_mu"),
      covariance: peer.number("covariance_v"),
      epsilon: peer.number("eps"),
    }),
    input: views,
    terms: {
      invariance_loss: "invariance",
      variance_loss1: "queryVariance",
      variance_loss2: "keyVariance",
      covariance_loss: "covariance",
    },
  }),
  ManifoldLoss: (peer) => {
    const contextWeight = peer.number("lambdaC");
    if (!Number.isFinite(contextWeight))
      throw new NotReproducible("lambdaC infinite is meant to leave the context loss alone but returns infinity");
    const loss = manifold({
      dimension: peer.number("l"),
      proxies: peer.number("K"),
      alpha: peer.number("alpha"),
      margin: peer.number("margin"),
      contextWeight,
      dtype: "float64",
      distance: peer.distance,
    });
    const weights = { proxies: { parameter: loss.classVectors as Parameter } };
    return { loss, weights, input: metaClasses, terms: {} };
  },
  quadruplet: ({ params, config, where }) => {
    const loss = quadruplet({
      margin: asNumber(params.margin_alpha_1, where),
      secondMargin: asNumber(params.margin_alpha_2, where),
      distance: lp({ normalize: config.normalize === true }),
    });
    return { loss: reducedBy(loss, mean()), input: quadruplets };
  },
  "snr-triplet": (peer) => {
    const loss = triplet({ margin: peer.number("margin"), distance: snr() });
    const embeddings = { regularizer: zeroMeanOfQueries(peer), weight: peer.number("reg_lambda") };
    return { loss: regularized(loss, { embeddings }) };
  },
};
