import {
  angular,
  circle,
  generalizedLiftedStructure,
  intraPairVariance,
  type Loss,
  type LossInput,
  liftedStructure,
  margin,
  nca,
  nPair,
  ntXent,
  supCon,
  tupletMargin,
  whenAny,
} from "../../../src/losses/index.js";
import { ratio, term } from "../../../src/reducers/index.js";
import { classRelation, countPairs } from "../../../src/relations/index.js";
import { asList, asNumbers, asRecord, type GoldenRecord } from "../format.js";
import type { GraphCase } from "../graph-case.js";
import { NotReproducible } from "../peer-parts.js";
import { peerRelation } from "../peer-relations.js";
import { radians } from "./classes.js";
import type { PeerLoss, PeerLossBuilder } from "./peer.js";

type InputRule = NonNullable<PeerLoss["input"]>;

/** The classes of the file as a relation. */
export function labelRelation(graph: GraphCase, { labels, refLabels }: GoldenRecord) {
  const of = (name: string, value: GoldenRecord[string]) => graph.integers(name, asNumbers(value, graph.prefix));
  const keyLabels = refLabels ? of("keys by class", refLabels) : undefined;
  return classRelation(of("by class", labels!), { keyLabels, dtype: "float64" });
}

/** One pair a label: the first of the list. */
const firstPairs: InputRule = (graph, inputs, embeddings) => {
  const relation = labelRelation(graph, inputs);
  const input: LossInput = { ...relation, query: embeddings, key: embeddings };
  if (!inputs.indicesTuple) return input;
  const labels = asNumbers(inputs.labels, graph.prefix);
  const columns = asList(asRecord(inputs.indicesTuple, graph.prefix).indices, graph.prefix);
  const [queries, positives] = columns.map((column) => asNumbers(column, graph.prefix)) as [number[], number[]];
  const first = queries
    .map((_, i) => i)
    .filter((i) => queries.findIndex((q) => labels[q] === labels[queries[i]!]) === i);
  const of = (name: string, list: number[]) =>
    graph.integers(
      name,
      first.map((i) => list[i]!),
    );
  const rows = of("first query", queries);
  const ones = relation.positive.slice({ axis: 0, start: 0, end: 1 }).sum().mul(0).add(1).expand([first.length]);
  const size = relation.positive.shape as readonly [number, number];
  return { ...input, positive: countPairs(rows, of("first positive", positives), ones, size) };
};

/** Positive pairs of the file, but negatives by class. */
const negativesByClass: InputRule = (graph, inputs, query, references) => {
  const sizes = { queries: query.shape[0] as number, keys: references?.shape[0] as number | undefined };
  const relation = peerRelation(graph, inputs, sizes, { bounded: true });
  const { negative } = labelRelation(graph, inputs);
  return { ...relation, negative: whenAny(relation.negative, negative), query, key: references ?? query };
};

/** The peer adds the smallest number to a probability before the logarithm: no value is above its logarithm. */
function saturated(loss: Loss): Loss {
  return {
    ...loss,
    terms: (input) => {
      const { sum, count } = loss.terms(input).terms.positive!.elements();
      const values = ratio(sum, count).minimum(-Math.log(2 ** -1022));
      return { terms: { positive: term("positive", values, { weight: count }) } };
    },
  };
}

/** Losses of tuples by the peer's class name. */
export const tupleLosses: Readonly<Record<string, PeerLossBuilder>> = {
  NTXentLoss: (peer) => ({
    loss: saturated(ntXent({ temperature: peer.number("temperature"), distance: peer.distance })),
    pairwise: true,
  }),
  SupConLoss: (peer) => ({
    loss: supCon({ temperature: peer.number("temperature"), distance: peer.distance }),
    tuples: "once",
    pairwise: true,
  }),
  CircleLoss: (peer) => ({
    loss: circle({ margin: peer.number("m"), scale: peer.number("gamma"), distance: peer.distance }),
    tuples: "once",
    columns: true,
    pairwise: true,
  }),
  NPairsLoss: (peer) => ({ loss: nPair({ lengthWeight: 0, distance: peer.distance }), input: firstPairs }),
  LiftedStructureLoss: (peer) => ({
    loss: liftedStructure({
      positiveMargin: peer.number("pos_margin"),
      negativeMargin: peer.number("neg_margin"),
      keyNegatives: "same-row",
      distance: peer.distance,
    }),
    columns: true,
    pairwise: true,
  }),
  GeneralizedLiftedStructureLoss: (peer) => ({
    loss: generalizedLiftedStructure({
      positiveMargin: peer.number("pos_margin"),
      negativeMargin: peer.number("neg_margin"),
      distance: peer.distance,
    }),
    tuples: "once",
    columns: true,
    pairwise: true,
  }),
  MarginLoss: (peer) => {
    const { learn_beta: learnBeta, num_classes: classes, triplets_per_anchor: each } = peer.params;
    if (each !== "all")
      throw new NotReproducible("triplets_per_anchor draws triplets at random; the draw is not recorded");
    const loss = margin({
      margin: peer.number("margin"),
      beta: peer.number("beta"),
      nu: peer.number("nu"),
      learnBeta: learnBeta === true,
      ...(typeof classes === "number" && { classes }),
      dtype: "float64",
      distance: peer.distance,
    });
    const weights = learnBeta === true ? { beta: { parameter: loss.parameters.beta as never } } : {};
    return { loss, weights, bounded: true, terms: { margin_loss: "margin", beta_reg_loss: "beta" } };
  },
  NCALoss: (peer) => ({
    loss: nca({ scale: peer.number("softmax_scale"), distance: peer.distance }),
    tuples: "query-weights",
  }),
  TupletMarginLoss: (peer) => ({
    loss: tupletMargin({
      marginRadians: radians(peer.number("margin")),
      scale: peer.number("scale"),
      distance: peer.distance,
    }),
    columns: true,
    pairwise: true,
  }),
  IntraPairVarianceLoss: (peer) => ({
    loss: intraPairVariance({
      positiveEpsilon: peer.number("pos_eps"),
      negativeEpsilon: peer.number("neg_eps"),
      distance: peer.distance,
    }),
    terms: { pos_loss: "positive", neg_loss: "negative" },
    pairwise: true,
  }),
  AngularLoss: (peer) => ({
    loss: angular({ angleRadians: radians(peer.number("alpha")), normalize: "pairs" }),
    input: negativesByClass,
    bounded: true,
    columns: true,
  }),
};
