import { lossLaws } from "../laws/loss.js";
import { snrDistance } from "../oracles/snr.js";
import { average, averageAbove0, total } from "../oracles/vectors.js";

lossLaws("snr-contrastive", {
  options: { positiveMargin: 0.3, negativeMargin: 2 },
  oracle: ({ query, positives, negatives }) => {
    const pairs = (of: (i: number) => number[]) => query.flatMap((q, i) => of(i).map((j) => snrDistance(q, query[j]!)));
    const pull = pairs(positives).map((d) => Math.max(d - 0.3, 0));
    const push = pairs(negatives).map((d) => Math.max(2 - d, 0));
    return averageAbove0(pull) + averageAbove0(push) + 0.1 * average(query.map((q) => Math.abs(total(q))));
  },
});
