import { lossLaws } from "../laws/loss.js";
import { snrDistance } from "../oracles/snr.js";
import { average, total } from "../oracles/vectors.js";

lossLaws("snr-lifted-structure", {
  oracle: ({ query, positives, negatives }) => {
    const d = (i: number, j: number) => snrDistance(query[i]!, query[j]!);
    const values = query.flatMap((_, a) =>
      positives(a).map((p) => {
        const near = [...negatives(a).map((n) => d(a, n)), ...negatives(p).map((n) => d(p, n))];
        return Math.max(Math.log(total(near.map((x) => Math.exp(1 - x)))) + d(a, p), 0) ** 2 / 2;
      }),
    );
    return average(values) + 0.005 * average(query.map((q) => Math.abs(total(q))));
  },
});
