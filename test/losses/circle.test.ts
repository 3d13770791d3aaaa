import { expect, it } from "vitest";
import { circle } from "../../src/losses/index.js";
import { lossLaws } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { averageAbove0, cosineOf, total } from "../oracles/vectors.js";

lossLaws("circle", {
  options: { scale: 16, margin: 0.25 },
  detached: "the weights of the pairs have no gradient, as published",
  oracle: ({ query, positives, negatives }) =>
    averageAbove0(
      query.map((q, i) => {
        const s = (j: number) => cosineOf(q, query[j]!);
        const pull = positives(i).map((p) => Math.exp(-16 * Math.max(1.25 - s(p), 0) * (s(p) - 0.75)));
        const push = negatives(i).map((n) => Math.exp(16 * Math.max(s(n) + 0.25, 0) * (s(n) - 0.25)));
        return Math.log(1 + total(pull) * total(push));
      }),
    ),
});

it("has the values of the paper's formula for one pair of each kind", async () => {
  const x = [1, 0, 0];
  const at = (s: number) => [s, Math.sqrt(1 - s * s), 0];
  const value = (loss: ReturnType<typeof circle>, p: number[], n: number[]) =>
    lossOf(loss, [x], [0], { keys: [p, n], keyLabels: [0, 1] });
  expect(await value(circle(), x, [0, 1, 0])).toBeCloseTo(7.62e-12, 13);
  expect(await value(circle({ margin: 0.25, scale: 256 }), at(0.5), at(0.5))).toBeCloseTo(96, 9);
});
