import { describe, expect, it } from "vitest";
import { topKPrecision } from "../../src/losses/index.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

const descending = (values: number[]) => [...values].sort((a, b) => b - a);

function oracle(k: number) {
  return ({ query, positives, negatives }: OracleBatch) =>
    average(
      query.map((q, i) => {
        const own = descending(positives(i).map((j) => cosineOf(q, query[j]!)));
        const others = descending(negatives(i).map((j) => cosineOf(q, query[j]!) + 0.05));
        const nearest = descending([...own, ...others]).slice(0, k);
        return total(nearest) - total([...own, ...others].slice(0, k));
      }),
    );
}

lossLaws("top-k-precision", { options: { k: 2 }, oracle: oracle(2) });
lossLaws("top-k-precision", { oracle: oracle(5) });

describe("scores .9 .4 .3 of positives and .8 .5 .2 of negatives", () => {
  const at = (s: number) => [s, Math.sqrt(1 - s * s)];
  const keys = [0.9, 0.4, 0.3, 0.8, 0.5, 0.2].map(at);
  const keyLabels = [0, 0, 0, 1, 1, 1];
  const value = (k: number, margin: number) => lossOf(topKPrecision({ k, margin }), [[1, 0]], [0], { keys, keyLabels });

  it("are 0.6 off for the first three", async () => {
    expect(await value(3, 0)).toBeCloseTo(0.6, 12);
  });

  it("for the nearest alone are a triplet of the nearest of both", async () => {
    expect(await value(1, 0)).toBeCloseTo(0, 12);
    expect(await value(1, 0.3)).toBeCloseTo(0.2, 12);
  });
});
