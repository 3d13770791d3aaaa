import { SimileError } from "../errors/index.js";
import type { Dim, Tensor } from "../graph/index.js";
import { arange, equal, eye, logicalAnd, logicalNot, lowerTriangle, matmul, oneHot } from "../ops/index.js";
import type { PairWeights, Relation, RelationOptions } from "./relation.js";

/** Options of {@link classRelation} and {@link multiLabelRelation}. */
export interface ClassRelationOptions extends RelationOptions {
  /** Classes of a separate set of keys. Default: the queries are the keys, and no query is its own positive. */
  readonly keyLabels?: Tensor | undefined;
}

/** Same class: positive; other class: negative. Labels are int64 [B] (keys [R]). */
export function classRelation(labels: Tensor, options: ClassRelationOptions = {}): Relation {
  const { keyLabels, dtype = "float32", positivesPerQuery } = options;
  if (labels.dtype !== "int64" || labels.rank !== 1 || (keyLabels && keyLabels.dtype !== "int64")) {
    throw new SimileError({
      code: "wrong-labels",
      where: "classRelation",
      expected: "int64 labels, one for each row",
      received: `${labels}${keyLabels ? ` and ${keyLabels}` : ""}`,
      remedy: "use multiLabelRelation for several classes a row, continuousRelation for numbers",
    });
  }
  const same = equal(labels.unsqueeze(1), (keyLabels ?? labels).unsqueeze(0));
  const others = logicalNot(same);
  return {
    positive: (keyLabels ? same : logicalAnd(same, notSelf(labels.shape[0] as Dim))).cast(dtype),
    negative: others.cast(dtype),
    keysAreQueries: keyLabels === undefined,
    labels,
    keyLabels: keyLabels ?? labels,
    positivesPerQuery,
  };
}

/** Bool [B, B], false on the diagonal. */
export function notSelf(count: Dim): Tensor {
  const row = arange(count);
  return logicalNot(equal(row.unsqueeze(1), row));
}

/** For each class its first query with a positive, and that query's first positive: 1 there, else 0. [B, R] */
export function onePairPerClass({ positive }: PairWeights, labels: Tensor): Tensor {
  const count = labels.shape[0] as Dim;
  const isPositive = positive.greater(0).cast(positive.dtype);
  const hasPositive = isPositive.max({ axes: 1, keepAxes: true });
  const same = equal(labels.unsqueeze(1), labels);
  const earlier = logicalAnd(same, logicalNot(lowerTriangle(count)).transpose()).cast(positive.dtype);
  const isFirst = matmul(earlier, hasPositive).equal(0).cast(positive.dtype);
  return oneHot(isPositive.argMax(1), positive.shape[1] as Dim, positive.dtype)
    .mul(isFirst)
    .mul(hasPositive);
}

/**
 * Several classes a row, as 0 or 1 in [B, C] (keys [R, C]): positive when at least one class is shared, weighted by the
 * share of common classes among all classes of both (Jaccard) when `graded`; negative when none is shared.
 */
export function multiLabelRelation(
  labels: Tensor,
  options: ClassRelationOptions & { readonly graded?: boolean } = {},
): Relation {
  const { keyLabels, dtype = "float32", positivesPerQuery, graded = false } = options;
  const rows = labels.cast(dtype);
  const columns = keyLabels?.cast(dtype) ?? rows;
  const shared = matmul(rows, columns.transpose());
  const either = rows.sum({ axes: 1, keepAxes: true }).add(columns.sum({ axes: 1, keepAxes: true }).transpose());
  const overlap = graded ? shared.div(either.sub(shared).maximum(1)) : shared.greater(0).cast(dtype);
  const self = keyLabels === undefined ? eye(labels.shape[0] as Dim, undefined, dtype) : undefined;
  const others = shared.equal(0).cast(dtype);
  return {
    positive: self ? overlap.mul(self.neg().add(1)) : overlap,
    negative: self ? others.mul(self.neg().add(1)) : others,
    keysAreQueries: self !== undefined,
    labels: rows,
    keyLabels: columns,
    positivesPerQuery,
  };
}
