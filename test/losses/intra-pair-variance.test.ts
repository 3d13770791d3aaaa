import { lossLaws } from "../laws/loss.js";
import { average, cosineOf, unitDistance } from "../oracles/vectors.js";

const squaredHinge = (x: number) => Math.max(x, 0) ** 2;

lossLaws("intra-pair-variance", {
  options: { positiveEpsilon: 0.05 },
  oracle: ({ query, positives, negatives }) => {
    const pairs = (of: (i: number) => number[]) => query.flatMap((q, i) => of(i).map((j) => cosineOf(q, query[j]!)));
    const [p, n] = [pairs(positives), pairs(negatives)];
    const pull = p.map((s) => squaredHinge(0.95 * average(p) - s));
    const push = n.map((s) => squaredHinge(s - 1.01 * average(n)));
    return average(pull) + average(push);
  },
});

lossLaws("intra-pair-variance", {
  options: { distance: "lp" },
  oracle: ({ query, positives, negatives }) => {
    const pairs = (of: (i: number) => number[]) =>
      query.flatMap((q, i) => of(i).map((j) => unitDistance(q, query[j]!)));
    const [p, n] = [pairs(positives), pairs(negatives)];
    const pull = p.map((d) => squaredHinge(d - 1.01 * average(p)));
    const push = n.map((d) => squaredHinge(0.99 * average(n) - d));
    return average(pull) + average(push);
  },
});
