import { SimileError } from "../errors/index.js";
import { constant, type Tensor } from "../graph/index.js";
import { equal, logicalAnd, logicalNot, logicalOr, where } from "../ops/index.js";
import { notSelf } from "./classes.js";
import type { Relation, RelationOptions } from "./relation.js";

/** Options of {@link pairedRelation}. */
export interface PairedOptions extends RelationOptions {
  /**
   * Two rows that are not a pair and of different groups: `ignore` (nothing is known), or `negatives` (in-batch negatives:
   * what nobody calls alike is unlike).
   */
  readonly unlisted: "ignore" | "negatives";
}

/**
 * Rows that come two by two, a pair each: int64 [B], plus the group of a row in an alike pair, minus it in an unlike one;
 * groups count from 1 and hold what alike pairs connect. Positive: the other row of an alike pair; negative: that of an
 * unlike one, and `unlisted`.
 */
export function pairedRelation(rows: Tensor, { unlisted, dtype = "float32" }: PairedOptions): Relation {
  const [count] = rows.shape;
  if (rows.dtype !== "int64" || rows.rank !== 1 || typeof count !== "number" || count % 2 !== 0) {
    throw new SimileError({
      code: "wrong-labels",
      where: "pairedRelation",
      expected: "int64 rows, an even number known beforehand",
      received: `${rows}`,
      remedy: "give two rows for each pair",
    });
  }
  const numbers = constant(BigInt64Array.from({ length: count }, (_, row) => BigInt(row >> 1)));
  const partner = logicalAnd(equal(numbers.unsqueeze(1), numbers), notSelf(count));
  const alike = rows.greater(0).unsqueeze(1);
  const group = where(rows.greater(0), rows, rows.neg());
  const apart = logicalNot(equal(group.unsqueeze(1), group));
  const unlike = logicalAnd(partner, logicalNot(alike));
  const unpaired = logicalAnd(apart, logicalNot(partner));
  return {
    positive: logicalAnd(partner, alike).cast(dtype),
    negative: (unlisted === "negatives" ? logicalOr(unlike, unpaired) : unlike).cast(dtype),
    keysAreQueries: true,
    positivesPerQuery: 1,
  };
}
