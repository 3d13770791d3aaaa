import { lossLaws } from "../laws/loss.js";
import { averageAbove0, cosineOf, total } from "../oracles/vectors.js";

lossLaws("supcon", {
  options: { temperature: 0.2, baseTemperature: 0.1 },
  oracle: ({ query, positives, negatives }) =>
    2 *
    averageAbove0(
      query.map((q, i) => {
        const e = (j: number) => Math.exp(cosineOf(q, query[j]!) / 0.2);
        const all = total([...positives(i), ...negatives(i)].map(e));
        return total(positives(i).map((p) => -Math.log(e(p) / all))) / Math.max(positives(i).length, 1);
      }),
    ),
});
