import { expect, it } from "vitest";
import { angular } from "../../src/losses/index.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, dotProduct, total, unit } from "../oracles/vectors.js";

type Prepare = (x: readonly number[]) => readonly number[];

function oracle(t: number, pairs: Prepare, others: Prepare) {
  return ({ query, positives, negatives }: OracleBatch) =>
    average(
      query.flatMap((q, i) =>
        positives(i).map((j) => {
          const [a, p] = [pairs(q), pairs(query[j]!)];
          const sum = a.map((x, k) => x + p[k]!);
          const terms = negatives(i).map(
            (n) => 4 * t * dotProduct(sum, others(query[n]!)) - 2 * (1 + t) * dotProduct(a, p),
          );
          return Math.log(1 + total(terms.map(Math.exp)));
        }),
      ),
    );
}

const t = Math.tan(0.6) ** 2;
const asIs: Prepare = (x) => x;

lossLaws("angular", { options: { angleRadians: 0.6 }, oracle: oracle(t, unit, unit) });
lossLaws("angular", { options: { angleRadians: 0.6, normalize: "pairs" }, oracle: oracle(t, unit, asIs) });
lossLaws("angular", { options: { angleRadians: 0.6, normalize: "none" }, oracle: oracle(t, asIs, asIs) });

it("of two orthogonal classes of two equal points is log(1 + 2 exp(-4)), however it is computed", async () => {
  const points = [
    [1, 0],
    [1, 0],
    [0, 1],
    [0, 1],
  ];
  const expected = Math.log(1 + 2 * Math.exp(-4));
  expect(await lossOf(angular(), points, [0, 0, 1, 1])).toBeCloseTo(expected, 12);
  expect(await lossOf(angular({ normalize: "none" }), points, [0, 0, 1, 1])).toBeCloseTo(expected, 12);
});
