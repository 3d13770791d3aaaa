import { expect, it } from "vitest";
import { tupletMargin } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

lossLaws("tuplet-margin", {
  options: { scale: 8, marginRadians: 0.2 },
  oracle: ({ query, positives, negatives }) =>
    average(
      query.flatMap((q, i) =>
        positives(i).map((p) => {
          const eased = Math.cos(Math.acos(cosineOf(q, query[p]!)) - 0.2);
          return Math.log(1 + total(negatives(i).map((n) => Math.exp(8 * (cosineOf(q, query[n]!) - eased)))));
        }),
      ),
    ),
});

it("of orthogonal classes of equal points is almost 0", async () => {
  const points = [0, 1, 2, 3].flatMap((c) => [0, 0, 0].map(() => [0, 1, 2, 3].map((i) => Number(i === c))));
  const labels = [0, 1, 2, 3].flatMap((c) => [c, c, c]);
  expect(await lossOf(tupletMargin(), points, labels)).toBeLessThan(1e-25);
});
