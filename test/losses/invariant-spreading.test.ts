import { expect, it } from "vitest";
import { invariantSpreading } from "../../src/losses/index.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

const oracle = ({ query, positives, negatives }: OracleBatch, spreading = 1) =>
  average(
    query.flatMap((q, i) => {
      const mass = (j: number) => Math.exp(cosineOf(q, query[j]!) / 0.1);
      if (positives(i).length === 0) return [];
      const all = total([...positives(i), ...negatives(i)].map(mass));
      const pull = total(positives(i).map((j) => -Math.log(mass(j) / all)));
      return [pull + spreading * total(negatives(i).map((j) => -Math.log(1 - Math.min(mass(j) / all, 1 - 1e-6))))];
    }),
  );

lossLaws("invariant-spreading", { oracle });
lossLaws("invariant-spreading", {
  options: { detachKeys: true, spreading: 2 },
  detached: "no gradient through the keys",
  oracle: (batch) => oracle(batch, 2),
});

const axes = [
  [1, 0],
  [0, 1],
];

it("is 2 log(1 + exp(-10)) for two orthogonal instances that equal their views", async () => {
  const value = await lossOf(invariantSpreading(), axes, [0, 1], { keys: axes, keyLabels: [0, 1] });
  expect(value).toBeCloseTo(2 * Math.log(1 + Math.exp(-10)), 12);
});

it("is log B - (B - 1) log(1 - 1/B) for collapsed features", async () => {
  const same = [1, 2, 3, 4, 5].map(() => [0.6, 0.8]);
  const labels = [0, 1, 2, 3, 4];
  const value = await lossOf(invariantSpreading(), same, labels, { keys: same, keyLabels: labels });
  expect(value).toBeCloseTo(Math.log(5) - 4 * Math.log(1 - 1 / 5), 10);
});
