import { expect, it } from "vitest";
import { nca } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, total, unitDistance } from "../oracles/vectors.js";

lossLaws("nca", {
  options: { scale: 2 },
  oracle: ({ query, positives, negatives }) =>
    average(
      query.flatMap((q, i) => {
        const e = (j: number) => Math.exp(-2 * unitDistance(q, query[j]!) ** 2);
        const own = total(positives(i).map(e));
        return positives(i).length === 0 ? [] : [-Math.log(own / (own + total(negatives(i).map(e))))];
      }),
    ),
});

it("of equal points is the share of positives", async () => {
  const labels = [0, 1, 2, 3].flatMap((c) => [c, c, c]);
  const value = await lossOf(
    nca(),
    labels.map(() => [0.3, -0.4]),
    labels,
  );
  expect(value).toBeCloseTo(-Math.log(2 / 11), 12);
});
