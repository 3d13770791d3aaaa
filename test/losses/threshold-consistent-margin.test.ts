import { lossLaws } from "../laws/loss.js";
import { average, cosineOf } from "../oracles/vectors.js";

lossLaws("threshold-consistent-margin", {
  options: { positiveMargin: 0.6, negativeMargin: 0.2, negativeWeight: 2 },
  oracle: ({ query, positives, negatives }) => {
    const pairs = (of: (i: number) => number[]) => query.flatMap((q, i) => of(i).map((j) => cosineOf(q, query[j]!)));
    const pull = pairs(positives).flatMap((s) => (s <= 0.6 ? [0.6 - s] : []));
    const push = pairs(negatives).flatMap((s) => (s >= 0.2 ? [s - 0.2] : []));
    return average(pull) + 2 * average(push);
  },
});
