import type { Tensor } from "../../src/graph/index.js";
import { maximum, where } from "../../src/ops/index.js";
import {
  classRelation,
  occurrenceWeights,
  pairRelation,
  type Relation,
  tripletRelation,
} from "../../src/relations/index.js";
import { asList, asNumbers, asRecord, type GoldenRecord, type GoldenValue } from "./format.js";
import type { GraphCase } from "./graph-case.js";

/** How index tuples of a case are to be read; see `PeerLoss`. */
export type TupleUse = "counts" | "once" | "query-weights" | "anchor-weights";

/** The most other rows of one label, which bounds the positives of a query. */
export function mostPositives(labels: readonly number[], keyLabels: readonly number[] = labels): number {
  const counts = new Map<number, number>();
  for (const label of keyLabels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(1, ...labels.map((label) => counts.get(label) ?? 0));
}

/** The most positives that a tuple of the file lists for one query. */
function mostListed(tuple: GoldenValue | undefined, where: string): number {
  if (!tuple) return 0;
  const [queries, positives] = asList(asRecord(tuple, where).indices, where).map((column) => asNumbers(column, where));
  const listed = new Set(queries!.map((query, i) => `${query} ${positives![i]}`));
  const counts = new Map<string, number>();
  for (const query of [...listed].map((pair) => pair.split(" ")[0]!)) counts.set(query, (counts.get(query) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

/** The relation of a case: its labels, or the pairs or triplets it lists. */
export function peerRelation(
  graph: GraphCase,
  inputs: GoldenRecord,
  sizes: { readonly queries: number; readonly keys?: number | undefined },
  { tuples = "counts", bounded = false }: { tuples?: TupleUse | undefined; bounded?: boolean | undefined } = {},
): Relation {
  const where = graph.prefix;
  const numbers = (value: GoldenValue | undefined) => (value ? asNumbers(value, where) : undefined);
  const labels = numbers(inputs.labels);
  const keyLabels = numbers(inputs.refLabels);
  const positivesPerQuery = bounded
    ? Math.max(mostPositives(labels ?? [], keyLabels), mostListed(inputs.indicesTuple, where))
    : undefined;
  const own = labels && graph.integers("labels", labels);
  const other = keyLabels && graph.integers("refLabels", keyLabels);
  const byClass = () => classRelation(own!, { keyLabels: other, dtype: "float64", positivesPerQuery });
  if (!inputs.indicesTuple) return byClass();
  const listed = tupleRelation(graph, inputs.indicesTuple, { ...sizes, labels: own, positivesPerQuery });
  if (tuples === "query-weights") return { ...byClass(), queryWeight: occurrenceWeights(listed) };
  if (tuples === "anchor-weights") {
    return { ...byClass(), queryWeight: occurrenceWeights({ ...listed, keysAreQueries: false }) };
  }
  return tuples === "once" ? eachOnce(listed) : listed;
}

/** The pairs or triplets that a case lists. */
export function tupleRelation(
  graph: GraphCase,
  tuple: GoldenValue,
  sizes: {
    queries: number;
    keys?: number | undefined;
    labels?: Tensor | undefined;
    positivesPerQuery?: number | undefined;
  },
): Relation {
  const { kind, indices } = asRecord(tuple, graph.prefix);
  const columns = asList(indices, graph.prefix).map((column, i) =>
    graph.integers(`tuple${i}`, asNumbers(column, graph.prefix)),
  );
  const options = { ...sizes, dtype: "float64" as const };
  if (kind === "triplets") {
    const [query, positive, negative] = columns as [Tensor, Tensor, Tensor];
    return tripletRelation({ query, positive, negative }, options);
  }
  const [positiveQuery, positive, negativeQuery, negative] = columns as [Tensor, Tensor, Tensor, Tensor];
  return pairRelation({ positiveQuery, positive, negativeQuery, negative }, options);
}

/** Each pair of a relation once. */
export function eachOnce(relation: Relation): Relation {
  const once = (x: Tensor) => x.greater(0).cast(x.dtype);
  return { ...relation, positive: once(relation.positive), negative: once(relation.negative), triplets: undefined };
}

/** The peer's losses of pairs are 0 where there is at most one positive and one negative pair: no pair at all. */
export function moreThanOnePair<R extends Relation>(relation: R): R {
  const { positive, negative } = relation;
  const enough = maximum(positive.sum(), negative.sum()).greater(1);
  return { ...relation, positive: where(enough, positive, 0), negative: where(enough, negative, 0) };
}
