import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

// A sample of all classes: the hardest of all.
const oracle = (cost: (beyond: number[]) => number, hardest: number) => (batch: OracleBatch) =>
  average(
    batch.query.map((q, i) => {
      const s = batch.parameters.weight!.map((w) => cosineOf(q, w));
      const others = s.filter((_, c) => c !== batch.labels[i]).sort((a, b) => b - a);
      return cost(others.slice(0, hardest).map((x) => x - s[batch.labels[i]!]! + 0.1));
    }),
  );

lossLaws("stochastic-negatives", { oracle: oracle((x) => Math.log(1 + total(x.map((b) => Math.exp(20 * b)))), 16) });
lossLaws("stochastic-negatives", {
  options: { hardest: 2, form: "hinge" },
  oracle: oracle((x) => total(x.map((b) => Math.max(b, 0))), 2),
});
lossLaws("stochastic-negatives", {
  options: { hardest: 3, form: "logistic", scale: 4 },
  oracle: oracle((x) => total(x.map((b) => Math.log(1 + Math.exp(4 * b)))), 3),
});
lossLaws("stochastic-negatives", { options: { sampled: 3, hardest: 2, sampler: "batch-first" } });
