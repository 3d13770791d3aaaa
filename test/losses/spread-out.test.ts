import { lossLaws } from "../laws/loss.js";
import { average, cosineOf } from "../oracles/vectors.js";

lossLaws("spread-out", {
  oracle: ({ query, negatives }) => {
    const s = query.flatMap((q, i) => negatives(i).map((j) => cosineOf(q, query[j]!)));
    return average(s) ** 2 + Math.max(average(s.map((x) => x ** 2)) - 1 / 6, 0);
  },
});
