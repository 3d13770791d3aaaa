import { SimileError } from "../errors/index.js";
import type { Tensor } from "../graph/index.js";
import { equal, logicalAnd } from "../ops/index.js";
import { type ClassRelationOptions, classRelation, notSelf } from "./classes.js";
import type { Relation } from "./relation.js";

/** Options of {@link hierarchyRelation}. */
export interface HierarchyOptions extends ClassRelationOptions {
  /** Weight of a pair that agrees down to each level, coarsest first; 0 makes such pairs negatives. */
  readonly levelWeights: readonly number[];
}

/**
 * Labels in levels, int64 [B, L], coarsest first: a pair counts as a positive with the weight of the deepest level down
 * to which both agree, and as a negative where that weight is 0. Class labels are those of the last level.
 */
export function hierarchyRelation(labels: Tensor, options: HierarchyOptions): Relation {
  const { levelWeights, keyLabels, dtype = "float32" } = options;
  if (labels.rank !== 2 || labels.shape[1] !== levelWeights.length) {
    throw new SimileError({
      code: "wrong-labels",
      where: "hierarchyRelation",
      expected: `int64 labels [B, ${levelWeights.length}], one column for each weight`,
      received: `${labels}`,
      remedy: "give each level a weight",
    });
  }
  const column = (x: Tensor, level: number) => x.slice({ axis: 1, start: level, end: level + 1 }).squeeze(1);
  const last = levelWeights.length - 1;
  const finest = classRelation(column(labels, last), {
    ...options,
    keyLabels: keyLabels && column(keyLabels, last),
  });
  let agree: Tensor | undefined;
  let positive: Tensor | undefined;
  for (const [level, weight] of levelWeights.entries()) {
    const same = equal(column(labels, level).unsqueeze(1), column(keyLabels ?? labels, level).unsqueeze(0));
    agree = agree === undefined ? same : logicalAnd(agree, same);
    // Deeper levels replace the weight of the shallower: their difference is added.
    const step = agree.cast(dtype).mul(weight - (levelWeights[level - 1] ?? 0));
    positive = positive === undefined ? step : positive.add(step);
  }
  const negative = (positive as Tensor).equal(0).cast(dtype);
  const others = keyLabels === undefined ? notSelf(labels.shape[0]!).cast(dtype) : undefined;
  return {
    ...finest,
    positive: others ? (positive as Tensor).mul(others) : (positive as Tensor),
    negative: others ? negative.mul(others) : negative,
  };
}
