import { lossLaws } from "../laws/loss.js";
import { snrDistance } from "../oracles/snr.js";
import { average, averageAbove0, total } from "../oracles/vectors.js";

lossLaws("snr-hashing", {
  options: { quantizationWeight: 0.3 },
  oracle: ({ query, positives, negatives }) => {
    const codes = query.map((q) => q.map(Math.tanh));
    const d = (i: number, j: number) => snrDistance(codes[i]!, codes[j]!);
    const values = codes.flatMap((_, a) =>
      positives(a).flatMap((p) => negatives(a).map((n) => Math.max(d(a, p) - d(a, n) + 0.2, 0))),
    );
    const costs = codes.map((b) => 0.005 * Math.abs(total(b)) + 0.3 * average(b.map((x) => 1 - Math.abs(x))));
    return averageAbove0(values) + average(costs);
  },
});
