import { lossLaws } from "../laws/loss.js";
import { averageAbove0, unitDistance } from "../oracles/vectors.js";

lossLaws("contrastive", {
  options: { positiveMargin: 0.3 },
  oracle: ({ query, positives, negatives }) => {
    const pairs = (of: (i: number) => number[]) =>
      query.flatMap((q, i) => of(i).map((j) => unitDistance(q, query[j]!)));
    const pull = pairs(positives).map((d) => Math.max(d - 0.3, 0) ** 2);
    const push = pairs(negatives).map((d) => Math.max(1 - d, 0) ** 2);
    return averageAbove0(pull) + averageAbove0(push);
  },
});
