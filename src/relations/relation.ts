import type { Distance } from "../distances/index.js";
import type { Dim, Parameter, Tensor } from "../graph/index.js";
import { logicalNot } from "../ops/index.js";

/** Weights of pairs, both [B, R]. */
export interface PairWeights {
  /** How much each key counts as a positive of each query. */
  readonly positive: Tensor;
  /** How much each key counts as a negative of each query. */
  readonly negative: Tensor;
}

/**
 * Which keys are positive and which negative for each query: all a loss or miner knows about labels. B queries, R keys.
 * Weights are in the element type of the embeddings; 0 means no relation, 2 counts a pair twice.
 */
export interface Relation extends PairWeights {
  /** Key i is query i itself. */
  readonly keysAreQueries: boolean;
  /** [B]: factor on the value of each query. Default 1. */
  readonly queryWeight?: Tensor | undefined;
  /** Classes of the queries: int64 [B], or several at a time as weights [B, C]. */
  readonly labels?: Tensor | undefined;
  /** Classes of the keys, like `labels`. */
  readonly keyLabels?: Tensor | undefined;
  /** [B, R]: distance between continuous labels of queries and keys. */
  readonly labelDistance?: Tensor | undefined;
  /** Most positives that a query can have, where the batch sampler knows it. */
  readonly positivesPerQuery?: number | undefined;
  /**
   * Which triplets count; default each positive with each negative of the same query, weights multiplied. Where this is
   * set, `positive` and `negative` tell in how many of these triplets each pair occurs.
   */
  readonly triplets?: TripletChoice | undefined;
  /** New values of the state of what made this relation, such as a miner that learns. */
  readonly updates?: ReadonlyMap<Parameter, Tensor> | undefined;
}

/** Triplets that pairs alone cannot express. */
export type TripletChoice = TripletWindow | TripletList | TripletSlots;

/** Of all triplets those with low < d(query, negative) - d(query, positive) <= high (signs turned for similarities). */
export interface TripletWindow {
  readonly kind: "window";
  readonly distance: Distance;
  readonly low: number;
  readonly high: number;
  /** Pairs whose triplets are meant. Default those of the relation, which a miner replaces by counts of triplets. */
  readonly candidates?: PairWeights | undefined;
}

/** Triplets by index, all tensors [T]. */
export interface TripletList {
  readonly kind: "list";
  /** int64 index of the query. */
  readonly query: Tensor;
  /** int64 index of the positive key. */
  readonly positive: Tensor;
  /** int64 index of the negative key. */
  readonly negative: Tensor;
  /** How often each counts; 0: not at all. */
  readonly weight: Tensor;
  /** int64 index of a key that is a negative of both query and negative, for losses of quadruplets. */
  readonly secondNegative?: Tensor | undefined;
}

/** For each query up to m positives, each with its own weights of all keys as negatives. */
export interface TripletSlots {
  readonly kind: "slots";
  /** int64 [B, m]: keys. */
  readonly positive: Tensor;
  /** [B, m, R]: how often the triplet of query, positive and key counts. */
  readonly weight: Tensor;
}

/** Options of the functions that make relations. */
export interface RelationOptions {
  /** Element type of the embeddings. Default float32. */
  readonly dtype?: "float32" | "float64" | undefined;
  readonly positivesPerQuery?: number | undefined;
}

/** B and R. */
export function relationShape({ positive }: Relation): [Dim, Dim] {
  return [positive.shape[0] as Dim, positive.shape[1] as Dim];
}

/** The relation without the pairs where the bool `mask` [B, R] holds, such as the copies of a query in a memory. */
export function withoutPairs<R extends Relation>(relation: R, mask: Tensor): R {
  const keep = logicalNot(mask).cast(relation.positive.dtype);
  return { ...relation, positive: relation.positive.mul(keep), negative: relation.negative.mul(keep) };
}
