import { expect, it } from "vitest";
import { lossValue, triplet } from "../../src/losses/index.js";
import { batchHard, tripletMargin } from "../../src/miners/index.js";
import { classRelation } from "../../src/relations/index.js";
import { compile } from "../../src/run/index.js";
import { normalRows } from "../laws/evaluate.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { averageAbove0, unitDistance } from "../oracles/vectors.js";

function tripletOracle(
  { query, positives, negatives }: OracleBatch,
  value: (ap: number, an: number, pn: number) => number,
): number {
  const d = (i: number, j: number) => unitDistance(query[i]!, query[j]!) ** 2;
  return averageAbove0(
    query.flatMap((_, a) => positives(a).flatMap((p) => negatives(a).map((n) => value(d(a, p), d(a, n), d(p, n))))),
  );
}

const hinge = (x: number) => Math.max(x, 0);

lossLaws("triplet", { oracle: (batch) => tripletOracle(batch, (ap, an) => hinge(ap - an + 0.2)) });
lossLaws("triplet", {
  options: { triplets: "hard" },
  oracle: (batch) => tripletOracle(batch, (ap, an) => (an <= ap ? hinge(ap - an + 0.2) : 0)),
});
lossLaws("triplet", {
  options: { triplets: "semi-hard", margin: 0.6 },
  oracle: (batch) => tripletOracle(batch, (ap, an) => (an > ap ? hinge(ap - an + 0.6) : 0)),
});
lossLaws("triplet", {
  options: { triplets: "easy", smooth: true },
  oracle: (batch) => tripletOracle(batch, (ap, an) => (an > ap + 0.2 ? Math.log(1 + Math.exp(ap - an + 0.2)) : 0)),
});
lossLaws("triplet", {
  options: { swap: true },
  oracle: (batch) => tripletOracle(batch, (ap, an, pn) => hinge(ap - Math.min(an, pn) + 0.2)),
});

it("runs with batches whose size is known only at run time, mined or not", async () => {
  const rows = normalRows(12, 6, 1);
  const labels = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3];
  const losses = [triplet(), triplet({ triplets: "semi-hard" }), triplet({ smooth: true })];
  for (const loss of losses) {
    for (const miner of [undefined, batchHard(), tripletMargin({ triplets: "hard" })]) {
      const values = await Promise.all(
        (["batch", 12] as const).map(async (size) => {
          const program = await compile(
            ({ query, labels }) => {
              const related = {
                query,
                key: query,
                ...classRelation(labels, { dtype: "float64", positivesPerQuery: 2 }),
              };
              const input = miner ? { ...related, ...miner.mine(related) } : related;
              return { outputs: { value: lossValue(loss, input).value } };
            },
            { query: { shape: [size, 6], dtype: "float64" }, labels: { shape: [size], dtype: "int64" } },
          );
          const feeds = { query: Float64Array.from(rows.flat()), labels: BigInt64Array.from(labels, BigInt) };
          const { value } = await program.run(feeds);
          await program.release();
          return Number(value!.data[0]);
        }),
      );
      expect(values[0]).toBeGreaterThan(0);
      expect(values[0]).toBeCloseTo(values[1]!, 12);
    }
  }
});
