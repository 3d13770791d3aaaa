import { squaredEuclidean } from "../distances/index.js";
import type { Dim, Tensor } from "../graph/index.js";
import { full } from "../ops/index.js";
import { notSelf } from "./classes.js";
import type { Relation, RelationOptions } from "./relation.js";

/** Options of {@link continuousRelation}. */
export interface ContinuousOptions extends RelationOptions {
  /** Labels of a separate set of keys [R, K]. Default: the queries are the keys. */
  readonly keyLabels?: Tensor | undefined;
}

/**
 * Labels that are points, such as poses or ages, [B, K] (keys [R, K]): no pair is positive or negative as such, so all
 * count as both, and `labelDistance` has the Euclidean distances of the labels.
 */
export function continuousRelation(labels: Tensor, options: ContinuousOptions = {}): Relation {
  const { keyLabels, dtype = "float32" } = options;
  const rows = labels.cast(dtype);
  const columns = keyLabels?.cast(dtype) ?? rows;
  const shape: [Dim, Dim] = [rows.shape[0]!, columns.shape[0]!];
  const all = keyLabels === undefined ? notSelf(shape[0]).cast(dtype) : full(shape, 1, dtype);
  return {
    positive: all,
    negative: all,
    keysAreQueries: keyLabels === undefined,
    labelDistance: squaredEuclidean(rows, columns).sqrt(),
  };
}
