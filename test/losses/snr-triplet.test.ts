import { lossLaws } from "../laws/loss.js";
import { snrDistance } from "../oracles/snr.js";
import { average, averageAbove0, total } from "../oracles/vectors.js";

lossLaws("snr-triplet", {
  oracle: ({ query, positives, negatives }) => {
    const d = (i: number, j: number) => snrDistance(query[i]!, query[j]!);
    const values = query.flatMap((_, a) =>
      positives(a).flatMap((p) => negatives(a).map((n) => Math.max(d(a, p) - d(a, n) + 0.2, 0))),
    );
    return averageAbove0(values) + 0.005 * average(query.map((q) => Math.abs(total(q))));
  },
});
