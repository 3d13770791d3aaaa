import { expect, it } from "vitest";
import { pnp } from "../../src/losses/index.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, cosineOf, total } from "../oracles/vectors.js";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

function oracle(penalty: (rank: number) => number, countQuery = false) {
  return ({ query, positives, negatives }: OracleBatch) =>
    average(
      query.flatMap((q, i) => {
        if (positives(i).length === 0) return [];
        const s = (j: number) => cosineOf(q, query[j]!);
        const ranked = [...positives(i), ...(countQuery ? [i] : [])];
        return [average(ranked.map((p) => penalty(total(negatives(i).map((n) => sigmoid((s(n) - s(p)) / 0.2))))))];
      }),
    );
}

const temperature = 0.2;
lossLaws("pnp", { options: { temperature, variant: "O" }, oracle: oracle((r) => r) });
lossLaws("pnp", { options: { temperature, variant: "Ds" }, oracle: oracle((r) => Math.log(1 + r)) });
lossLaws("pnp", { options: { temperature, alpha: 3 }, oracle: oracle((r) => 1 - (1 + r) ** -3) });
lossLaws("pnp", { options: { temperature, variant: "Iu" }, oracle: oracle((r) => (1 + r) * Math.log(1 + r)) });
lossLaws("pnp", {
  options: { temperature, variant: "Ib", b: 3, countQuery: true },
  oracle: oracle((r) => (3 * r - Math.log(1 + 3 * r)) / 9, true),
});

it("counts the negatives before a positive", async () => {
  const at = (s: number) => [s, Math.sqrt(1 - s * s)];
  const keys = [at(0.4), at(0.9), at(0.7), at(0.1)];
  const value = await lossOf(pnp({ variant: "O" }), [[1, 0]], [0], { keys, keyLabels: [0, 1, 1, 1] });
  expect(value).toBeCloseTo(2, 9);
});
