import { expect, it } from "vitest";
import { margin } from "../../src/losses/index.js";
import { mean, perAnchor, threshold } from "../../src/reducers/index.js";
import { lossLaws, type OracleBatch } from "../laws/loss.js";
import { lossOf } from "../oracles/loss-of.js";
import { average, averageAbove0, total, unitDistance } from "../oracles/vectors.js";

const hinge = (x: number) => Math.max(x, 0);

function triplets({ query, positives, negatives }: Pick<OracleBatch, "query" | "positives" | "negatives">) {
  const d = (i: number, j: number) => unitDistance(query[i]!, query[j]!);
  return query.flatMap((_, a) =>
    positives(a).flatMap((p) => negatives(a).map((n) => ({ a, pull: d(a, p), push: d(a, n) }))),
  );
}

function oracle(nu: number, perClass: boolean) {
  return (batch: OracleBatch) => {
    const beta = (a: number) => batch.parameters.beta![0]![perClass ? batch.labels[a]! : 0]!;
    const parts = triplets(batch).map(({ a, pull, push }) => [
      hinge(pull - beta(a) + 0.2),
      hinge(beta(a) - push + 0.2),
      beta(a),
    ]);
    const active = parts.flatMap(([x, y]) => [x!, y!]).filter((x) => x > 0).length;
    const regularization = perClass ? (nu * total(parts.map(([, , b]) => b!))) / active : nu * beta(0);
    return total(parts.map(([x, y]) => x! + y!)) / active + regularization;
  };
}

lossLaws("margin", { options: { nu: 0.05 }, oracle: oracle(0.05, true) });
lossLaws("margin", { options: { nu: 0.1, classes: undefined }, oracle: oracle(0.1, false) });
lossLaws("margin", { options: { learnBeta: false, beta: 1 }, oracle: oracle(0, true) });

it("is reduced by any reducer as a list of its triplets would be", async () => {
  const query = [
    [1, 0.1],
    [0.8, 0.5],
    [0.2, 1],
    [-0.6, 0.9],
    [0.9, -0.7],
    [0.5, 0.5],
  ];
  const labels = [0, 0, 1, 1, 2, 0];
  const at = labels.map((_, i) => i);
  const positives = (i: number) => at.filter((j) => j !== i && labels[j] === labels[i]);
  const negatives = (i: number) => at.filter((j) => labels[j] !== labels[i]);
  const values = triplets({ query, positives, negatives }).map(({ a, pull, push }) => ({
    a,
    value: hinge(pull - 1) + hinge(1.4 - push),
  }));
  const loss = { ...margin({ learnBeta: false, dtype: "float64" }) };
  const by = (reducer: ReturnType<typeof mean>) => lossOf({ ...loss, reducer }, query, labels);
  const all = values.map(({ value }) => value);
  expect(await by(mean())).toBeCloseTo(average(all), 12);
  expect(await by(threshold({ low: 0 }))).toBeCloseTo(averageAbove0(all), 12);
  expect(await by(threshold({ low: 0.2, high: 1 }))).toBeCloseTo(average(all.filter((x) => x > 0.2 && x < 1)), 12);
  const rows = at.map((i) => average(values.filter(({ a }) => a === i).map(({ value }) => value)));
  expect(await by(perAnchor())).toBeCloseTo(average(rows), 12);
});
