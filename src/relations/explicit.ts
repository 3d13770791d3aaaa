import { type Dim, multiplyDims, type Tensor } from "../graph/index.js";
import { arange, dimension, full } from "../ops/index.js";
import type { Relation, RelationOptions } from "./relation.js";

/** Index pairs, int64 [P] and [N]: queries with their positives, queries with their negatives. */
export interface PairIndices {
  readonly positiveQuery: Tensor;
  readonly positive: Tensor;
  readonly negativeQuery: Tensor;
  readonly negative: Tensor;
}

/** Options of {@link pairRelation} and {@link tripletRelation}. */
export interface ExplicitOptions extends RelationOptions {
  /** Number of queries. */
  readonly queries: Dim;
  /** Number of keys. Default: the queries are the keys. */
  readonly keys?: Dim | undefined;
  /** Classes of the queries, for losses that own class parameters. */
  readonly labels?: Tensor | undefined;
}

/** Only the given pairs; a pair that is given twice counts twice. */
export function pairRelation(pairs: PairIndices, options: ExplicitOptions): Relation {
  const { queries, keys = queries, dtype = "float32", labels, positivesPerQuery } = options;
  const ones = (index: Tensor) => full(index.shape, 1, dtype);
  return {
    positive: countPairs(pairs.positiveQuery, pairs.positive, ones(pairs.positive), [queries, keys]),
    negative: countPairs(pairs.negativeQuery, pairs.negative, ones(pairs.negative), [queries, keys]),
    keysAreQueries: options.keys === undefined,
    labels,
    keyLabels: options.keys === undefined ? labels : undefined,
    positivesPerQuery,
  };
}

/** Index triplets, int64 [T] each, with optional weights [T]. */
export interface TripletIndices {
  readonly query: Tensor;
  readonly positive: Tensor;
  readonly negative: Tensor;
  readonly weight?: Tensor | undefined;
}

/** Only the given triplets; as pairs, each counts as often as it occurs in a triplet. */
export function tripletRelation(triplets: TripletIndices, options: ExplicitOptions): Relation {
  const { queries, keys = queries, dtype = "float32", labels, positivesPerQuery } = options;
  const weight = triplets.weight ?? full(triplets.query.shape, 1, dtype);
  return {
    positive: countPairs(triplets.query, triplets.positive, weight, [queries, keys]),
    negative: countPairs(triplets.query, triplets.negative, weight, [queries, keys]),
    keysAreQueries: options.keys === undefined,
    labels,
    keyLabels: options.keys === undefined ? labels : undefined,
    positivesPerQuery,
    triplets: { kind: "list", ...triplets, weight },
  };
}

/** Rows that come as query, positive, negative, query, positive, negative and so on: one triplet of each three. */
export function packagedTriplets(rows: number, options: RelationOptions = {}): Relation {
  const first = arange(Math.floor(rows / 3)).mul(3);
  return tripletRelation(
    { query: first, positive: first.add(1), negative: first.add(2) },
    { ...options, queries: rows, positivesPerQuery: 1 },
  );
}

/** [B, R] with `weight` [T] added at each (row, column). */
export function countPairs(row: Tensor, column: Tensor, weight: Tensor, [rows, columns]: readonly [Dim, Dim]): Tensor {
  const flat = full([multiplyDims(rows, columns)], 0, weight.dtype);
  return flat.scatterAdd(flatIndex(row, column, columns), weight, 0).reshape([rows, columns]);
}

/** Position of (row, column) in a flattened matrix with that many columns. */
export function flatIndex(row: Tensor, column: Tensor, columns: Dim): Tensor {
  return row.mul(dimension([columns], [0], "int64")).add(column);
}
