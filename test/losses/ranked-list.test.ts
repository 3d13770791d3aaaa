import { expect, it } from "vitest";
import { lp } from "../../src/distances/index.js";
import { rankedList } from "../../src/losses/index.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, total, unitDistance } from "../oracles/vectors.js";

function oracle(positiveTemperature: number, smoothing: number) {
  return ({ query, positives, negatives }: OracleBatch) =>
    average(
      query.map((q, i) => {
        const mean = (excess: number[], temperature: number) => {
          const used = excess.filter((x) => x > 0);
          const weights = used.map((x) => Math.exp(temperature * x));
          return used.length === 0
            ? 0
            : total(used.map((x, k) => x * weights[k]!)) / (total(weights) + smoothing * query.length);
        };
        const d = (j: number) => unitDistance(q, query[j]!);
        const pull = mean(
          positives(i).map((j) => d(j) - 0.8),
          positiveTemperature,
        );
        const push = mean(
          negatives(i).map((j) => 1.2 - d(j)),
          10,
        );
        return 0.7 * pull + 0.3 * push;
      }),
    );
}

lossLaws("ranked-list", {
  options: { balance: 0.3 },
  detached: "the weights of the pairs have no gradient, as published",
  oracle: oracle(0, 0),
});
lossLaws("ranked-list", {
  options: { balance: 0.3, positiveTemperature: 2, detachWeights: false, smoothing: 1e-3 },
  oracle: oracle(2, 1e-3),
});

it("has the hand values of one positive and two negatives", async () => {
  const settings = { distance: lp({ normalize: false }) };
  const keys = [[1], [-0.5], [1.1]];
  const value = (negativeTemperature: number) =>
    lossOf(rankedList({ ...settings, negativeTemperature }), [[0]], [0], { keys, keyLabels: [0, 1, 1] });
  expect(await value(0)).toBeCloseTo(0.3, 12);
  expect(await value(10)).toBeCloseTo(0.449258, 6);
});
