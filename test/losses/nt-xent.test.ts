import { expect, it } from "vitest";
import { ntXent } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

lossLaws("nt-xent", {
  options: { temperature: 0.25 },
  oracle: ({ query, positives, negatives }) =>
    average(
      query.flatMap((q, i) => {
        const e = (j: number) => Math.exp(cosineOf(q, query[j]!) / 0.25);
        return positives(i).map((p) => -Math.log(e(p) / (e(p) + total(negatives(i).map(e)))));
      }),
    ),
});

it("of two orthogonal classes of two equal points is log(1 + 2 exp(-10))", async () => {
  const value = await lossOf(
    ntXent({ temperature: 0.1 }),
    [
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
    ],
    [0, 0, 1, 1],
  );
  expect(value).toBeCloseTo(Math.log(1 + 2 * Math.exp(-10)), 12);
});
