import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { average, total, unitDistance } from "../oracles/vectors.js";

const logSum = (values: number[]) => (values.length === 0 ? 0 : Math.log(total(values.map(Math.exp))));

function lifted({ query, positives, negatives }: OracleBatch, activation: (x: number) => number): number {
  return average(
    query.map((q, i) => {
      const d = (j: number) => unitDistance(q, query[j]!);
      return activation(logSum(positives(i).map((p) => d(p) - 0.1)) + logSum(negatives(i).map((n) => 1.5 - d(n))));
    }),
  );
}

const options = { positiveMargin: 0.1, negativeMargin: 1.5 };

lossLaws("generalized-lifted-structure", { options, oracle: (batch) => lifted(batch, (x) => Math.max(x, 0)) });
lossLaws("generalized-lifted-structure", {
  options: { ...options, smooth: true },
  oracle: (batch) => lifted(batch, (x) => Math.log(1 + Math.exp(x))),
});
