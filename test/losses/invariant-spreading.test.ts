import { expect, it } from "vitest";
import { invariantSpreading } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

lossLaws("invariant-spreading", {
  options: { temperature: 0.5, spreading: 0.7 },
  oracle: ({ query, positives }) =>
    average(
      query.flatMap((q, i) => {
        if (positives(i).length === 0) return [];
        const probability = (j: number) =>
          Math.exp(2 * cosineOf(q, query[j]!)) / total(query.map((k) => Math.exp(2 * cosineOf(k, query[j]!))));
        const spread = query.map((_, j) => (j === i ? 0 : -Math.log(1 - probability(j))));
        return [average(positives(i).map((p) => -Math.log(probability(p)))) + 0.7 * total(spread)];
      }),
    ),
});

const views = (rows: number[][]) => ({ keys: rows, keyLabels: rows.map((_, i) => i) });

it("of two orthogonal samples that do not change is 2 log(1 + exp(-10))", async () => {
  const rows = [
    [1, 0],
    [0, 1],
  ];
  expect(await lossOf(invariantSpreading(), rows, [0, 1], views(rows))).toBeCloseTo(
    2 * Math.log(1 + Math.exp(-10)),
    12,
  );
});

it("of collapsed samples is log B - (B - 1) log(1 - 1 / B)", async () => {
  const rows = [0, 1, 2, 3].map(() => [0.6, 0.8]);
  const expected = Math.log(4) - 3 * Math.log(3 / 4);
  expect(await lossOf(invariantSpreading(), rows, [0, 1, 2, 3], views(rows))).toBeCloseTo(expected, 12);
});
