import { lossLaws } from "../laws/loss.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

lossLaws("multi-similarity", {
  oracle: ({ query, positives, negatives }) =>
    average(
      query.map((q, i) => {
        const sum = (of: number[], scale: number) =>
          total(of.map((j) => Math.exp(scale * (cosineOf(q, query[j]!) - 0.5))));
        return Math.log(1 + sum(positives(i), -2)) / 2 + Math.log(1 + sum(negatives(i), 50)) / 50;
      }),
    ),
});
